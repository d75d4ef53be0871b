//! Who is in a channel, and who comes and goes.

use std::collections::BTreeSet;

use thiserror::Error;

use super::{Broker, Caller, Notice};
use crate::channel::Channel;
use crate::connection::{ConnectionId, SessionKey, Shard};
use crate::delivery::Delivered;
use crate::fanout;
use crate::namespace::{Action, Forbidden, PresenceMode};
use crate::protocol::{Member, PresenceChange, PresenceEvent, ServerFrame};
use crate::store::StoreError;

/// How many members one page names.
const PAGE_MEMBERS: usize = 100;
/// How many rows are read at most to count sessions exactly; beyond that, connections are counted.
const EXACT_ROWS: usize = 5_000;
/// A channel with more connections than this is not told who comes and goes: it would be told by everybody to everybody.
const MOST_TOLD: usize = 500;
/// After how many seconds it is tried again to tell of somebody who left.
const AGAIN_S: u32 = 2;

/// Who is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    /// How many sessions; only on the first page. In very large channels connections are counted.
    pub count: Option<u64>,
    /// Who; none where the namespace only counts.
    pub members: Option<Vec<Member>>,
    /// Where to go on.
    pub cursor: Option<String>,
}

/// Why it is not told who is there.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PresenceError {
    /// The user may not, or there is no such namespace.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The channel does not tell.
    #[error("{0} does not tell who is there")]
    None(Channel),
    /// The cursor is not one that was given.
    #[error("`cursor` is not one that a page of this channel ended with")]
    Cursor,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What became of a notice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Announced {
    /// Comings and goings that were told.
    pub changes: usize,
    /// What became of those who were to be told.
    pub delivered: Delivered,
}

impl Broker<'_> {
    /// A page of who is in a channel; `caller` is none for the server's side. Read without consistency: it may be a moment
    /// old. A session with two connections may be on two pages.
    ///
    /// # Errors
    /// When it is not told, or could not be.
    pub async fn presence(
        &self,
        caller: Option<&Caller>,
        channel: &Channel,
        cursor: Option<&str>,
    ) -> Result<Present, PresenceError> {
        let namespaces = &self.rules.namespaces;
        let mode = match caller {
            Some(caller) => {
                let rights = &caller.session.rights;
                let namespace = namespaces.check(Action::Subscribe, rights, channel)?;
                namespace.presence
            }
            None => namespaces.check_server(channel)?.presence,
        };
        let full = match mode {
            PresenceMode::None => return Err(PresenceError::None(channel.clone())),
            PresenceMode::Count => false,
            PresenceMode::Full => true,
        };
        let first = cursor.is_none();
        let cursor = match cursor {
            Some(cursor) => Cursor::parse(cursor).ok_or(PresenceError::Cursor)?,
            None => Cursor::default(),
        };
        let count = if first {
            Some(self.count(channel).await?)
        } else {
            None
        };
        if !full {
            return Ok(Present {
                count,
                members: None,
                cursor: None,
            });
        }
        let (members, cursor) = self.members(channel, cursor).await?;
        Ok(Present {
            count,
            members: Some(members),
            cursor,
        })
    }

    /// How many sessions are in a channel, as it was a moment ago.
    pub(super) async fn count(&self, channel: &Channel) -> Result<u64, StoreError> {
        let shards = self.store.shards(channel).await?;
        let (mut sessions, mut rows) = (BTreeSet::new(), 0);
        for shard in 0..shards {
            let mut after = None;
            loop {
                let page = self
                    .store
                    .subscribers(channel, Shard(shard), after.as_ref(), false)
                    .await?;
                for subscriber in page.subscribers {
                    rows += 1;
                    if rows <= EXACT_ROWS && !self.has_expired(subscriber.expires_at) {
                        sessions.insert(subscriber.key);
                    }
                }
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok((sessions.len() + rows.saturating_sub(EXACT_ROWS)) as u64)
    }

    const fn has_expired(&self, expires_at: u64) -> bool {
        self.now_ms() / 1_000 >= expires_at
    }

    pub(super) async fn members(
        &self,
        channel: &Channel,
        mut cursor: Cursor,
    ) -> Result<(Vec<Member>, Option<String>), StoreError> {
        let shards = self.store.shards(channel).await?;
        let mut members = BTreeSet::new();
        while cursor.shard.0 < shards {
            let page = self
                .store
                .subscribers(channel, cursor.shard, cursor.after.as_ref(), false)
                .await?;
            for subscriber in page.subscribers {
                if members.len() >= PAGE_MEMBERS {
                    return Ok((members.into_iter().collect(), Some(cursor.to_string())));
                }
                cursor.after = Some(subscriber.connection);
                if !self.has_expired(subscriber.expires_at) {
                    members.insert(Member {
                        user: subscriber.key.user,
                        session: subscriber.key.session,
                    });
                }
            }
            cursor = match page.next {
                Some(next) => Cursor {
                    after: Some(next),
                    ..cursor
                },
                None => Cursor {
                    shard: Shard(cursor.shard.0 + 1),
                    after: None,
                },
            };
        }
        Ok((members.into_iter().collect(), None))
    }

    /// Tells what a notice says, if it still holds: a session whose connection ended has left only if no other connection of
    /// it came there meanwhile.
    ///
    /// # Errors
    /// When the database failed: then it can be tried again.
    pub async fn announce(&self, notice: &Notice, new_id: &str) -> Result<Announced, StoreError> {
        match notice {
            Notice::Joined {
                channel,
                key,
                at_ms,
            } => {
                self.tell_change(channel, PresenceEvent::Join, key, *at_ms, new_id)
                    .await
            }
            Notice::Left {
                channel,
                key,
                at_ms,
            } => {
                self.tell_change(channel, PresenceEvent::Leave, key, *at_ms, new_id)
                    .await
            }
            Notice::Ended {
                channels,
                key,
                connection,
                at_ms,
            } => {
                let mut announced = Announced::default();
                for channel in channels {
                    if !self.has_left(key, connection, channel).await? {
                        continue;
                    }
                    let told = self
                        .tell_change(channel, PresenceEvent::Leave, key, *at_ms, new_id)
                        .await;
                    match told {
                        Ok(told) => {
                            announced.changes += told.changes;
                            announced.delivered = announced.delivered + told.delivered;
                        }
                        Err(error) => self.tell_later(channel, key, *at_ms, error).await?,
                    }
                }
                Ok(announced)
            }
        }
    }

    /// That a session left is noted only once: the notice as it came would not find it again, so another one says it.
    async fn tell_later(
        &self,
        channel: &Channel,
        key: &SessionKey,
        at_ms: u64,
        error: StoreError,
    ) -> Result<(), StoreError> {
        let left = Notice::Left {
            channel: channel.clone(),
            key: key.clone(),
            at_ms,
        };
        let trace = self.circumstances.trace;
        let handed = self.queue.send_notice(&left, AGAIN_S, trace).await;
        handed.map_err(|_not_handed| error)
    }

    /// Whether a connection was the last by which its session was present. It is not any more in either case.
    pub(super) async fn has_left(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        channel: &Channel,
    ) -> Result<bool, StoreError> {
        let before = self.store.part(key, connection, channel).await?;
        Ok(before.is_some_and(|before| {
            before.is_present_by(connection, channel)
                && !before.is_present_without(connection, channel)
        }))
    }

    async fn tell_change(
        &self,
        channel: &Channel,
        event: PresenceEvent,
        key: &SessionKey,
        at_ms: u64,
        new_id: &str,
    ) -> Result<Announced, StoreError> {
        let mut receivers = self.receivers(channel).await?.subscribers;
        if receivers.len() > MOST_TOLD {
            return Ok(Announced::default());
        }
        // Nobody is told of themselves.
        receivers.retain(|receiver| receiver.key != *key);
        let change = PresenceChange {
            channel: channel.clone(),
            event,
            user: key.user.clone(),
            session: key.session.clone(),
            at: at_ms,
        };
        let frame = ServerFrame::PresenceChange(change).to_json();
        let frame = frame.map_err(|error| StoreError::Corrupt {
            operation: "announce",
            problem: error.to_string(),
        })?;
        let told = fanout::Publication {
            channel: channel.clone(),
            publication_id: new_id.to_owned(),
            accepted_at_ms: self.now_ms(),
            frame,
        };
        Ok(Announced {
            changes: 1,
            delivered: self.deliver(told, receivers).await,
        })
    }
}

/// Where a page ended.
#[derive(Debug, Default)]
pub(super) struct Cursor {
    shard: Shard,
    after: Option<ConnectionId>,
}

impl Cursor {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (shard, after) = text.split_once(':')?;
        let shard: u32 = shard.parse().ok()?;
        let valid = shard < Shard::MOST && after.len() <= 128;
        valid.then(|| Self {
            shard: Shard(shard),
            after: (!after.is_empty()).then(|| ConnectionId::new(after)),
        })
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let after = self.after.as_ref().map_or("", ConnectionId::as_str);
        write!(f, "{}:{after}", self.shard)
    }
}
