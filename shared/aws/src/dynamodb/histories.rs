//! Histories in DynamoDB.

use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use tidegate_contract::table::{SORT_KEY, TIME_TO_LIVE};
use tidegate_core::channel::Channel;
use tidegate_core::protocol::Position;
use tidegate_core::store::{Entry, Histories, HistoryItem, Range, StoreError};

use super::attributes::{
    AT, Item, PUBLICATION, USER, attributes, number, read_number, read_text, text,
};
use super::errors::corrupt;
use super::keys;
use super::store::{Condition, DynamoStore, Written};

/// The epoch of a publication.
const EPOCH: &str = "epoch";
/// What was published, as JSON.
const DATA: &str = "data";
/// Where the epoch begins that follows a seal. No publication has it.
const START: &str = "start";

/// Whether a seal follows the item below it. One without it follows nothing.
const FOLLOWS: &str = "follows";

fn to_attributes(item: &HistoryItem) -> Item {
    let mut of = attributes([(TIME_TO_LIVE, number(item.removable_at()))]);
    match item {
        HistoryItem::Seal { start, follows, .. } => of.extend(attributes([
            (START, number(*start)),
            (FOLLOWS, AttributeValue::Bool(*follows)),
        ])),
        HistoryItem::Entry(entry) => {
            of.extend(attributes([
                (EPOCH, number(entry.position.epoch)),
                (PUBLICATION, text(&entry.publication_id)),
                (AT, number(entry.at_ms)),
                (DATA, text(&entry.data)),
            ]));
            if let Some(user) = &entry.user {
                of.insert(USER.to_owned(), text(user));
            }
        }
    }
    of
}

fn to_item(item: &Item) -> Result<HistoryItem, String> {
    let sort = read_text(item, SORT_KEY)?;
    let offset = sort
        .parse()
        .map_err(|_| format!("`{SORT_KEY}` is no offset"))?;
    let removable_at = read_number(item, TIME_TO_LIVE)?;
    if item.contains_key(START) {
        return Ok(HistoryItem::Seal {
            offset,
            start: read_number(item, START)?,
            follows: item
                .get(FOLLOWS)
                .is_some_and(|follows| follows.as_bool().is_ok_and(|follows| *follows)),
            removable_at,
        });
    }
    let user = item.contains_key(USER);
    Ok(HistoryItem::Entry(Entry {
        position: Position {
            epoch: read_number(item, EPOCH)?,
            offset,
        },
        publication_id: read_text(item, PUBLICATION)?,
        user: user.then(|| read_text(item, USER)).transpose()?,
        at_ms: read_number(item, AT)?,
        data: read_text(item, DATA)?,
        removable_at,
    }))
}

#[async_trait]
impl Histories for DynamoStore {
    async fn head(&self, channel: &Channel) -> Result<Option<HistoryItem>, StoreError> {
        let operation = "head";
        let query = self.query(keys::history(channel), None);
        let query = query.scan_index_forward(false).limit(1);
        let page = self.read(operation, query).await?;
        let head = page.items().first().map(to_item).transpose();
        head.map_err(corrupt(operation))
    }

    async fn put(&self, channel: &Channel, item: &HistoryItem) -> Result<bool, StoreError> {
        let mut of = keys::history_item(channel, item.offset());
        of.extend(to_attributes(item));
        let put = self.put_item("put", of, Some(Condition::absent()));
        Ok(matches!(put.await?, Written::Done(_)))
    }

    async fn items(
        &self,
        channel: &Channel,
        range: Range,
        limit: usize,
    ) -> Result<Vec<HistoryItem>, StoreError> {
        let operation = "items";
        if limit == 0 {
            return Ok(Vec::new());
        }
        let (condition, from) = match range {
            Range::After(offset) => ("#sk > :sk", offset),
            Range::Before(offset) => ("#sk < :sk", offset),
        };
        let query = self
            .query(
                keys::history(channel),
                Some((condition, keys::offset(from))),
            )
            .scan_index_forward(matches!(range, Range::After(_)))
            .limit(self.page_of(limit));
        let page = self.read(operation, query).await?;
        let items: Result<_, _> = page.items().iter().map(to_item).collect();
        items.map_err(corrupt(operation))
    }
}
