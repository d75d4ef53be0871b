//! A stack of which everything is real but the gateway and the queue.

use std::sync::Arc;

use serde_json::value::RawValue;
use tidegate_aws::{DynamoStore, Meter, Units};
use tidegate_contract_tests::proxy::Proxy;
use tidegate_contract_tests::samples::{NOW_MS, connection, endpoint};
use tidegate_contract_tests::table;
use tidegate_core::broker::{Author, Broker, Caller, Published, Request, Rules};
use tidegate_core::channel::Channel;
use tidegate_core::connection::NewConnection;
use tidegate_core::fanout::Circumstances;
use tidegate_core::memory::{MemoryQueue, MemorySender};
use tidegate_core::protocol::IdempotencyKey;
use tidegate_core::store::Sessions;
use tidegate_core::timer::WhenIdle;

/// `plain` keeps nothing, `kept` has a history, `there` tells who is there, `slow` has a rate.
const NAMESPACES: &str = r#"{
    "plain": {"subscribe": "signedIn", "publish": "signedIn"},
    "kept": {"subscribe": "signedIn", "publish": "signedIn", "history": {"size": 1000, "ageSeconds": 86400}},
    "there": {"subscribe": "signedIn", "publish": "signedIn", "presence": "full"},
    "slow": {"subscribe": "signedIn", "publish": "signedIn", "rate": {"count": 100}}
}"#;

pub(super) struct Bench {
    pub(super) store: DynamoStore,
    pub(super) rules: Rules,
    pub(super) now_ms: u64,
    meter: Arc<Meter>,
    sender: MemorySender,
    queue: MemoryQueue,
    _proxy: Proxy,
}

impl Bench {
    /// An empty stack.
    pub(super) async fn new() -> Self {
        let (proxy, _) = table::dynoxide_behind_a_proxy().await;
        let (store, meter) = table::store(&proxy.endpoint);
        Self {
            store,
            rules: Rules {
                namespaces: serde_json::from_str(NAMESPACES).unwrap(),
                ..Rules::default()
            },
            now_ms: NOW_MS,
            meter,
            sender: MemorySender::default(),
            queue: MemoryQueue::default(),
            _proxy: proxy,
        }
    }

    pub(super) fn broker(&self) -> Broker<'_> {
        Broker {
            store: &self.store,
            sender: &self.sender,
            queue: &self.queue,
            timer: &WhenIdle,
            rules: &self.rules,
            circumstances: Circumstances {
                now_ms: self.now_ms,
                deadline_ms: self.now_ms + 20_000,
                jitter: 0.5,
                trace: None,
            },
        }
    }

    /// What was consumed since the last call of this.
    pub(super) fn spent(&self) -> Units {
        self.meter.take()
    }

    /// Somebody who is connected; nothing is spent by it.
    pub(super) async fn caller(&self, user: &str) -> Caller {
        let new = connection(user, &format!("{user}="));
        self.broker().connect(&new).await.unwrap();
        self.known(&new).await
    }

    /// Somebody as they are now.
    pub(super) async fn known(&self, new: &NewConnection) -> Caller {
        let session = self.store.session(&new.key).await.unwrap().unwrap();
        let _ = self.spent();
        Caller {
            key: new.key.clone(),
            connection: new.connection.clone(),
            endpoint: endpoint(),
            session,
        }
    }

    /// Somebody who is connected and has joined so many channels.
    pub(super) async fn joined(&self, user: &str, channels: usize) -> Caller {
        let caller = self.caller(user).await;
        for number in 0..channels {
            let channel = named(&format!("plain:{number}"));
            let broker = self.broker();
            broker.subscribe(&caller, &channel, None).await.unwrap();
        }
        self.known(&connection(user, &format!("{user}="))).await
    }

    /// Publishes, and says what it was.
    pub(super) async fn publish(
        &self,
        author: Author<'_>,
        channel: &str,
        data: &str,
        (key, new_id): (Option<&str>, &str),
    ) -> Published {
        let data: Box<RawValue> = serde_json::from_str(data).unwrap();
        let key = key.map(|key| IdempotencyKey::new(key).unwrap());
        let request = Request {
            channel: &named(channel),
            data: &data,
            key: key.as_ref(),
            new_id,
        };
        self.broker().publish(author, request).await.unwrap()
    }
}

pub(super) fn named(channel: &str) -> Channel {
    channel.parse().unwrap()
}
