//! Delivery of one publication to the subscribers of its channel.

use futures::StreamExt;
use futures::stream;

use crate::channel::Channel;
use crate::connection::Subscriber;
use crate::protocol::{GoodbyeReason, ServerFrame};
use crate::registry::Registry;
use crate::sender::{SendError, Sender};

/// How many posts are under way at once. Enough to hide the latency of one, few enough that one function does not
/// spend its file descriptors (1,024 on Lambda) or the account's request rate alone.
pub const POSTS_IN_FLIGHT: usize = 64;

/// How long a connection may be subscribed before it exists: `$connect` registers it, and only when that has answered
/// (29 s at most, an AWS quota) does API Gateway open it. Until then "gone" means "not yet".
pub const HANDSHAKE_MS: u64 = 30_000;

/// What came of a delivery. Every subscriber is in exactly one of the counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Took the frame.
    pub sent: usize,
    /// Were gone; their rows are removed, but for those that may only be on their way.
    pub gone: usize,
    /// Had an expired token: were said goodbye to and are removed.
    pub expired: usize,
    /// Could not be reached for now.
    pub failed: usize,
}

enum Fate {
    Sent,
    Gone,
    Expired,
    Failed,
}

/// Sends `frame` to each of `subscribers`, so many at once; whoever is gone or expired is removed in the same pass.
/// One that is slow delays nobody but itself.
pub async fn deliver(
    registry: &dyn Registry,
    sender: &dyn Sender,
    channel: &Channel,
    subscribers: &[Subscriber],
    frame: &str,
    now_ms: u64,
) -> Delivered {
    stream::iter(subscribers)
        .map(|subscriber| deliver_one(registry, sender, channel, subscriber, frame, now_ms))
        .buffer_unordered(POSTS_IN_FLIGHT)
        .fold(Delivered::default(), |mut delivered, fate| async move {
            match fate {
                Fate::Sent => delivered.sent += 1,
                Fate::Gone => delivered.gone += 1,
                Fate::Expired => delivered.expired += 1,
                Fate::Failed => delivered.failed += 1,
            }
            delivered
        })
        .await
}

async fn deliver_one(
    registry: &dyn Registry,
    sender: &dyn Sender,
    channel: &Channel,
    subscriber: &Subscriber,
    frame: &str,
    now_ms: u64,
) -> Fate {
    if now_ms / 1000 >= subscriber.expires_at {
        say_goodbye(sender, subscriber, GoodbyeReason::Expired).await;
        remove(registry, channel, subscriber).await;
        return Fate::Expired;
    }
    match sender.send(&subscriber.connection, frame).await {
        Ok(()) => Fate::Sent,
        Err(SendError::Gone) => {
            if now_ms >= subscriber.since_ms.saturating_add(HANDSHAKE_MS) {
                remove(registry, channel, subscriber).await;
            }
            Fate::Gone
        }
        Err(_) => Fate::Failed,
    }
}

/// Tells a client why it is put out, then puts it out. Its rows go with the `$disconnect` that follows; where that is
/// lost, with the next delivery or their time to live.
pub async fn say_goodbye(sender: &dyn Sender, subscriber: &Subscriber, reason: GoodbyeReason) {
    if let Ok(goodbye) = (ServerFrame::Goodbye { reason }).to_json() {
        // A client that cannot be told is put out all the same.
        let _told = sender.send(&subscriber.connection, &goodbye).await;
    }
    let _ended = sender.end(&subscriber.connection).await;
}

/// A row that could not be removed now is found again by the next publication.
async fn remove(registry: &dyn Registry, channel: &Channel, subscriber: &Subscriber) {
    let _removed = registry
        .remove_subscriber(channel, &subscriber.connection)
        .await;
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;
    use crate::connection::{ConnectionId, NewConnection, SessionKey};
    use crate::memory::{MemoryRegistry, MemorySender};
    use crate::rights::Rights;

    fn connection(id: &str, expires_at: u64) -> NewConnection {
        NewConnection {
            key: SessionKey {
                user: format!("user-{id}"),
                session: id.to_owned(),
            },
            connection: ConnectionId::new(id),
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
                ("young", 100, 1),
            ];
            for (id, expires_at, at) in subscribed_at {
                let connection = connection(id, expires_at);
                registry.connect(&connection, at).await.unwrap();
            }
            sender.refuse("gone", || SendError::Gone);
            sender.refuse("young", || SendError::Gone);
            sender.refuse("slow", || SendError::Throttled);
            let subscribers = registry.subscribers(&channel).await.unwrap();
            let delivered = deliver(
                &registry,
                &sender,
                &channel,
                &subscribers,
                "hello",
                HANDSHAKE_MS,
            )
            .await;
            assert_eq!(
                delivered,
                Delivered {
                    sent: 1,
                    gone: 2,
                    expired: 1,
                    failed: 1
                }
            );

            let left: Vec<_> = registry.subscribers(&channel).await.unwrap();
            let left: Vec<_> = left
                .iter()
                .map(|subscriber| subscriber.connection.as_str())
                .collect();
            assert_eq!(left, ["here", "slow", "young"]);
        });
        assert_eq!(sender.sent_to("here"), ["hello"]);
        assert_eq!(
            sender.sent_to("late"),
            [r#"{"type":"goodbye","reason":"expired"}"#]
        );
        assert_eq!(sender.ended(), ["late"]);
    }
}
