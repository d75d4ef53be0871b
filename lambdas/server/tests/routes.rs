//! The routes for backends, over the ports in memory.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tidegate_contract::metrics::Metric;
use tidegate_core::broker::Rules;
use tidegate_core::connection::{ConnectionId, Endpoint, NewConnection, SessionKey};
use tidegate_core::memory::{MemoryQueue, MemorySender, MemoryStore};
use tidegate_core::rights::Rights;
use tidegate_core::store::{Revocations, Sessions};
use tidegate_core::timer::WhenIdle;
use tidegate_lambda::{Backend, HttpEvent, Moment, Reply, Report};
use tidegate_server::handle;
use tidegate_server_api::MAX_BODY_BYTES;
use tidegate_test_events::{fixture, parsed};

const NOW_MS: u64 = 1_742_085_982_306;
const NAMESPACES: &str = r#"{
    "room": {"subscribe": "signedIn", "publish": "signedIn", "presence": "full", "history": {"size": 10, "ageSeconds": 600}},
    "quiet": {"subscribe": "signedIn", "publish": "server"}
}"#;

struct Stack {
    store: MemoryStore,
    sender: MemorySender,
    backend: Backend,
}

fn stack() -> Stack {
    let (store, sender) = (MemoryStore::default(), MemorySender::default());
    let backend = Backend {
        store: Box::new(store.clone()),
        sender: Box::new(sender.clone()),
        queue: Box::new(MemoryQueue::default()),
        timer: Box::new(WhenIdle),
        rules: Rules {
            namespaces: serde_json::from_str(NAMESPACES).unwrap(),
            ..Rules::default()
        },
    };
    Stack {
        store,
        sender,
        backend,
    }
}

fn new_id(_now_ms: u64) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("p{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

const fn moment() -> Moment<'static> {
    Moment {
        now_ms: NOW_MS,
        deadline_ms: NOW_MS + 10_000,
        jitter: 0.5,
        trace: None,
        new_id: &new_id,
        uptime: &|| Duration::ZERO,
        clock: &|| NOW_MS,
    }
}

impl Stack {
    async fn connect(&self, user: &str, session: &str, connection: &str, channel: &str) {
        let broker = self.backend.broker(&moment()).to_owned();
        let connection = ConnectionId::new(connection);
        let join = broker.join_of(channel.parse().unwrap(), &connection).await;
        let new = NewConnection {
            key: SessionKey {
                user: user.to_owned(),
                session: session.to_owned(),
            },
            connection,
            endpoint: Endpoint::new("abcdef1234"),
            rights: Rights {
                user: user.to_owned(),
                groups: [].into(),
                issued_at: NOW_MS / 1_000 - 5,
                expires_at: NOW_MS / 1_000 + 900,
            },
            joins: Some(join.unwrap()),
        };
        broker.connect(&new).await.unwrap();
    }

    async fn ask(&self, event: Value) -> (u16, Value, Report) {
        let (reply, report) = self.handle(event, moment()).await;
        let reply = reply.unwrap();
        assert_eq!(reply.headers["cache-control"], "no-store");
        let body = serde_json::from_str(reply.body.as_deref().unwrap()).unwrap();
        (reply.status_code, body, report)
    }

    async fn handle(&self, event: Value, moment: Moment<'_>) -> (Result<Reply, String>, Report) {
        let event: HttpEvent = parsed(event);
        handle(&self.backend, &event, moment).await
    }
}

fn publish(body: &Value) -> Value {
    let mut event = fixture("http-server-publish");
    event["body"] = json!(body.to_string());
    event
}

fn of_channel(key: &str, channel: &str, query: &str) -> Value {
    let mut event = fixture("http-server-channel");
    event["routeKey"] = json!(key);
    event["pathParameters"]["channel"] = json!(channel);
    event["rawQueryString"] = json!(query);
    event
}

fn of_user(key: &str, user: &str, query: &str) -> Value {
    let mut event = fixture("http-server-kick");
    event["routeKey"] = json!(key);
    event["pathParameters"]["user"] = json!(user);
    event["rawQueryString"] = json!(query);
    event
}

#[tokio::test]
async fn a_publication_reaches_those_who_are_there_and_has_its_place() {
    let stack = stack();
    stack.connect("alice", "tab-1234", "a=", "room:lobby").await;
    let (status, body, report) = stack.ask(fixture("http-server-publish")).await;
    assert_eq!(status, 200);
    assert_eq!((&body["sent"], &body["queued"]), (&json!(1), &json!(0)));
    assert!(body["position"]["epoch"].as_u64().unwrap() > 0);
    let frames = stack.sender.sent_to("a=");
    let frame: Value = serde_json::from_str(&frames[0]).unwrap();
    assert_eq!(frame["publicationId"], body["publicationId"]);
    assert_eq!(frame.get("user"), None, "nobody's but the server's");
    assert_eq!(report.outcome, "ok");
    assert_eq!(report.namespace.as_deref(), Some("room"));
    assert!(report.metrics.contains(&(Metric::Publications, 1.0)));
    assert!(report.metrics.contains(&(Metric::Deliveries, 1.0)));
}

#[tokio::test]
async fn the_same_key_is_published_once() {
    let stack = stack();
    let event = publish(&json!({"channel": "room:lobby", "data": 1, "key": "k1"}));
    let (_, first, _) = stack.ask(event.clone()).await;
    let (status, again, _) = stack.ask(event).await;
    assert_eq!((status, &again["duplicate"]), (200, &json!(true)));
    assert_eq!(again["publicationId"], first["publicationId"]);
    assert_eq!(again["position"], first["position"]);
}

#[tokio::test]
async fn each_publication_of_a_batch_has_its_own_result_in_order() {
    let stack = stack();
    let batch = json!({"publications": [
        {"channel": "room:lobby", "data": 1},
        {"channel": "nowhere:lobby", "data": 2},
        {"channel": "lobby", "data": 3},
        {"channel": "room:lobby", "data": "x".repeat(40_000)},
        {"channel": "room:lobby"},
        {"channel": "room:lobby", "data": 6},
    ]});
    let (status, body, report) = stack.ask(publish(&batch)).await;
    assert_eq!(status, 200);
    let codes: Vec<_> = body["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["error"]["code"].as_str().unwrap_or("published"))
        .collect();
    assert_eq!(
        codes,
        [
            "published",
            "unknown_channel",
            "bad_request",
            "too_large",
            "bad_request",
            "published"
        ]
    );
    let offset = |index: usize| {
        let place = &body["results"][index]["published"]["position"];
        place["offset"].as_u64().unwrap()
    };
    assert_eq!(offset(5), offset(0) + 1);
    assert!(report.metrics.contains(&(Metric::Publications, 2.0)));
}

#[tokio::test]
async fn what_there_was_no_time_for_is_said_and_comes_again() {
    let stack = stack();
    let late = Moment {
        clock: &|| NOW_MS + 10_000,
        ..moment()
    };
    let batch = json!({"publications": [{"channel": "room:lobby", "data": 1}]});
    let (reply, report) = stack.handle(publish(&batch), late).await;
    let body: Value = serde_json::from_str(&reply.unwrap().body.unwrap()).unwrap();
    assert_eq!(body["results"][0]["error"]["code"], "unavailable");
    assert_eq!(body["results"][0]["error"]["retryAfterMs"], 1_000);
    assert_eq!(report.outcome, "none_published");
}

#[tokio::test]
async fn what_is_no_publication_is_400_404_or_413() {
    let stack = stack();
    let ten = vec![json!({"channel": "room:lobby", "data": 1}); 11];
    let cases = [
        (json!("hello"), 400, "bad_request"),
        (json!({}), 400, "bad_request"),
        (json!({"channel": "room:lobby"}), 400, "bad_request"),
        (
            json!({"channel": "room:a b", "data": 1}),
            400,
            "bad_request",
        ),
        (
            json!({"channel": "room:a", "data": 1, "key": "a b"}),
            400,
            "bad_request",
        ),
        (json!({"publications": []}), 400, "bad_request"),
        (json!({"publications": ten}), 400, "bad_request"),
        (
            json!({"channel": "nowhere:a", "data": 1}),
            404,
            "unknown_channel",
        ),
        (
            json!({"channel": "room:a", "data": "x".repeat(40_000)}),
            413,
            "too_large",
        ),
        (json!("x".repeat(MAX_BODY_BYTES)), 413, "too_large"),
    ];
    for (body, status, code) in cases {
        let (answered, told, report) = stack.ask(publish(&body)).await;
        assert_eq!((answered, told["code"].as_str()), (status, Some(code)));
        assert_eq!(report.outcome, code);
    }
    let mut no_body = fixture("http-server-publish");
    no_body["body"] = Value::Null;
    assert_eq!(stack.ask(no_body).await.0, 400);
}

#[tokio::test]
async fn a_body_in_base64_is_read_and_one_that_is_no_text_is_400() {
    let stack = stack();
    let mut event = fixture("http-server-publish");
    event["isBase64Encoded"] = json!(true);
    event["body"] = json!("eyJjaGFubmVsIjoicm9vbTphIiwiZGF0YSI6MX0=");
    assert_eq!(stack.ask(event.clone()).await.0, 200);
    for body in ["/w==", "%%"] {
        event["body"] = json!(body);
        assert_eq!(stack.ask(event.clone()).await.0, 400);
    }
}

#[tokio::test]
async fn a_database_that_is_down_is_503_with_a_time_to_come_back() {
    let stack = stack();
    stack.store.set_unavailable(true);
    for event in [
        fixture("http-server-publish"),
        of_channel("GET /channels/{channel}", "room:lobby", ""),
        of_channel("GET /channels/{channel}/history", "room:lobby", ""),
        of_user("GET /users/{user}/connections", "alice", ""),
        of_user("DELETE /users/{user}/connections", "alice", ""),
        of_user("POST /users/{user}/revocations", "alice", ""),
    ] {
        let (reply, report) = stack.handle(event, moment()).await;
        let reply = reply.unwrap();
        assert_eq!((reply.status_code, report.outcome), (503, "unavailable"));
        assert_eq!(reply.headers["retry-after"], "1");
    }
}

#[tokio::test]
async fn a_channel_tells_who_is_there_and_how_far_it_has_come() {
    let stack = stack();
    stack.connect("alice", "tab-1234", "a=", "room:lobby").await;
    stack.connect("alice", "tab-1234", "b=", "room:lobby").await;
    stack.connect("bob", "tab-5678", "c=", "room:lobby").await;
    let (_, published, _) = stack.ask(fixture("http-server-publish")).await;
    let key = "GET /channels/{channel}";
    let (status, body, _) = stack.ask(of_channel(key, "room:lobby", "")).await;
    assert_eq!(status, 200);
    assert_eq!(
        body,
        json!({
            "channel": "room:lobby", "sessions": 2, "position": published["position"],
            "members": [{"user": "alice", "session": "tab-1234"}, {"user": "bob", "session": "tab-5678"}],
        })
    );
    stack.connect("bob", "tab-9999", "d=", "quiet:a").await;
    let (_, quiet, _) = stack.ask(of_channel(key, "quiet:a", "")).await;
    assert_eq!(quiet, json!({"channel": "quiet:a", "sessions": 1}));
    for (channel, query, status) in [
        ("nowhere:a", "", 404),
        ("lobby", "", 400),
        ("room:lobby", "cursor=x", 400),
    ] {
        assert_eq!(stack.ask(of_channel(key, channel, query)).await.0, status);
    }
}

#[tokio::test]
async fn a_history_is_paged_both_ways() {
    let stack = stack();
    for number in 0..3 {
        let event = publish(&json!({"channel": "room:lobby", "data": number}));
        stack.ask(event).await;
    }
    let key = "GET /channels/{channel}/history";
    let data = |body: &Value| {
        let list = body["publications"].as_array().unwrap();
        list.iter().map(|it| it["data"].clone()).collect::<Vec<_>>()
    };
    let (_, newest, _) = stack.ask(of_channel(key, "room:lobby", "limit=2")).await;
    assert_eq!(data(&newest), [json!(2), json!(1)]);
    assert_eq!(newest["complete"], false);
    let place = &newest["publications"][1]["position"];
    let place = format!("{}@{}", place["offset"], place["epoch"]);
    let after = of_channel(key, "room:lobby", &format!("after={place}"));
    assert_eq!(data(&stack.ask(after).await.1), [json!(2)]);
    let before = of_channel(key, "room:lobby", &format!("before={place}"));
    let (_, before, _) = stack.ask(before).await;
    assert_eq!(
        (data(&before), &before["complete"]),
        (vec![json!(0)], &json!(true))
    );
    let (status, told, _) = stack.ask(of_channel(key, "quiet:a", "")).await;
    assert_eq!((status, &told["code"]), (404, &json!("no_history")));
    let (status, ..) = stack.ask(of_channel(key, "room:lobby", "limit=0")).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn connections_are_listed_and_put_out_one_by_one_by_session_or_all() {
    let stack = stack();
    stack.connect("alice", "tab-1234", "a=", "room:lobby").await;
    stack.connect("alice", "tab-1234", "b=", "room:lobby").await;
    stack.connect("alice", "tab-5678", "c=", "quiet:a").await;
    stack.connect("bob", "tab-5678", "d=", "quiet:a").await;
    let list = || stack.ask(of_user("GET /users/{user}/connections", "alice", ""));
    let (status, body, _) = list().await;
    assert_eq!((status, &body["user"]), (200, &json!("alice")));
    assert_eq!(
        body["sessions"][1],
        json!({
            "session": "tab-5678", "expiresAt": NOW_MS / 1_000 + 900,
            "connections": [{"connection": "c=", "since": NOW_MS, "channels": ["quiet:a"]}],
        })
    );
    let kick = "DELETE /users/{user}/connections";
    for (query, ended) in [
        ("connection=a%3D", 1),
        ("connection=d%3D", 0),
        ("session=tab-1234", 1),
        ("session=tab-1234", 0),
    ] {
        let (status, body, report) = stack.ask(of_user(kick, "alice", query)).await;
        assert_eq!((status, body), (200, json!({"ended": ended})), "{query}");
        assert!(report.metrics.contains(&(Metric::PutOut, f64::from(ended))));
    }
    let (_, body, _) = stack.ask(of_user(kick, "alice", "")).await;
    assert_eq!(body, json!({"ended": 1}));
    assert_eq!(stack.sender.ended(), ["a=", "b=", "c="]);
    let goodbye = stack.sender.sent_to("c=");
    assert!(
        goodbye.last().unwrap().contains("\"kicked\""),
        "{goodbye:?}"
    );
    assert_eq!(list().await.1["sessions"], json!([]));
    let both = of_user(kick, "alice", "session=tab-1234&connection=a");
    assert_eq!(stack.ask(both).await.0, 400);
    for user in [String::new(), "x".repeat(257)] {
        assert_eq!(stack.ask(of_user(kick, &user, "")).await.0, 400);
    }
}

#[tokio::test]
async fn a_revoked_user_is_put_out_and_the_tokens_of_until_now_are_refused() {
    let stack = stack();
    stack.connect("alice", "tab-1234", "a=", "room:lobby").await;
    let (status, body, _) = stack
        .ask(of_user("POST /users/{user}/revocations", "alice", ""))
        .await;
    assert_eq!((status, body), (200, json!({"ended": 1})));
    assert!(stack.sender.sent_to("a=")[0].contains("\"revoked\""));
    assert!(
        stack
            .store
            .sessions_of("alice")
            .await
            .unwrap()
            .iter()
            .all(|(_, it)| it.connections.is_empty())
    );
    let before = stack.store.revoked_before("alice").await;
    assert!(before.unwrap() > Some(NOW_MS / 1_000));
}

#[tokio::test]
async fn a_route_of_another_function_is_an_error_and_no_status() {
    let stack = stack();
    for key in ["GET /connect-check", "POST /ticket", "GET /nothing"] {
        let (reply, report) = stack.handle(of_user(key, "alice", ""), moment()).await;
        assert!(reply.unwrap_err().contains("same commit"));
        assert_eq!(report.outcome, "broken");
    }
}

#[tokio::test]
async fn who_asks_again_takes_the_rows_that_a_crash_left() {
    let stack = stack();
    stack.connect("alice", "tab-1234", "a=", "room:lobby").await;
    let key = SessionKey {
        user: "alice".to_owned(),
        session: "tab-1234".to_owned(),
    };
    // The first time it crashed in between: the connection is marked, and its row is there.
    let connection = ConnectionId::new("a=");
    let marked = stack.store.close(&key, &connection, NOW_MS - 1_000);
    assert!(marked.await.unwrap().is_some());
    let (_, body, _) = stack.ask(fixture("http-server-publish")).await;
    assert_eq!(body["sent"], 1, "{body}");
    let (status, _, _) = stack
        .ask(of_user("DELETE /users/{user}/connections", "alice", ""))
        .await;
    assert_eq!(status, 200);
    let (_, body, _) = stack.ask(fixture("http-server-publish")).await;
    assert_eq!(body["sent"], 0, "{body}");
}
