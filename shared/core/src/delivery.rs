//! Delivery of publications to receivers.

use std::collections::BTreeMap;
use std::ops::Add;
use std::pin::pin;

use futures::StreamExt;
use futures::future::{Either, select};
use futures::stream;

use crate::channel::Channel;
use crate::connection::{ConnectionId, Endpoint, Place, Shard};
use crate::fanout::{Missed, Receiver, Slice};
use crate::protocol::{Goodbye, GoodbyeReason, ServerFrame};
use crate::sender::{SendError, Sender};
use crate::store::Subscriptions;

/// How many posts are under way at once. Enough to hide the latency of one, few enough that one function does not
/// spend its file descriptors (1,024 on Lambda) or the account's request rate alone.
pub const POSTS_IN_FLIGHT: usize = 64;

/// How long a connection may be subscribed before it exists: `$connect` registers it, and only when that has answered
/// (29 s at most, an AWS quota) does API Gateway open it. Until then "gone" means "not yet".
pub const HANDSHAKE_MS: u64 = 30_000;

/// What came of a delivery. Every receiver is in exactly one of the counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Took the frame.
    pub sent: usize,
    /// Were gone; their rows are removed, but for those that may only be on their way. Those whose row had been removed
    /// before their token ended are among them.
    pub gone: usize,
    /// Had an expired token: were said goodbye to and are removed.
    pub expired: usize,
    /// Were handed to the queue, to be tried by others or later.
    pub queued: usize,
    /// Were given up: they wait in the dead-letter queue.
    pub dead: usize,
    /// Could not be reached, and no queue took them: nobody tries them again.
    pub failed: usize,
}

impl Add for Delivered {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            sent: self.sent + other.sent,
            gone: self.gone + other.gone,
            expired: self.expired + other.expired,
            queued: self.queued + other.queued,
            dead: self.dead + other.dead,
            failed: self.failed + other.failed,
        }
    }
}

/// What came of one slice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What is final.
    pub delivered: Delivered,
    /// Who was not reached, by why.
    pub missed: BTreeMap<Missed, Vec<Receiver>>,
}

#[derive(Clone, Copy)]
enum Fate {
    Sent,
    Gone,
    Expired,
    Missed(Missed),
}

/// How it is with a receiver whose token has ended by what its slice says.
enum Standing {
    /// It brought a newer one.
    Good,
    /// It did not.
    Expired,
    /// It receives nothing in this channel any more.
    Ended,
    /// The registry does not say.
    Unknown,
}

/// Where slices come from, by which what they say of their receivers is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Whoever delivers has just read the receivers' rows: they are as the slice says.
    Here,
    /// They waited in a queue, perhaps for hours among the dead letters: a token that has ended since may have been
    /// refreshed since.
    Queue,
}

/// Delivers to receivers by the ports.
#[derive(Clone, Copy)]
pub struct Delivery<'a> {
    /// Where receivers are removed from, and looked up when they seem to be expired.
    pub subscriptions: &'a dyn Subscriptions,
    /// By which they are reached.
    pub sender: &'a dyn Sender,
}

impl Delivery<'_> {
    /// Sends each slice's frame to each of its receivers, so many at once over all of them; whoever is gone or expired is
    /// removed in the same pass. One that is slow delays nobody but itself, and when `until` comes all end: whoever's turn
    /// it had not been, or whose post had no answer yet, was missed. Says what came of each slice, in their order.
    ///
    /// Costs no request to the registry where all are there; a read for each whose token ended while the slice waited in
    /// a queue.
    pub async fn deliver(
        &self,
        slices: &[Slice],
        origin: Origin,
        now_ms: u64,
        until: impl Future<Output = ()>,
    ) -> Vec<Outcome> {
        let waiting = |slice: &Slice| vec![Fate::Missed(Missed::OutOfTime); slice.receivers.len()];
        let mut fates: Vec<_> = slices.iter().map(waiting).collect();
        let posts = slices.iter().enumerate().flat_map(|(index, slice)| {
            let receivers = slice.receivers.iter().enumerate();
            receivers.map(move |(place, receiver)| (index, place, slice, receiver))
        });
        let posts = stream::iter(posts)
            .map(|(index, place, slice, receiver)| async move {
                let fate = self.deliver_one(slice, receiver, origin, now_ms).await;
                (index, place, fate)
            })
            .buffer_unordered(POSTS_IN_FLIGHT);
        let (mut posts, mut until) = (pin!(posts), pin!(until));
        while let Either::Left((Some((index, place, fate)), _)) =
            select(posts.next(), until.as_mut()).await
        {
            let known = fates.get_mut(index).and_then(|it| it.get_mut(place));
            if let Some(known) = known {
                *known = fate;
            }
        }
        let each = slices.iter().zip(fates);
        each.map(|(slice, fates)| outcome(slice, fates)).collect()
    }

    async fn deliver_one(
        &self,
        slice: &Slice,
        receiver: &Receiver,
        origin: Origin,
        now_ms: u64,
    ) -> Fate {
        let publication = &slice.publication;
        let Receiver {
            connection,
            endpoint,
            shard,
            expires_at,
            since_ms,
        } = receiver;
        if now_ms / 1000 >= *expires_at {
            let standing = match origin {
                Origin::Here => Standing::Expired,
                Origin::Queue => self.look_up(&publication.channel, receiver, now_ms).await,
            };
            match standing {
                Standing::Good => {}
                Standing::Expired => {
                    say_goodbye(self.sender, endpoint, connection, GoodbyeReason::Expired).await;
                    self.remove(&publication.channel, *shard, connection).await;
                    return Fate::Expired;
                }
                Standing::Ended => return Fate::Gone,
                Standing::Unknown => return Fate::Missed(Missed::Unavailable),
            }
        }
        let sent = self.sender.send(endpoint, connection, &publication.frame);
        let Err(error) = sent.await else {
            return Fate::Sent;
        };
        match why(&error) {
            Some(why) => Fate::Missed(why),
            None => {
                if now_ms >= since_ms.saturating_add(HANDSHAKE_MS) {
                    self.remove(&publication.channel, *shard, connection).await;
                }
                Fate::Gone
            }
        }
    }

    /// What the row of a receiver says now.
    async fn look_up(&self, channel: &Channel, receiver: &Receiver, now_ms: u64) -> Standing {
        let place = Place {
            channel: channel.clone(),
            shard: receiver.shard,
        };
        let row = self
            .subscriptions
            .subscription(&place, &receiver.connection);
        match row.await {
            Ok(Some(row)) if now_ms / 1000 < row.expires_at => Standing::Good,
            Ok(Some(_)) => Standing::Expired,
            Ok(None) => Standing::Ended,
            Err(_) => Standing::Unknown,
        }
    }

    /// A row that could not be removed now is found again by the next publication.
    async fn remove(&self, channel: &Channel, shard: Shard, connection: &ConnectionId) {
        let place = Place {
            channel: channel.clone(),
            shard,
        };
        let rows = self.subscriptions;
        let _removed = rows.delete_subscription(&place, connection, None).await;
    }
}

fn outcome(slice: &Slice, fates: Vec<Fate>) -> Outcome {
    let mut outcome = Outcome::default();
    let delivered = &mut outcome.delivered;
    for (receiver, fate) in slice.receivers.iter().zip(fates) {
        match fate {
            Fate::Sent => delivered.sent += 1,
            Fate::Gone => delivered.gone += 1,
            Fate::Expired => delivered.expired += 1,
            Fate::Missed(why) => {
                let missed = outcome.missed.entry(why).or_default();
                missed.push(receiver.clone());
            }
        }
    }
    outcome
}

/// Why a receiver was missed; none where it is gone.
const fn why(error: &SendError) -> Option<Missed> {
    match error {
        SendError::Gone => None,
        SendError::Throttled => Some(Missed::Throttled),
        SendError::TooLarge => Some(Missed::TooLarge),
        SendError::Refused => Some(Missed::Refused),
        SendError::UnknownEndpoint(_) => Some(Missed::UnknownEndpoint),
        SendError::Unavailable(_) => Some(Missed::Unavailable),
    }
}

/// Tells a client why it is put out, then puts it out. Its rows go with the `$disconnect` that follows; where that is
/// lost, with the next delivery or their time to live.
pub async fn say_goodbye(
    sender: &dyn Sender,
    endpoint: &Endpoint,
    connection: &ConnectionId,
    reason: GoodbyeReason,
) {
    if let Ok(goodbye) = ServerFrame::Goodbye(Goodbye::because(reason)).to_json() {
        // A client that cannot be told is put out all the same.
        let _told = sender.send(endpoint, connection, &goodbye).await;
    }
    let _ended = sender.end(endpoint, connection).await;
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use async_trait::async_trait;
    use futures::executor::block_on;

    use super::*;
    use crate::connection::{SessionKey, Subscriber};
    use crate::fanout::Publication;
    use crate::memory::{MemorySender, MemoryStore};

    fn subscriber(id: &str, expires_at: u64, since_ms: u64) -> Subscriber {
        Subscriber {
            connection: ConnectionId::new(id),
            endpoint: Endpoint::new("api"),
            key: SessionKey {
                user: format!("user-{id}"),
                session: id.to_owned(),
            },
            shard: Shard(0),
            expires_at,
            since_ms,
        }
    }

    fn receivers(subscribers: Vec<Subscriber>) -> Vec<Receiver> {
        subscribers.into_iter().map(Receiver::from).collect()
    }

    async fn all(store: &MemoryStore, channel: &Channel) -> Vec<Subscriber> {
        let page = store.subscribers(channel, Shard(0), None, true).await;
        page.unwrap().subscribers
    }

    /// Never answers for connections whose id begins with `dead`.
    struct Hanging(MemorySender);

    #[async_trait]
    impl Sender for Hanging {
        async fn send(
            &self,
            endpoint: &Endpoint,
            connection: &ConnectionId,
            frame: &str,
        ) -> Result<(), SendError> {
            if connection.as_str().starts_with("dead") {
                pending::<()>().await;
            }
            self.0.send(endpoint, connection, frame).await
        }

        async fn end(
            &self,
            endpoint: &Endpoint,
            connection: &ConnectionId,
        ) -> Result<(), SendError> {
            self.0.end(endpoint, connection).await
        }

        async fn exists(
            &self,
            endpoint: &Endpoint,
            connection: &ConnectionId,
        ) -> Result<bool, SendError> {
            self.0.exists(endpoint, connection).await
        }
    }

    #[test]
    fn one_that_never_answers_delays_nobody_and_is_missed_when_the_time_is_over() {
        let (store, sender) = (MemoryStore::default(), Hanging(MemorySender::default()));
        let delivery = Delivery {
            subscriptions: &store,
            sender: &sender,
        };
        let receiver = |id: &str| Receiver {
            connection: ConnectionId::new(id),
            endpoint: Endpoint::new("api"),
            shard: Shard(0),
            expires_at: 100,
            since_ms: 0,
        };
        let publication = Publication {
            channel: "room:lobby".parse().unwrap(),
            publication_id: "p1".to_owned(),
            accepted_at_ms: 0,
            frame: "hello".to_owned(),
        };
        let mut all = vec![receiver("dead")];
        all.extend((0..300).map(|number| receiver(&format!("c{number}"))));
        let slice = Slice::new(publication, all);
        let outcomes = block_on(delivery.deliver(&[slice], Origin::Here, 0, ready(())));
        assert_eq!(outcomes[0].delivered.sent, 300);
        assert_eq!(
            outcomes[0].missed,
            BTreeMap::from([(Missed::OutOfTime, vec![receiver("dead")])])
        );
        assert_eq!(sender.0.sent_to("c299"), ["hello"]);
    }

    #[test]
    fn each_subscriber_meets_its_own_fate_and_the_lost_are_removed() {
        let store = MemoryStore::default();
        let sender = MemorySender::default();
        let channel: Channel = "room:lobby".parse().unwrap();
        block_on(async {
            let subscribed_at = [
                ("here", 100, 0),
                ("gone", 100, 0),
                ("late", 5, 0),
                ("slow", 100, 0),
                ("huge", 100, 0),
                ("young", 100, 1),
            ];
            for (id, expires_at, at) in subscribed_at {
                let subscriber = subscriber(id, expires_at, at);
                store.put_subscription(&channel, &subscriber).await.unwrap();
            }
            sender.refuse("gone", || SendError::Gone);
            sender.refuse("young", || SendError::Gone);
            sender.refuse("slow", || SendError::Throttled);
            sender.refuse("huge", || SendError::TooLarge);
            let publication = Publication {
                channel: channel.clone(),
                publication_id: "p1".to_owned(),
                accepted_at_ms: 0,
                frame: "hello".to_owned(),
            };
            let receivers = receivers(all(&store, &channel).await);
            let slice = Slice::new(publication, receivers);
            let delivery = Delivery {
                subscriptions: &store,
                sender: &sender,
            };
            let outcomes = delivery
                .deliver(&[slice], Origin::Here, HANDSHAKE_MS, pending())
                .await;
            let [outcome] = outcomes.as_slice() else {
                panic!("{outcomes:?}")
            };
            assert_eq!(
                outcome.delivered,
                Delivered {
                    sent: 1,
                    gone: 2,
                    expired: 1,
                    ..Delivered::default()
                }
            );
            let missed = outcome.missed.iter().map(|(why, receivers)| {
                let [receiver] = receivers.as_slice() else {
                    panic!("{receivers:?}")
                };
                (*why, receiver.connection.as_str())
            });
            let missed: Vec<_> = missed.collect();
            assert_eq!(
                missed,
                [(Missed::Throttled, "slow"), (Missed::TooLarge, "huge")]
            );

            let left = all(&store, &channel).await;
            let left: Vec<_> = left
                .iter()
                .map(|subscriber| subscriber.connection.as_str())
                .collect();
            assert_eq!(left, ["here", "huge", "slow", "young"]);
        });
        assert_eq!(sender.sent_to("here"), ["hello"]);
        assert_eq!(
            sender.sent_to("late"),
            [r#"{"type":"goodbye","reason":"expired","reconnect":true}"#]
        );
        assert_eq!(sender.ended(), ["late"]);
    }

    /// What came of a late delivery to these, when the time is 50 s and each token ended at 5 s when the slice was made.
    async fn late(store: &MemoryStore, sender: &MemorySender, ids: &[&str]) -> Outcome {
        let publication = Publication {
            channel: "room:lobby".parse().unwrap(),
            publication_id: "p1".to_owned(),
            accepted_at_ms: 0,
            frame: "hello".to_owned(),
        };
        let all = receivers(ids.iter().map(|id| subscriber(id, 5, 0)).collect());
        let slices = [Slice::new(publication, all)];
        let delivery = Delivery {
            subscriptions: store,
            sender,
        };
        let outcomes = delivery.deliver(&slices, Origin::Queue, 50_000, pending());
        outcomes.await.remove(0)
    }

    #[test]
    fn whose_token_ended_while_a_slice_waited_is_looked_up_before_a_goodbye() {
        let (store, sender) = (MemoryStore::default(), MemorySender::default());
        let channel: Channel = "room:lobby".parse().unwrap();
        block_on(async {
            for (id, expires_at) in [("refreshed", 100), ("expired", 5)] {
                let row = subscriber(id, expires_at, 0);
                store.put_subscription(&channel, &row).await.unwrap();
            }
            let Outcome { delivered, missed } =
                late(&store, &sender, &["refreshed", "expired", "left"]).await;
            let expected = Delivered {
                sent: 1,
                gone: 1,
                expired: 1,
                ..Delivered::default()
            };
            assert_eq!((delivered, missed), (expected, BTreeMap::new()));
            let rows = all(&store, &channel).await;
            let rows: Vec<_> = rows.iter().map(|row| row.connection.as_str()).collect();
            assert_eq!(rows, ["refreshed"]);
        });
        assert_eq!(sender.sent_to("refreshed"), ["hello"]);
        assert_eq!(sender.ended(), ["expired"]);
        assert_eq!(sender.sent_to("left"), [""; 0]);
    }

    #[test]
    fn while_nobody_can_be_looked_up_nobody_is_put_out_for_an_old_token() {
        let (store, sender) = (MemoryStore::default(), MemorySender::default());
        store.set_unavailable(true);
        let Outcome { missed, .. } = block_on(late(&store, &sender, &["refreshed"]));
        let why: Vec<_> = missed.keys().copied().collect();
        assert_eq!((why, sender.ended().len()), (vec![Missed::Unavailable], 0));
    }
}
