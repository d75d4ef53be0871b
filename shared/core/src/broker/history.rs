//! Histories and heads for those who may read them.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};
use thiserror::Error;

use super::{AT_ONCE, Broker, Caller, MAX_PUBLICATION_BYTES};
use crate::channel::Channel;
use crate::history::{self, Page};
use crate::namespace::{Action, Forbidden};
use crate::protocol::{Bound, Position};
use crate::store::StoreError;

/// Why a history cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// The user may not, or there is no such namespace.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The channel keeps none.
    #[error("{0} keeps no history")]
    None(Channel),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Broker<'_> {
    /// A page of a channel's history; `caller` is none for the server's side.
    ///
    /// # Errors
    /// When it may not be read, or could not.
    pub async fn history(
        &self,
        caller: Option<&Caller>,
        channel: &Channel,
        bound: Bound,
        limit: usize,
    ) -> Result<Page, HistoryError> {
        let namespaces = &self.rules.namespaces;
        let namespace = match caller {
            Some(caller) => namespaces.check(Action::Subscribe, &caller.session.rights, channel)?,
            None => namespaces.check_server(channel)?,
        };
        let rules = namespace.history.as_ref();
        let rules = rules.ok_or_else(|| HistoryError::None(channel.clone()))?;
        let budget = MAX_PUBLICATION_BYTES;
        let page = history::page(
            self.store,
            channel,
            rules,
            bound,
            limit,
            budget,
            self.now_ms(),
        );
        Ok(page.await?)
    }

    /// The newest places of those of the channels that the caller receives and that have a history.
    ///
    /// # Errors
    /// When the database failed.
    pub async fn heads(
        &self,
        caller: &Caller,
        channels: &[Channel],
    ) -> Result<BTreeMap<Channel, Position>, StoreError> {
        let receives = |channel: &Channel| {
            let mut places = caller.session.places_of(&caller.connection);
            places.any(|place| place.channel == *channel)
        };
        let wanted: Vec<_> = channels
            .iter()
            .filter(|channel| receives(channel))
            .filter_map(|channel| {
                let namespaces = &self.rules.namespaces;
                let rights = &caller.session.rights;
                let namespace = namespaces.check(Action::Subscribe, rights, channel).ok()?;
                Some((channel, namespace.history.as_ref()?))
            })
            .collect();
        let heads: Vec<_> = stream::iter(wanted)
            .map(|(channel, rules)| async move {
                let head = history::head(self.store, channel, rules, self.now_ms()).await?;
                Ok::<_, StoreError>((channel.clone(), head.0))
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        heads.into_iter().collect()
    }
}
