//! Operators look at a channel.

use thiserror::Error;

use super::Broker;
use super::presence::Cursor;
use crate::channel::Channel;
use crate::history;
use crate::namespace::{Forbidden, PresenceMode};
use crate::protocol::{Member, Position};
use crate::store::StoreError;

/// What there is to know of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// How many sessions receive; only on the first page. In very large channels connections are counted.
    pub sessions: Option<u64>,
    /// Who is there: a page. None where the namespace does not tell who.
    pub members: Option<Vec<Member>>,
    /// Where to go on.
    pub cursor: Option<String>,
    /// The newest place, where there is a history.
    pub position: Option<Position>,
}

/// Why a channel cannot be looked at.
#[derive(Debug, Error)]
pub enum LookError {
    /// There is no such namespace.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The cursor is not one that was given.
    #[error("`cursor` is not one that a page of this channel ended with")]
    Cursor,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Broker<'_> {
    /// What there is to know of a channel, for the server's side: how many receive is known whether the namespace tells its
    /// clients or not. All but the place is read without consistency: it may be a moment old.
    ///
    /// # Errors
    /// When there is no such namespace, or it could not be read.
    pub async fn look(&self, channel: &Channel, cursor: Option<&str>) -> Result<Look, LookError> {
        let namespace = self.rules.namespaces.check_server(channel)?;
        let from = match cursor {
            Some(cursor) => Cursor::parse(cursor).ok_or(LookError::Cursor)?,
            None => Cursor::default(),
        };
        let sessions = match cursor {
            Some(_) => None,
            None => Some(self.count(channel).await?),
        };
        let (members, cursor) = if namespace.presence == PresenceMode::Full {
            let (members, cursor) = self.members(channel, from).await?;
            (Some(members), cursor)
        } else {
            (None, None)
        };
        let position = match &namespace.history {
            Some(rules) => {
                let head = history::head(self.store, channel, rules, self.now_ms()).await?;
                Some(head.0)
            }
            None => None,
        };
        Ok(Look {
            sessions,
            members,
            cursor,
            position,
        })
    }
}
