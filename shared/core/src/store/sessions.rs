//! The port to sessions.

use async_trait::async_trait;
use thiserror::Error;

use super::StoreError;
use crate::channel::Channel;
use crate::connection::{ConnectionId, NewConnection, Place, Session, SessionKey};
use crate::rights::Rights;

/// Keeps sessions, each in an item of at most 400 KB: what would make it longer fails with [`StoreError::TooLarge`], and
/// changes nothing. What a method returns is the session as it was *before* the write: what the write itself changed is
/// known to whoever asked for it.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Registers a connection in its session, and with `new.joins` its place in a channel. Sets the session's rights; with
    /// `keep_rights` only if it has none. Prolongs the session's time to live by that of a connection.
    ///
    /// Costs one write.
    async fn open(
        &self,
        new: &NewConnection,
        keep_rights: bool,
        now_ms: u64,
    ) -> Result<Option<Session>, OpenError>;

    /// Marks a connection gone, from the first time on that it is said. May come before [`open`](Sessions::open), after it,
    /// twice, or never. Keeps the places of the connection, and where it is present, so that whoever comes second still
    /// finds them.
    ///
    /// Costs one write.
    async fn close(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        now_ms: u64,
    ) -> Result<Option<Session>, StoreError>;

    /// The session, read consistently; none when nothing of it is left, or only the mark of a connection that ended before
    /// it was registered.
    async fn session(&self, key: &SessionKey) -> Result<Option<Session>, StoreError>;

    /// All sessions of a user, read consistently, in as many requests as that takes.
    async fn sessions_of(&self, user: &str) -> Result<Vec<(SessionKey, Session)>, StoreError>;

    /// Notes that a live connection has a place in a channel, and with `present` that its session is there. At most `most`
    /// places for a connection; to join again where it is changes nothing and is never too many.
    ///
    /// Costs one write.
    async fn join(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        place: &Place,
        present: bool,
        most: usize,
    ) -> Result<Session, JoinError>;

    /// Notes that a connection has no place in a channel any more, and is not present there. Where there is no session
    /// nothing is made.
    ///
    /// Costs one write.
    async fn leave(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        place: &Place,
    ) -> Result<Option<Session>, StoreError>;

    /// Notes that a connection is not present in a channel any more, and no more than that. Who was the last of its session
    /// there is told by what is returned.
    ///
    /// Costs one write.
    async fn part(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        channel: &Channel,
    ) -> Result<Option<Session>, StoreError>;

    /// Gives the session of a live connection newer rights.
    ///
    /// Costs one write.
    async fn set_rights(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        rights: &Rights,
    ) -> Result<Session, RightsError>;

    /// Moves the bucket `bucket` from `seen` (none: never used) to `next`, if nobody else moved it meanwhile.
    ///
    /// Costs one write, whether it was moved or not.
    async fn take(
        &self,
        key: &SessionKey,
        bucket: &str,
        seen: Option<u64>,
        next: u64,
    ) -> Result<Taken, StoreError>;

    /// The same for a bucket of a user, over all sessions: made where there is none. Never [`Taken::NoSession`].
    ///
    /// Costs one write, whether it was moved or not.
    async fn take_of_user(
        &self,
        user: &str,
        bucket: &str,
        seen: Option<u64>,
        next: u64,
        now_ms: u64,
    ) -> Result<Taken, StoreError>;

    /// Counts a refusal; returns how many there were since the window began that `window_ms` names: a number that is the
    /// same for all refusals of one window, in epoch milliseconds. Counts also where there is no session.
    ///
    /// Costs one write.
    async fn strike(&self, key: &SessionKey, window_ms: u64) -> Result<u32, StoreError>;

    /// Forgets the places of a gone connection, whose rows have been removed, and with `present` where it was present; its
    /// mark stays. Where there is no session, or the connection is not gone, nothing changes.
    ///
    /// Costs one write.
    async fn vacate(
        &self,
        key: &SessionKey,
        connection: &ConnectionId,
        present: bool,
    ) -> Result<(), StoreError>;

    /// Forgets gone connections with their places and marks: those that can neither come nor go any more. At most
    /// [`MOST_FORGOTTEN`] at once, the first of them. Where there is no session, or one of them is live, nothing changes.
    ///
    /// Costs one write.
    async fn forget(
        &self,
        key: &SessionKey,
        connections: &[ConnectionId],
    ) -> Result<(), StoreError>;
}

/// How many connections are forgotten at once.
pub const MOST_FORGOTTEN: usize = 32;

/// Whether a bucket was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It was.
    Moved,
    /// Somebody else moved it to here.
    Elsewhere(Option<u64>),
    /// There is no such session.
    NoSession,
}

/// Why a connection was not registered.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// It had ended before it was registered.
    #[error("the connection ended before it was registered")]
    Gone,
    /// The session has the rights of a newer token.
    #[error("the session has the rights of a newer token")]
    OlderToken,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a connection has no place in a channel.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum JoinError {
    /// The connection is not registered, or is gone.
    #[error("the connection is not registered any more")]
    NotConnected,
    /// The connection has as many places as it may.
    #[error("a connection may join {0} channels, and this one has")]
    TooMany(usize),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a session has no newer rights.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RightsError {
    /// The connection is not registered, or is gone.
    #[error("the connection is not registered any more")]
    NotConnected,
    /// The session has the rights of a newer token.
    #[error("the session has the rights of a newer token")]
    OlderToken,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
