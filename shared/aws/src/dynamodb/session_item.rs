//! A session's item.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use tidegate_contract::table::SORT_KEY;
use tidegate_core::connection::{Connected, ConnectionId, Endpoint, Place, Session, SessionKey};

use super::attributes::{EXPIRES, Item, read_number, read_rights, read_set, read_text, text};
use super::keys;

const LIVE: &str = "conn#";
const GONE: &str = "gone#";
const PLACES: &str = "subs#";
const PRESENT: &str = "pres#";
const BUCKET: &str = "tat#";

pub(super) fn live(connection: &ConnectionId) -> String {
    format!("{LIVE}{connection}")
}

pub(super) fn gone(connection: &ConnectionId) -> String {
    format!("{GONE}{connection}")
}

pub(super) fn places(connection: &ConnectionId) -> String {
    format!("{PLACES}{connection}")
}

pub(super) fn present(connection: &ConnectionId) -> String {
    format!("{PRESENT}{connection}")
}

pub(super) fn bucket(name: &str) -> String {
    format!("{BUCKET}{name}")
}

/// A live connection.
pub(super) fn connected(endpoint: &Endpoint, since_ms: u64) -> AttributeValue {
    text(format!("{since_ms} {endpoint}"))
}

fn to_connected(text: &str) -> Option<Connected> {
    let (since_ms, endpoint) = text.split_once(' ')?;
    Some(Connected {
        endpoint: Endpoint::new(endpoint),
        since_ms: since_ms.parse().ok()?,
    })
}

/// Whether there is a session in the item, with this connection in it.
pub(super) fn is_live(item: &Item, connection: &ConnectionId) -> bool {
    item.contains_key(EXPIRES)
        && item.contains_key(&live(connection))
        && !item.contains_key(&gone(connection))
}

/// Reads a session. What is left of a connection that ended before it was registered is none.
pub(super) fn to_session(user: &str, item: &Item) -> Result<Option<Session>, String> {
    if !item.contains_key(EXPIRES) {
        return Ok(None);
    }
    let mut session = Session {
        rights: read_rights(item, user.to_owned())?,
        connections: BTreeMap::new(),
        gone: BTreeMap::new(),
        places: BTreeMap::new(),
        present: BTreeMap::new(),
        buckets: BTreeMap::new(),
    };
    for name in item.keys() {
        if let Some(connection) = name.strip_prefix(LIVE) {
            let connected = to_connected(&read_text(item, name)?)
                .ok_or_else(|| format!("`{name}` is not a time and an API"))?;
            let connection = ConnectionId::new(connection);
            session.connections.insert(connection, connected);
        } else if let Some(connection) = name.strip_prefix(GONE) {
            let connection = ConnectionId::new(connection);
            session.gone.insert(connection, read_number(item, name)?);
        } else if let Some(connection) = name.strip_prefix(PLACES) {
            let connection = ConnectionId::new(connection);
            session.places.insert(connection, to_places(item, name)?);
        } else if let Some(connection) = name.strip_prefix(PRESENT) {
            for channel in read_set(item, name)? {
                let channel = channel
                    .parse()
                    .map_err(|error| format!("a channel of `{name}`: {error}"))?;
                let by = session.present.entry(channel).or_default();
                by.insert(ConnectionId::new(connection));
            }
        } else if let Some(bucket) = name.strip_prefix(BUCKET) {
            let used = read_number(item, name)?;
            session.buckets.insert(bucket.to_owned(), used);
        }
    }
    Ok(Some(session))
}

fn to_places(item: &Item, name: &str) -> Result<BTreeSet<Place>, String> {
    let parse = |place: &String| {
        place
            .parse()
            .map_err(|error| format!("a place of `{name}`: {error}"))
    };
    read_set(item, name)?.iter().map(parse).collect()
}

/// The key of the session that is in the item.
pub(super) fn to_key(user: &str, item: &Item) -> Result<SessionKey, String> {
    let sort = read_text(item, SORT_KEY)?;
    let session = sort.strip_prefix(keys::SESSIONS).unwrap_or(&sort);
    Ok(SessionKey {
        user: user.to_owned(),
        session: session.to_owned(),
    })
}
