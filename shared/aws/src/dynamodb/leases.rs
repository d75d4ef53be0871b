//! Leases in DynamoDB.

use async_trait::async_trait;
use tidegate_contract::table::TIME_TO_LIVE;
use tidegate_core::connection::{ConnectionId, Endpoint, Place, SessionKey};
use tidegate_core::store::{LEASE_S, Lease, LeasePage, Leases, StoreError};

use super::attributes::{ENDPOINT, Item, SESSION, USER, attributes, number, read_text, text};
use super::errors::corrupt;
use super::keys;
use super::store::DynamoStore;

/// The connection of a lease.
const CONNECTION: &str = "conn";

/// Where it was about to have a row.
const PLACE: &str = "place";

fn read_place(item: &Item) -> Result<Place, String> {
    let place = read_text(item, PLACE)?;
    place.parse().map_err(|error| format!("`{PLACE}`: {error}"))
}

fn to_lease(item: &Item) -> Result<Lease, String> {
    Ok(Lease {
        key: SessionKey {
            user: read_text(item, USER)?,
            session: read_text(item, SESSION)?,
        },
        connection: ConnectionId::new(read_text(item, CONNECTION)?),
        endpoint: Endpoint::new(read_text(item, ENDPOINT)?),
        place: item
            .contains_key(PLACE)
            .then(|| read_place(item))
            .transpose()?,
    })
}

#[async_trait]
impl Leases for DynamoStore {
    async fn put_lease(&self, minute: u64, lease: &Lease) -> Result<(), StoreError> {
        let mut item = keys::lease(minute, lease);
        item.extend(attributes([
            (ENDPOINT, text(lease.endpoint.as_str())),
            (USER, text(&lease.key.user)),
            (SESSION, text(&lease.key.session)),
            (CONNECTION, text(lease.connection.as_str())),
            (TIME_TO_LIVE, number(minute * 60 + LEASE_S)),
        ]));
        if let Some(place) = &lease.place {
            item.insert(PLACE.to_owned(), text(place.to_string()));
        }
        self.put_item("put_lease", item, None).await.map(drop)
    }

    async fn leases(&self, minute: u64, after: Option<&Lease>) -> Result<LeasePage, StoreError> {
        let operation = "leases";
        let after = after.map(|after| ("#sk > :sk", keys::lease_sort(after)));
        let page = self
            .read(operation, self.query(keys::minute(minute), after))
            .await?;
        let leases: Result<Vec<_>, _> = page.items().iter().map(to_lease).collect();
        let leases = leases.map_err(corrupt(operation))?;
        let is_all = page.last_evaluated_key().is_none();
        let next = leases.last().filter(|_| !is_all).cloned();
        Ok(LeasePage { leases, next })
    }

    async fn delete_lease(&self, minute: u64, lease: &Lease) -> Result<(), StoreError> {
        let key = keys::lease(minute, lease);
        self.delete_item("delete_lease", key, None).await.map(drop)
    }
}
