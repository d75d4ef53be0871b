//! One-time tickets in DynamoDB.

use async_trait::async_trait;
use tidegate_contract::table::TIME_TO_LIVE;
use tidegate_core::store::{StoreError, Ticket, Tickets};

use super::attributes::{
    EXPIRES, GROUPS, ISSUED, Item, USER, attributes, list, number, read_number, read_rights,
    read_text, text,
};
use super::errors::corrupt;
use super::keys;
use super::store::{DynamoStore, Written};

fn to_ticket(item: &Item) -> Result<Ticket, String> {
    Ok(Ticket {
        rights: read_rights(item, read_text(item, USER)?)?,
        valid_until: read_number(item, TIME_TO_LIVE)?,
    })
}

#[async_trait]
impl Tickets for DynamoStore {
    async fn put_ticket(&self, digest: &str, ticket: &Ticket) -> Result<(), StoreError> {
        let mut item = keys::ticket(digest);
        item.extend(attributes([
            (USER, text(&ticket.rights.user)),
            (GROUPS, list(&ticket.rights.groups)),
            (EXPIRES, number(ticket.rights.expires_at)),
            (ISSUED, number(ticket.rights.issued_at)),
            (TIME_TO_LIVE, number(ticket.valid_until)),
        ]));
        self.put_item("put_ticket", item, None).await.map(drop)
    }

    async fn take_ticket(&self, digest: &str) -> Result<Option<Ticket>, StoreError> {
        let operation = "take_ticket";
        let taken = self.delete_item(operation, keys::ticket(digest), None);
        let (Written::Done(item) | Written::Refused(item)) = taken.await?;
        let item = Some(item).filter(|item| !item.is_empty());
        let ticket = item.as_ref().map(to_ticket).transpose();
        ticket.map_err(corrupt(operation))
    }
}
