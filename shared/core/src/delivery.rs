//! Delivery of publications to receivers.

use std::ops::Add;

use futures::StreamExt;
use futures::stream;

use crate::channel::Channel;
use crate::connection::{ConnectionId, Endpoint, Place, Subscriber};
use crate::fanout::Slice;
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
    /// Were gone; their rows are removed, but for those that may only be on their way.
    pub gone: usize,
    /// Had an expired token: were said goodbye to and are removed.
    pub expired: usize,
    /// Were handed to the queue, to be tried by others or later.
    pub queued: usize,
    /// Could not be reached, and are not tried again.
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
            failed: self.failed + other.failed,
        }
    }
}

/// What came of one slice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What is final.
    pub delivered: Delivered,
    /// Who could not be reached for now.
    pub unreached: Vec<Subscriber>,
}

enum Fate {
    Sent,
    Gone,
    Expired,
    Unreached,
    Failed,
}

/// Delivers to receivers by the ports.
#[derive(Clone, Copy)]
pub struct Delivery<'a> {
    /// Where receivers are removed from.
    pub subscriptions: &'a dyn Subscriptions,
    /// By which they are reached.
    pub sender: &'a dyn Sender,
}

impl Delivery<'_> {
    /// Sends each slice's frame to each of its receivers, so many at once over all of them; whoever is gone or expired is
    /// removed in the same pass. One that is slow delays nobody but itself. Says what came of each slice, in their order.
    pub async fn deliver(&self, slices: &[Slice], now_ms: u64) -> Vec<Outcome> {
        let outcomes = slices.iter().map(|_| Outcome::default()).collect();
        let posts = slices.iter().enumerate().flat_map(|(index, slice)| {
            let receivers = slice.receivers.iter();
            receivers.map(move |receiver| (index, slice, receiver))
        });
        stream::iter(posts)
            .map(|(index, slice, receiver)| async move {
                let fate = self.deliver_one(slice, receiver, now_ms).await;
                (index, receiver, fate)
            })
            .buffer_unordered(POSTS_IN_FLIGHT)
            .fold(
                outcomes,
                |mut outcomes: Vec<Outcome>, (index, receiver, fate)| async move {
                    if let Some(Outcome {
                        delivered,
                        unreached,
                    }) = outcomes.get_mut(index)
                    {
                        match fate {
                            Fate::Sent => delivered.sent += 1,
                            Fate::Gone => delivered.gone += 1,
                            Fate::Expired => delivered.expired += 1,
                            Fate::Failed => delivered.failed += 1,
                            Fate::Unreached => unreached.push(receiver.clone()),
                        }
                    }
                    outcomes
                },
            )
            .await
    }

    async fn deliver_one(&self, slice: &Slice, receiver: &Subscriber, now_ms: u64) -> Fate {
        let publication = &slice.publication;
        if now_ms / 1000 >= receiver.expires_at {
            let Subscriber {
                endpoint,
                connection,
                ..
            } = receiver;
            say_goodbye(self.sender, endpoint, connection, GoodbyeReason::Expired).await;
            self.remove(&publication.channel, receiver).await;
            return Fate::Expired;
        }
        let Subscriber {
            endpoint,
            connection,
            ..
        } = receiver;
        match self
            .sender
            .send(endpoint, connection, &publication.frame)
            .await
        {
            Ok(()) => Fate::Sent,
            Err(SendError::Gone) => {
                if now_ms >= receiver.since_ms.saturating_add(HANDSHAKE_MS) {
                    self.remove(&publication.channel, receiver).await;
                }
                Fate::Gone
            }
            Err(error) if error.is_passing() => Fate::Unreached,
            Err(_) => Fate::Failed,
        }
    }

    /// A row that could not be removed now is found again by the next publication.
    async fn remove(&self, channel: &Channel, receiver: &Subscriber) {
        let place = Place {
            channel: channel.clone(),
            shard: receiver.shard,
        };
        let _removed = self
            .subscriptions
            .delete_subscription(&place, &receiver.connection)
            .await;
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
    use futures::executor::block_on;

    use super::*;
    use crate::connection::{ConnectionId, Endpoint, NewConnection, SessionKey};
    use crate::fanout::{Publication, Version};
    use crate::memory::{MemoryRegistry, MemorySender};
    use crate::rights::Rights;

    fn connection(id: &str, expires_at: u64) -> NewConnection {
        NewConnection {
            key: SessionKey {
                user: format!("user-{id}"),
                session: id.to_owned(),
            },
            connection: ConnectionId::new(id),
            endpoint: Endpoint::new("api"),
            rights: Rights {
                user: format!("user-{id}"),
                groups: [].into(),
                expires_at,
            },
            channel: Some("room:lobby".parse().unwrap()),
        }
    }

    #[test]
    fn each_subscriber_meets_its_own_fate_and_the_lost_are_removed() {
        let registry = MemoryRegistry::default();
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
                let connection = connection(id, expires_at);
                registry.connect(&connection, at).await.unwrap();
            }
            sender.refuse("gone", || SendError::Gone);
            sender.refuse("young", || SendError::Gone);
            sender.refuse("slow", || SendError::Throttled);
            sender.refuse("huge", || SendError::TooLarge);
            let slice = Slice {
                version: Version,
                publication: Publication {
                    channel: channel.clone(),
                    publication_id: "p1".to_owned(),
                    accepted_at_ms: 0,
                    frame: "hello".to_owned(),
                },
                receivers: registry.subscribers(&channel).await.unwrap(),
                attempt: 0,
            };
            let delivery = Delivery {
                registry: &registry,
                sender: &sender,
            };
            let outcomes = delivery.deliver(&[slice], HANDSHAKE_MS).await;
            let [outcome] = outcomes.as_slice() else {
                panic!("{outcomes:?}")
            };
            assert_eq!(
                outcome.delivered,
                Delivered {
                    sent: 1,
                    gone: 2,
                    expired: 1,
                    queued: 0,
                    failed: 1
                }
            );
            let unreached: Vec<_> = outcome
                .unreached
                .iter()
                .map(|receiver| receiver.connection.as_str())
                .collect();
            assert_eq!(unreached, ["slow"]);

            let left: Vec<_> = registry.subscribers(&channel).await.unwrap();
            let left: Vec<_> = left
                .iter()
                .map(|subscriber| subscriber.connection.as_str())
                .collect();
            assert_eq!(left, ["here", "huge", "slow", "young"]);
        });
        assert_eq!(sender.sent_to("here"), ["hello"]);
        assert_eq!(
            sender.sent_to("late"),
            [r#"{"type":"goodbye","reason":"expired"}"#]
        );
        assert_eq!(sender.ended(), ["late"]);
    }
}
