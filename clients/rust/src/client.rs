//! The client.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use tidegate_protocol::{
    Ack, Channel, HistoryPage, IdempotencyKey, Position, PresenceList, SessionId,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};

use crate::builder::{ClientBuilder, random_text};
use crate::driver::{Command, Request, Shared};
use crate::error::Error;
use crate::machine::{CloseReason, HistoryFrom, RequestError, State};
use crate::subscription::{Mailbox, Subscription};

/// For how long a request is tried where it is not said.
const EXPIRES_IN: Duration = Duration::from_secs(60);

/// A client. Its clones are the same client; when the last one is dropped, it ends, with all that it started.
#[derive(Debug, Clone)]
pub struct Client(Arc<Handle>);

#[derive(Debug)]
pub(crate) struct Handle {
    pub(crate) commands: mpsc::UnboundedSender<Command>,
    pub(crate) states: watch::Receiver<State>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) session: SessionId,
    pub(crate) room: Arc<Semaphore>,
    pub(crate) mailbox: usize,
    pub(crate) last_subscription: AtomicU64,
}

impl Client {
    pub(crate) fn new(handle: Handle) -> Self {
        Self(Arc::new(handle))
    }

    /// Settings of a client that connects to this URL, as in `wss://example.com/stage`.
    pub fn builder(url: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(url.into())
    }

    /// The session, which is kept over reconnects and hand-overs.
    #[must_use]
    pub fn session(&self) -> &SessionId {
        &self.0.session
    }

    /// The state, as it changes.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<State> {
        self.0.states.clone()
    }

    /// What the last failed handshake said, for people.
    #[must_use]
    pub fn last_failure(&self) -> Option<String> {
        let last = &self.0.shared.last_failure;
        last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Receives what is published in a channel from now on.
    ///
    /// # Errors
    /// When it is no channel, or there is a subscription of it.
    pub fn subscribe(&self, channel: &str) -> Result<Subscription, Error> {
        self.subscribe_from(channel, None)
    }

    /// Receives what is published in a channel since a place: read the place, load your state, subscribe from the place, and
    /// nothing falls in between. [`ChannelEvent::Recovered`](crate::ChannelEvent::Recovered) says that it is all there,
    /// [`ChannelEvent::Lost`](crate::ChannelEvent::Lost) that the state has to be loaded anew.
    ///
    /// # Errors
    /// When it is no channel, or there is a subscription of it.
    pub fn subscribe_since(&self, channel: &str, since: Position) -> Result<Subscription, Error> {
        self.subscribe_from(channel, Some(since))
    }

    fn subscribe_from(
        &self,
        channel: &str,
        since: Option<Position>,
    ) -> Result<Subscription, Error> {
        let channel: Channel = channel.parse()?;
        let id = self.0.last_subscription.fetch_add(1, Ordering::Relaxed);
        {
            let subscribed = &self.0.shared.subscribed;
            let mut subscribed = subscribed.lock().unwrap_or_else(PoisonError::into_inner);
            if subscribed.contains_key(&channel) {
                return Err(Error::AlreadySubscribed {
                    channel: channel.to_string(),
                });
            }
            subscribed.insert(channel.clone(), id);
        }
        let mailbox = Arc::new(Mailbox::new(self.0.mailbox));
        let command = Command::Subscribe {
            channel: channel.clone(),
            since,
            id,
            mailbox: Arc::clone(&mailbox),
        };
        if self.0.commands.send(command).is_err() {
            mailbox.close();
        }
        Ok(Subscription {
            channel,
            id,
            mailbox,
            commands: self.0.commands.downgrade(),
        })
    }

    /// Publishes: waits for room in the outbox, and then for the answer. Offline, it waits until it is online again, for a
    /// minute at most. Sent again, it is the same publication: it cannot be made twice.
    ///
    /// # Errors
    /// When it is no channel or no JSON, was refused, or has no answer in time.
    pub async fn publish(&self, channel: &str, data: impl Serialize) -> Result<Ack, Error> {
        self.publication(channel, data)?.send().await
    }

    /// A publication with settings of its own.
    ///
    /// # Errors
    /// When it is no channel, or no JSON.
    pub fn publication(&self, channel: &str, data: impl Serialize) -> Result<Publish<'_>, Error> {
        let channel = channel.parse()?;
        let data = to_raw_value(&data).map_err(|error| Error::InvalidData {
            problem: error.to_string(),
        })?;
        let key = IdempotencyKey::new(random_text(&mut fastrand::Rng::new()));
        Ok(Publish {
            client: self,
            channel,
            data,
            key: key.map_err(Error::InvalidKey)?,
            expires_in: EXPIRES_IN,
        })
    }

    /// What was published in a channel.
    ///
    /// # Errors
    /// When it is no channel, was refused, or has no answer in time.
    pub async fn history(
        &self,
        channel: &str,
        from: HistoryFrom,
        limit: Option<u32>,
    ) -> Result<HistoryPage, Error> {
        let channel = channel.parse()?;
        let room = self.room().await?;
        let (answer, answered) = oneshot::channel();
        let what = Request::History {
            channel,
            from,
            limit,
            answer,
        };
        self.request(what, EXPIRES_IN, room, answered).await
    }

    /// Who is in a channel: the first page, or with a `cursor` the one after.
    ///
    /// # Errors
    /// When it is no channel, was refused, or has no answer in time.
    pub async fn presence(
        &self,
        channel: &str,
        cursor: Option<String>,
    ) -> Result<PresenceList, Error> {
        let channel = channel.parse()?;
        let room = self.room().await?;
        let (answer, answered) = oneshot::channel();
        let what = Request::Presence {
            channel,
            cursor,
            answer,
        };
        self.request(what, EXPIRES_IN, room, answered).await
    }

    /// Ends the client, and waits until its connections are closed. Requests without an answer get the error that it was
    /// closed.
    pub async fn close(self) {
        // Where it has ended by itself, there is nothing to close.
        let _ended = self.0.commands.send(Command::Close);
        let mut states = self.state();
        drop(self);
        // The task has ended when nobody tells the state any more.
        while states.changed().await.is_ok() {}
    }

    async fn room(&self) -> Result<OwnedSemaphorePermit, Error> {
        let room = Arc::clone(&self.0.room).acquire_owned().await;
        room.map_err(|_| self.closed(false))
    }

    async fn request<T>(
        &self,
        what: Request,
        expires_in: Duration,
        room: OwnedSemaphorePermit,
        answered: oneshot::Receiver<Result<T, RequestError>>,
    ) -> Result<T, Error> {
        self.submit(what, expires_in, room)?;
        answer(answered, &self.0.states).await
    }

    fn submit(
        &self,
        what: Request,
        expires_in: Duration,
        room: OwnedSemaphorePermit,
    ) -> Result<(), Error> {
        let command = Command::Request {
            what,
            expires_in_ms: u64::try_from(expires_in.as_millis()).unwrap_or(u64::MAX),
            room,
        };
        let sent = self.0.commands.send(command);
        sent.map_err(|_| self.closed(false))
    }

    fn closed(&self, maybe_done: bool) -> Error {
        closed(&self.0.states, maybe_done)
    }
}

fn closed(states: &watch::Receiver<State>, maybe_done: bool) -> Error {
    let closed = match &*states.borrow() {
        State::Closed { reason } => reason.clone(),
        _ => CloseReason::ByApplication,
    };
    RequestError::Closed { closed, maybe_done }.into()
}

async fn answer<T>(
    answered: oneshot::Receiver<Result<T, RequestError>>,
    states: &watch::Receiver<State>,
) -> Result<T, Error> {
    match answered.await {
        Ok(answer) => Ok(answer?),
        // The task ended without an answer, as its runtime did.
        Err(_) => Err(closed(states, true)),
    }
}

/// A publication that is about to be sent.
#[derive(Debug)]
#[must_use]
pub struct Publish<'a> {
    client: &'a Client,
    channel: Channel,
    data: Box<RawValue>,
    key: IdempotencyKey,
    expires_in: Duration,
}

impl Publish<'_> {
    /// A key of your own: a publication with a key that was used before in this channel is acked and not made again, even by
    /// another client of the user. The server remembers keys for ten minutes.
    ///
    /// # Errors
    /// When it is no key.
    pub fn key(mut self, key: &str) -> Result<Self, Error> {
        self.key = IdempotencyKey::new(key).map_err(Error::InvalidKey)?;
        Ok(self)
    }

    /// For how long it is tried: a minute where it is not said. Where an answer got lost it is tried for nine minutes at most,
    /// however long this is: the server knows a key for ten, and would make it twice after that.
    pub fn expires_in(mut self, time: Duration) -> Self {
        self.expires_in = time;
        self
    }

    /// Waits for room in the outbox, and then for the answer.
    ///
    /// # Errors
    /// When it was refused, or has no answer in time.
    pub async fn send(self) -> Result<Ack, Error> {
        self.enqueue().await?.acked().await
    }

    /// Waits for room in the outbox only: publications that are put there one after another are sent in this order.
    ///
    /// # Errors
    /// When the client has ended.
    pub async fn enqueue(self) -> Result<Receipt, Error> {
        let room = self.client.room().await?;
        self.submit(room)
    }

    /// Waits for nothing.
    ///
    /// # Errors
    /// When there is no room in the outbox ([`RequestError::Full`]), or the client has ended.
    pub fn try_enqueue(self) -> Result<Receipt, Error> {
        let room = Arc::clone(&self.client.0.room).try_acquire_owned();
        let room = room.map_err(|_| RequestError::Full)?;
        self.submit(room)
    }

    fn submit(self, room: OwnedSemaphorePermit) -> Result<Receipt, Error> {
        let (answer, answered) = oneshot::channel();
        let what = Request::Publish {
            channel: self.channel,
            data: self.data,
            key: self.key,
            answer,
        };
        self.client.submit(what, self.expires_in, room)?;
        Ok(Receipt {
            answered,
            states: self.client.0.states.clone(),
        })
    }
}

/// A publication that waits for its answer. Dropped, it is published all the same.
#[derive(Debug)]
#[must_use]
pub struct Receipt {
    answered: oneshot::Receiver<Result<Ack, RequestError>>,
    states: watch::Receiver<State>,
}

impl Receipt {
    /// The answer.
    ///
    /// # Errors
    /// When it was refused, or has no answer in time.
    pub async fn acked(self) -> Result<Ack, Error> {
        answer(self.answered, &self.states).await
    }
}
