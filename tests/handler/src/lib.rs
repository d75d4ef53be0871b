//! The message function with its store and sender in memory: what the handler itself takes. A crate and a process of its own,
//! as the function has it: among all that benchmarks bring along, its code would lie further apart.

mod serve;

pub use serve::serve;

use anyhow::Result;
use async_trait::async_trait;
use serde_json::{Value, json};
use tidegate_core::broker::Rules;
use tidegate_core::connection::{ConnectionId, Endpoint, NewConnection, SessionKey};
use tidegate_core::memory::MemoryQueue;
use tidegate_core::rights::Rights;
use tidegate_core::sender::Sender;
use tidegate_core::store::Store;
use tidegate_core::timer::Timer;
use tidegate_lambda::Backend;
use tidegate_message::Service;
use tidegate_tokens::{JwkSet, KeyCache, KeySource, KeysUnavailable, Verifier};

/// How many connections take turns: each may send a hundred frames a second.
pub const CONNECTIONS: usize = 512;
/// The API that they came through.
const API: &str = "abcdef1234";
/// How long tokens last, in seconds.
const TOKEN_S: u64 = 86_400;
/// For how long a call may take, in milliseconds.
const DEADLINE_MS: u64 = 15_000;

const NAMESPACES: &str = r#"{
    "room": {"subscribe": "signedIn", "publish": "signedIn"},
    "chat": {"subscribe": "signedIn", "publish": "signedIn", "history": {"size": 100, "ageSeconds": 300}}
}"#;

/// A kind of frame.
#[derive(Debug)]
pub struct Frame {
    /// What it is called in tables.
    pub name: &'static str,
    /// The frame of a connection with this number.
    frame: fn(usize) -> Value,
    /// The type of its reply.
    pub reply: &'static str,
}

/// The frames that are measured.
pub fn frames() -> [Frame; 3] {
    [
        Frame {
            name: "publish",
            frame: |number| json!({"action": "publish", "id": "1", "channel": format!("room:{number}"), "data": {"text": "hello"}}),
            reply: "ack",
        },
        Frame {
            name: "publish with history",
            frame: |number| json!({"action": "publish", "id": "1", "channel": format!("chat:{number}"), "data": {"text": "hello"}}),
            reply: "ack",
        },
        Frame {
            name: "heads",
            frame: |number| json!({"action": "heads", "id": "1", "channels": [format!("chat:{number}")]}),
            reply: "heads",
        },
    ]
}

/// The event of a frame, in the shape that AWS sends.
pub fn event(connection: usize, frame: &Frame) -> Value {
    proxy_event(
        &format!("c-{connection}"),
        &format!("u-{connection}"),
        &format!("session-{connection}"),
        &(frame.frame)(connection),
    )
}

/// The event of a frame from this connection.
pub fn proxy_event(connection: &str, user: &str, session: &str, frame: &Value) -> Value {
    json!({
        "requestContext": {
            "routeKey": frame["action"],
            "messageId": "RYGzPdrkPHcCH8A=",
            "eventType": "MESSAGE",
            "extendedRequestId": "RYGzEHrSvHcFXaw=",
            "requestTime": "16/Mar/2025:00:46:22 +0000",
            "messageDirection": "IN",
            "stage": "prod",
            "connectedAt": 1_742_085_982_306_u64,
            "requestTimeEpoch": 1_742_085_982_773_u64,
            "identity": {"sourceIp": "203.0.113.7", "userAgent": "bench"},
            "requestId": "RYGzEHrSvHcFXaw=",
            "domainName": "abcdef1234.execute-api.eu-central-1.amazonaws.com",
            "connectionId": connection,
            "apiId": API,
            "authorizer": {
                "principalId": user, "user": user, "session": session, "groups": "[]",
                "issuedAt": "1742085982", "expiresAt": "1742086882",
            },
        },
        "body": frame.to_string(),
        "isBase64Encoded": false,
    })
}

/// A new connection of a user whose token has just been made.
pub fn new_connection(connection: &str, user: &str, session: &str, now_ms: u64) -> NewConnection {
    let now = now_ms / 1_000;
    NewConnection {
        key: SessionKey {
            user: user.to_owned(),
            session: session.to_owned(),
        },
        connection: ConnectionId::new(connection),
        endpoint: Endpoint::new(API),
        rights: Rights {
            user: user.to_owned(),
            groups: [].into(),
            issued_at: now,
            expires_at: now + TOKEN_S,
        },
        joins: None,
    }
}

/// The ports, with a store and a sender that are here.
pub fn backend(
    store: impl Store + 'static,
    sender: impl Sender + 'static,
    timer: Box<dyn Timer>,
    reconnect_window_ms: u64,
) -> Result<Backend> {
    Ok(Backend {
        store: Box::new(store),
        sender: Box::new(sender),
        queue: Box::new(MemoryQueue::default()),
        timer,
        rules: Rules {
            namespaces: serde_json::from_str(NAMESPACES)?,
            reconnect_window_ms,
            ..Rules::default()
        },
    })
}

/// The message function over these ports.
pub fn service(backend: Backend) -> Service {
    let keys = KeyCache::new(Box::new(NoKeys));
    Service::new(
        backend,
        Verifier::new("https://issuer.test".to_owned(), "client".to_owned(), keys),
    )
}

/// No token is verified here.
struct NoKeys;

#[async_trait]
impl KeySource for NoKeys {
    async fn fetch(&self) -> Result<JwkSet, KeysUnavailable> {
        Err(KeysUnavailable {
            url: "https://issuer.test".to_owned(),
            problem: "there is no issuer".to_owned(),
        })
    }
}
