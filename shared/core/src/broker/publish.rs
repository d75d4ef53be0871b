//! Something is published.

use futures::future::try_join_all;
use serde_json::value::RawValue;
use thiserror::Error;

use super::{Broker, Caller, MAX_PUBLICATION_BYTES};
use crate::channel::Channel;
use crate::connection::{Shard, Subscriber};
use crate::delivery::{Delivered, Delivery};
use crate::fanout::{self, Fanout};
use crate::history::{AppendError, Appended, Draft, Known, append};
use crate::limits::{RetryAfter, SpendError, Spender, spend};
use crate::namespace::{Action, Forbidden, HistoryRules, Namespace};
use crate::protocol::{IdempotencyKey, Position, Publication, ServerFrame};
use crate::store::{Claim, Entry, HistoryItem, Scope, StoreError};

/// How many rows one shard of a channel holds before the channel is cut into more.
const SHARD_ROWS: usize = 1_000;

/// What a publication's frame is longer than its texts and its data, at most: names, numbers and signs.
const ENVELOPE_BYTES: usize = 256;

/// After how long a channel that too many publish in may be tried again, in milliseconds.
const BUSY_MS: u64 = 250;

/// Who publishes.
#[derive(Debug, Clone, Copy)]
pub enum Author<'a> {
    /// A client.
    Caller(&'a Caller),
    /// The server's side.
    Server,
}

/// What is to be published.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The channel.
    pub channel: &'a Channel,
    /// Any JSON.
    pub data: &'a RawValue,
    /// By which it is known when it comes again.
    pub key: Option<&'a IdempotencyKey>,
    /// The id that it gets, if it is new.
    pub new_id: &'a str,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Its id: that of the first time, where it came before.
    pub publication_id: String,
    /// Its place, in channels with a history.
    pub position: Option<Position>,
    /// Whether it was there already.
    pub duplicate: bool,
    /// How many other writers were faster, in channels with a history.
    pub collisions: u32,
    /// What became of its receivers.
    pub delivered: Delivered,
    /// Rows of receivers that could not be read.
    pub unreadable: usize,
}

/// Why it was not published.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The author may not, or there is no such namespace.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// It would not fit into a frame with its envelope.
    #[error(
        "the publication is {length} bytes long with its envelope, of at most {MAX_PUBLICATION_BYTES}"
    )]
    TooLarge {
        /// How long it would be.
        length: usize,
    },
    /// It is too much for now.
    #[error(transparent)]
    TooFast(#[from] RetryAfter),
    /// Too many others publish in the channel at this time.
    #[error("too many publish in the channel at once")]
    Busy(RetryAfter),
    /// The session is not there any more.
    #[error("the connection is not registered any more")]
    NotConnected,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<SpendError> for PublishError {
    fn from(error: SpendError) -> Self {
        match error {
            SpendError::TooFast(later) => later.into(),
            SpendError::NoSession => Self::NotConnected,
            SpendError::Store(error) => error.into(),
        }
    }
}

impl From<AppendError> for PublishError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Busy => Self::Busy(RetryAfter(BUSY_MS)),
            AppendError::Store(error) => error.into(),
        }
    }
}

impl Author<'_> {
    fn user(&self) -> Option<&str> {
        match self {
            Self::Caller(caller) => Some(&caller.key.user),
            Self::Server => None,
        }
    }

    fn scope(&self) -> Scope {
        match self {
            Self::Caller(caller) => Scope::User(caller.key.user.clone()),
            Self::Server => Scope::Server,
        }
    }
}

impl Broker<'_> {
    /// Publishes: gives it a place where there is a history, then tells the subscribers.
    ///
    /// Costs no write without a history and one with it, for each kilobyte; one more with a key, one more where the namespace
    /// declares a rate, and one for each other writer that was faster.
    ///
    /// # Errors
    /// When it may not be, or could not. With [`PublishError::Store`] it may have been all the same: with a key it can be
    /// tried again without doubling it.
    pub async fn publish(
        &self,
        author: Author<'_>,
        request: Request<'_>,
    ) -> Result<Published, PublishError> {
        let channel = request.channel;
        let namespaces = &self.rules.namespaces;
        let namespace = match author {
            Author::Caller(caller) => {
                namespaces.check(Action::Publish, &caller.session.rights, channel)?
            }
            Author::Server => namespaces.check_server(channel)?,
        };
        check_length(author, request)?;
        if let Author::Caller(caller) = author {
            self.spend_rate(caller, channel, namespace).await?;
        }
        let placed = match &namespace.history {
            Some(rules) => self.place(author, request, rules).await?,
            None => self.identify(author, request).await?,
        };
        let Placed {
            publication,
            duplicate,
            collisions,
        } = placed;
        let mut published = Published {
            publication_id: publication.publication_id.clone(),
            position: publication.position,
            duplicate,
            collisions,
            delivered: Delivered::default(),
            unreadable: 0,
        };
        // With a place it is in the history, and whoever was not told of it finds that. Without one it is told again: its
        // first sender may have ended before it was.
        if !(duplicate && published.position.is_some()) {
            (published.delivered, published.unreadable) = self.tell(publication).await?;
        }
        Ok(published)
    }

    async fn spend_rate(
        &self,
        caller: &Caller,
        channel: &Channel,
        namespace: &Namespace,
    ) -> Result<(), PublishError> {
        let Some(rate) = &namespace.rate else {
            return Ok(());
        };
        let name = channel.namespace();
        let seen = caller.session.buckets.get(name).copied();
        let session = Spender::Session(&caller.key);
        spend(self.store, session, (name, rate), 1, seen, self.now_ms()).await?;
        Ok(())
    }

    /// Without a history: its id, which is that of the first time.
    async fn identify(
        &self,
        author: Author<'_>,
        request: Request<'_>,
    ) -> Result<Placed, PublishError> {
        let claimed = self.claim(author, request, 0).await?;
        let duplicate = claimed.is_some();
        let publication_id =
            claimed.map_or_else(|| request.new_id.to_owned(), |claim| claim.publication_id);
        Ok(Placed {
            publication: Publication {
                channel: request.channel.clone(),
                publication_id,
                user: author.user().map(str::to_owned),
                at: self.now_ms(),
                data: request.data.to_owned(),
                position: None,
            },
            duplicate,
            collisions: 0,
        })
    }

    /// With a history: its place.
    ///
    /// Whoever puts a publication has looked at every item above an offset below which it is not, and puts it right after
    /// the last of these: so of several who put the same one, each but the first finds it.
    async fn place(
        &self,
        author: Author<'_>,
        request: Request<'_>,
        rules: &HistoryRules,
    ) -> Result<Placed, PublishError> {
        let channel = request.channel;
        let (claimed, known) = match request.key {
            None => (None, Known::Nothing),
            Some(_) => {
                let head = self.store.head(channel).await?;
                let from = head.as_ref().map_or(0, HistoryItem::offset);
                match self.claim(author, request, from).await? {
                    None => (None, Known::Head(head)),
                    Some(claim) => {
                        let from = claim.from;
                        (Some(claim), Known::PerhapsAfter(from))
                    }
                }
            }
        };
        let resent = claimed.is_some();
        let publication_id =
            claimed.map_or_else(|| request.new_id.to_owned(), |claim| claim.publication_id);
        let draft = Draft {
            publication_id: &publication_id,
            user: author.user(),
            data: request.data.get(),
        };
        let appended = append(self.store, channel, draft, rules, known, self.now_ms());
        let Appended {
            entry,
            was_there,
            collisions,
        } = appended.await?;
        Ok(Placed {
            publication: publication(request, entry),
            duplicate: resent && was_there,
            collisions,
        })
    }

    async fn claim(
        &self,
        author: Author<'_>,
        request: Request<'_>,
        from: u64,
    ) -> Result<Option<Claim>, StoreError> {
        let Some(key) = request.key else {
            return Ok(None);
        };
        let claim = Claim {
            publication_id: request.new_id.to_owned(),
            from,
            at_ms: self.now_ms(),
        };
        let scope = author.scope();
        let claimed = self.store.claim(&scope, request.channel, key, &claim);
        // A claim whose answer was lost and that was made again finds itself.
        let others = |claimed: &Claim| claimed.publication_id != request.new_id;
        Ok(claimed.await?.filter(others))
    }

    /// Tells the subscribers. They are read after the publication has its place.
    async fn tell(&self, publication: Publication) -> Result<(Delivered, usize), StoreError> {
        let channel = publication.channel.clone();
        let publication_id = publication.publication_id.clone();
        let receivers = self.receivers(&channel).await?;
        let frame = ServerFrame::Publication(publication).to_json();
        let frame = frame.map_err(|error| StoreError::Corrupt {
            operation: "publish",
            problem: error.to_string(),
        })?;
        let told = fanout::Publication {
            channel,
            publication_id,
            accepted_at_ms: self.now_ms(),
            frame,
        };
        let delivered = self.deliver(told, receivers.subscribers).await;
        Ok((delivered, receivers.unreadable))
    }

    /// Delivers a frame to receivers: here, or by way of the queue where they are many.
    pub(super) async fn deliver(
        &self,
        publication: fanout::Publication,
        receivers: Vec<Subscriber>,
    ) -> Delivered {
        let fanout = Fanout {
            delivery: Delivery {
                subscriptions: self.store,
                sender: self.sender,
            },
            queue: self.queue,
            timer: self.timer,
        };
        let direct = self.rules.direct_receivers;
        fanout
            .publish(publication, receivers, direct, self.circumstances)
            .await
    }

    /// Everyone who receives what is published in a channel, as it is now. A channel that has grown is cut into more shards.
    pub(super) async fn receivers(&self, channel: &Channel) -> Result<Receivers, StoreError> {
        let (first, shards) = self.shard(channel, Shard(0)).await?;
        let others = (1..shards).map(|shard| self.shard(channel, Shard(shard)));
        let mut receivers = first;
        for (other, _) in try_join_all(others).await? {
            receivers.subscribers.extend(other.subscribers);
            receivers.unreadable += other.unreadable;
        }
        let wanted = receivers.subscribers.len().div_ceil(SHARD_ROWS);
        let wanted = u32::try_from(wanted)
            .unwrap_or(Shard::MOST)
            .min(Shard::MOST);
        if wanted > shards {
            // Only later subscribers are told apart by it: that it fails now changes nothing.
            let shards = wanted.next_power_of_two();
            let _cut = self.store.cut(channel, shards, self.now_ms()).await;
        }
        Ok(receivers)
    }

    async fn shard(&self, channel: &Channel, shard: Shard) -> Result<(Receivers, u32), StoreError> {
        let mut receivers = Receivers::default();
        let (mut shards, mut after) = (1, None);
        loop {
            let page = self
                .store
                .subscribers(channel, shard, after.as_ref(), true)
                .await?;
            shards = page.shards.unwrap_or(shards);
            receivers.subscribers.extend(page.subscribers);
            receivers.unreadable += page.unreadable;
            after = page.next;
            if after.is_none() {
                return Ok((receivers, shards));
            }
        }
    }
}

/// Who receives.
#[derive(Debug, Default)]
pub(super) struct Receivers {
    pub(super) subscribers: Vec<Subscriber>,
    pub(super) unreadable: usize,
}

struct Placed {
    publication: Publication,
    duplicate: bool,
    collisions: u32,
}

fn publication(request: Request<'_>, entry: Entry) -> Publication {
    Publication {
        channel: request.channel.clone(),
        publication_id: entry.publication_id,
        user: entry.user,
        at: entry.at_ms,
        data: request.data.to_owned(),
        position: Some(entry.position),
    }
}

/// Whether the publication's frame fits. Only one that may be too long is written to see how long it is.
fn check_length(author: Author<'_>, request: Request<'_>) -> Result<(), PublishError> {
    let texts = [
        request.channel.as_str(),
        request.new_id,
        author.user().unwrap_or_default(),
    ];
    // A byte of a text is six at most: `\u0000`.
    let texts: usize = texts.iter().map(|text| 6 * text.len()).sum();
    if ENVELOPE_BYTES + texts + request.data.get().len() <= MAX_PUBLICATION_BYTES {
        return Ok(());
    }
    let length = length(author, request);
    if length > MAX_PUBLICATION_BYTES {
        return Err(PublishError::TooLarge { length });
    }
    Ok(())
}

/// As long as it can become: where it has a place, that is in it too.
fn length(author: Author<'_>, request: Request<'_>) -> usize {
    let longest = Position {
        epoch: 1 << 53,
        offset: 1 << 53,
    };
    let publication = Publication {
        channel: request.channel.clone(),
        publication_id: request.new_id.to_owned(),
        user: author.user().map(str::to_owned),
        at: 1 << 53,
        data: request.data.to_owned(),
        position: Some(longest),
    };
    ServerFrame::Publication(publication)
        .to_json()
        .map_or(usize::MAX, |frame| frame.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_envelope_is_no_longer_than_is_reckoned() {
        let data = RawValue::from_string("{}".to_owned()).unwrap();
        let channel = "room:1".parse().unwrap();
        let request = Request {
            channel: &channel,
            data: &data,
            key: None,
            new_id: "id",
        };
        let length = length(Author::Server, request);
        let user = r#","user":"""#.len();
        assert!(length + user <= ENVELOPE_BYTES, "{length}");
    }
}
