//! Histories in memory.

use std::collections::btree_map::Entry;

use async_trait::async_trait;

use super::MemoryStore;
use crate::channel::Channel;
use crate::store::{Histories, HistoryItem, Range, StoreError};

#[async_trait]
impl Histories for MemoryStore {
    async fn head(&self, channel: &Channel) -> Result<Option<HistoryItem>, StoreError> {
        let tables = self.open_tables("head")?;
        let items = tables.histories.get(channel);
        Ok(items.and_then(|items| items.values().next_back().cloned()))
    }

    async fn put(&self, channel: &Channel, item: &HistoryItem) -> Result<bool, StoreError> {
        let mut tables = self.open_tables("put")?;
        let items = tables.histories.entry(channel.clone()).or_default();
        match items.entry(item.offset()) {
            Entry::Occupied(_) => Ok(false),
            Entry::Vacant(vacant) => {
                vacant.insert(item.clone());
                Ok(true)
            }
        }
    }

    async fn items(
        &self,
        channel: &Channel,
        range: Range,
        limit: usize,
    ) -> Result<Vec<HistoryItem>, StoreError> {
        let tables = self.open_tables("items")?;
        let Some(items) = tables.histories.get(channel) else {
            return Ok(Vec::new());
        };
        let most = limit.min(self.page);
        Ok(match range {
            Range::After(offset) => items
                .range(offset.saturating_add(1)..)
                .take(most)
                .map(|(_, item)| item.clone())
                .collect(),
            Range::Before(offset) => items
                .range(..offset)
                .rev()
                .take(most)
                .map(|(_, item)| item.clone())
                .collect(),
        })
    }
}
