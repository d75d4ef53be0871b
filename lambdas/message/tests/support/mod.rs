//! What the tests share: a service over the ports in memory, and connections that were let in.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![expect(
    clippy::unwrap_used,
    reason = "only tests call this, and a failure here is theirs"
)]

use std::time::Duration;

use serde_json::{Value, json};
use tidegate_core::broker::Rules;
use tidegate_core::channel::Channel;
use tidegate_core::connection::{
    ConnectionId, Endpoint, NewConnection, SessionKey, Shard, Subscriber,
};
use tidegate_core::memory::{MemoryQueue, MemorySender, MemoryStore};
use tidegate_core::rights::Rights;
use tidegate_core::store::{Sessions, Subscriptions};
use tidegate_core::timer::WhenIdle;
use tidegate_lambda::{Backend, Moment, Reply, Report};
use tidegate_message::Service;
use tidegate_test_events::{fixture, parsed};
use tidegate_tokens::{JwkSet, KeyCache, KeySource, KeysUnavailable, Verifier};

/// The connection of the fixtures.
pub(crate) const ALICE: &str = "RYGzEcSNvHcCH8A=";
pub(crate) const NOW_MS: u64 = 1_742_085_982_773;
/// When the token of the fixtures ends.
pub(crate) const EXPIRES_AT: u64 = 1_742_086_882;

/// The API of the fixtures.
pub(crate) const API: &str = "abcdef1234";
pub(crate) const DIRECT_RECEIVERS: usize = 5;
pub(crate) const TRACE: &str = "Root=1-67d5;Parent=1;Sampled=1";

pub(crate) const NAMESPACES: &str = r#"{
    "room": {"subscribe": "signedIn", "publish": "signedIn"},
    "chat": {"subscribe": "signedIn", "publish": "signedIn", "history": {"size": 100, "ageSeconds": 300},
        "presence": "full"},
    "value": {"subscribe": "signedIn", "publish": "signedIn", "history": {"size": 1, "ageSeconds": 300},
        "latest": true, "presence": "count"},
    "slow": {"subscribe": "signedIn", "publish": "signedIn", "rate": {"count": 2}},
    "team": {"subscribe": "member", "publish": "member"},
    "user": {"subscribe": "owner", "publish": "server"}
}"#;

pub(crate) struct Stack {
    pub(crate) store: MemoryStore,
    pub(crate) sender: MemorySender,
    pub(crate) queue: MemoryQueue,
    service: Service,
}

/// A stack in which the connection of the fixtures is registered.
pub(crate) async fn stack() -> Stack {
    let stack = empty_stack();
    stack.connect("alice", ALICE, EXPIRES_AT).await;
    stack
}

pub(crate) fn empty_stack() -> Stack {
    stack_with(Rules {
        namespaces: serde_json::from_str(NAMESPACES).unwrap(),
        direct_receivers: DIRECT_RECEIVERS,
        ..Rules::default()
    })
}

pub(crate) fn stack_with(rules: Rules) -> Stack {
    let (store, sender) = (MemoryStore::default(), MemorySender::default());
    let queue = MemoryQueue::default();
    let backend = Backend {
        store: Box::new(store.clone()),
        sender: Box::new(sender.clone()),
        queue: Box::new(queue.clone()),
        timer: Box::new(WhenIdle),
        rules,
    };
    let keys = KeyCache::new(Box::new(NoKeys));
    let verifier = Verifier::new("https://issuer.test".into(), "client".into(), keys);
    Stack {
        service: Service::new(backend, verifier),
        store,
        sender,
        queue,
    }
}

/// An issuer that cannot be reached.
struct NoKeys;

#[async_trait::async_trait]
impl KeySource for NoKeys {
    async fn fetch(&self) -> Result<JwkSet, KeysUnavailable> {
        Err(KeysUnavailable {
            url: "https://issuer.test".to_owned(),
            problem: "there is no issuer".to_owned(),
        })
    }
}

pub(crate) fn channel(name: &str) -> Channel {
    name.parse().unwrap()
}

/// One answer, with the frame parsed.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) reply: Result<Reply, String>,
    pub(crate) report: Report,
}

impl Answered {
    pub(crate) fn frame(&self) -> Value {
        let reply = self.reply.as_ref().unwrap();
        assert_eq!(reply.status_code, 200);
        serde_json::from_str(reply.body.as_deref().unwrap()).unwrap()
    }
}

impl Stack {
    pub(crate) async fn connect(&self, user: &str, connection: &str, expires_at: u64) {
        let rights = Rights {
            user: user.to_owned(),
            groups: ["team:red".to_owned()].into(),
            issued_at: 1,
            expires_at,
        };
        let new = NewConnection {
            key: SessionKey {
                user: user.to_owned(),
                session: connection.to_owned(),
            },
            connection: ConnectionId::new(connection),
            endpoint: Endpoint::new(API),
            rights,
            joins: None,
        };
        self.store.open(&new, false, NOW_MS).await.unwrap();
    }

    /// A frame from the connection of the fixtures, as the route `route` gets it.
    pub(crate) async fn send(&self, route: &str, frame: &str) -> Answered {
        let mut event = fixture("message-default");
        event["requestContext"]["routeKey"] = json!(route);
        event["body"] = json!(frame);
        self.handle(event).await
    }

    /// A frame from a connection that was registered by [`connect`](Self::connect).
    pub(crate) async fn send_from(&self, user: &str, connection: &str, frame: &Value) -> Answered {
        let mut event = fixture("message-default");
        let context = &mut event["requestContext"];
        context["routeKey"] = frame["action"].clone();
        context["connectionId"] = json!(connection);
        context["authorizer"]["user"] = json!(user);
        context["authorizer"]["session"] = json!(connection);
        event["body"] = json!(frame.to_string());
        self.handle(event).await
    }

    pub(crate) async fn handle(&self, event: Value) -> Answered {
        self.handle_at(event, NOW_MS).await
    }

    pub(crate) async fn handle_at(&self, event: Value, now_ms: u64) -> Answered {
        let moment = Moment {
            now_ms,
            deadline_ms: now_ms + 15_000,
            jitter: 1.0,
            trace: Some(TRACE),
            new_id: &|now_ms| format!("publication-{now_ms}"),
            uptime: &|| Duration::ZERO,
            clock: &|| NOW_MS,
        };
        let (reply, report) = self.service.handle(&parsed(event), moment).await;
        Answered { reply, report }
    }

    pub(crate) async fn subscribers(&self, name: &str) -> Vec<Subscriber> {
        let channel = channel(name);
        let page = self.store.subscribers(&channel, Shard(0), None, true);
        page.await.unwrap().subscribers
    }

    /// The connections that receive what is published in a channel.
    pub(crate) async fn receivers(&self, name: &str) -> Vec<String> {
        let subscribers = self.subscribers(name).await;
        let connections = subscribers.iter();
        connections
            .map(|subscriber| subscriber.connection.to_string())
            .collect()
    }
}
