//! The message function with its store and sender in memory: what the handler itself takes.

use std::sync::Arc;

use anyhow::{Result, anyhow, ensure};
use async_trait::async_trait;
use serde_json::{Value, json};
use tidegate_aws::Meter;
use tidegate_core::broker::Rules;
use tidegate_core::connection::{ConnectionId, Endpoint, NewConnection, SessionKey};
use tidegate_core::memory::{MemoryQueue, MemorySender, MemoryStore};
use tidegate_core::rights::Rights;
use tidegate_core::sender::Sender;
use tidegate_core::store::Store;
use tidegate_core::timer::Timer;
use tidegate_lambda::{Backend, Edge, Invoked, Moment, WebSocketEvent, serve_invoked};
use tidegate_message::Service;
use tidegate_tokens::{JwkSet, KeyCache, KeySource, KeysUnavailable, Verifier};

/// How many connections take turns: each may send a hundred frames a second.
pub(crate) const CONNECTIONS: usize = 512;
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
pub(crate) struct Frame {
    pub(crate) name: &'static str,
    /// The frame of a connection with this number.
    frame: fn(usize) -> Value,
    /// The type of its reply.
    pub(crate) reply: &'static str,
}

/// The frames that are measured.
pub(crate) fn frames() -> [Frame; 3] {
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
pub(crate) fn event(connection: usize, frame: &Frame) -> Value {
    proxy_event(
        &format!("c-{connection}"),
        &format!("u-{connection}"),
        &format!("session-{connection}"),
        &(frame.frame)(connection),
    )
}

/// The event of a frame from this connection.
pub(crate) fn proxy_event(connection: &str, user: &str, session: &str, frame: &Value) -> Value {
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
pub(crate) fn new_connection(
    connection: &str,
    user: &str,
    session: &str,
    now_ms: u64,
) -> NewConnection {
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
pub(crate) fn backend(
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
pub(crate) fn service(backend: Backend) -> Service {
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

/// Serves as a function, until nobody asks any more.
pub(crate) fn serve() -> Result<()> {
    let (store, sender) = (MemoryStore::default(), MemorySender::default());
    let connecting = backend(store.clone(), sender.clone(), Box::new(Edge), 0)?;
    let service = service(backend(store, sender, Box::new(Edge), 0)?);
    let event_loop = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    event_loop.block_on(register(&connecting, &service))?;
    drop(event_loop);
    let service = Arc::new(service);
    serve_invoked(&Meter::default(), move |event: WebSocketEvent, invoked| {
        let service = Arc::clone(&service);
        async move { service.handle(&event, Moment::of(&invoked)).await }
    })
    .map_err(|error| anyhow!("{error}"))
}

/// Every connection is there, and subscribed to channels of its own.
async fn register(connecting: &Backend, service: &Service) -> Result<()> {
    for number in 0..CONNECTIONS {
        let invoked = Invoked {
            trace: None,
            deadline_ms: Edge::now_ms() + DEADLINE_MS,
        };
        let moment = Moment::of(&invoked);
        let (connection, user) = (format!("c-{number}"), format!("u-{number}"));
        let session = format!("session-{number}");
        let new = new_connection(&connection, &user, &session, moment.now_ms);
        let broker = connecting.broker(&moment);
        broker.connect(&new).await?;
        for namespace in ["room", "chat"] {
            let frame = json!({"action": "subscribe", "id": "1", "channel": format!("{namespace}:{number}")});
            let event = proxy_event(&connection, &user, &session, &frame);
            let event: WebSocketEvent = serde_json::from_value(event)?;
            let (reply, _) = service.handle(&event, moment).await;
            let reply = reply.map_err(|problem| anyhow!(problem))?;
            let body = reply.body.unwrap_or_default();
            ensure!(
                body.contains(r#""subscribed""#),
                "instead of `subscribed` came {body}"
            );
        }
    }
    Ok(())
}
