//! `GET /connect-check`: why a handshake is refused, for those who cannot see its status.

#![expect(clippy::panic, reason = "test code: a panic is how a test fails")]

use http::Method;
use serde_json::{Value, json};
use tidegate_e2e::{Answer, Client, Stack, StackOptions, call, eventually};

async fn asked(stack: &Stack, method: Method, query: &str, headers: &[(&str, &str)]) -> Answer {
    let Some(url) = &stack.runtime().running().http_url else {
        panic!("the stack has no HTTP API")
    };
    let url = format!("{url}/connect-check{query}");
    let answer = call(method, &url, headers, "").await;
    answer.unwrap_or_else(|error| panic!("{error}"))
}

/// What the check says, and the status of the handshake that it is about.
async fn checked(stack: &Stack, token: &str, query: &str) -> (u16, Value, u16) {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];
    let answer = asked(stack, Method::GET, query, &headers).await;
    assert_eq!(answer.headers["cache-control"], "no-store");
    let body = serde_json::from_str(&answer.body).unwrap_or_default();
    let url = format!("{}{query}", stack.url());
    let handshake = match Client::with_token(&url, token).await {
        Ok(_) => 101,
        Err(refusal) => refusal.status,
    };
    (answer.status.as_u16(), body, handshake)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_check_says_why_the_handshake_with_the_same_token_and_query_is_refused() {
    let members = json!({"room": {"subscribe": "member", "publish": "member"}});
    let stack = Stack::start(StackOptions {
        namespaces: Some(members),
        ..StackOptions::default()
    })
    .await;
    let member = json!({"user": "alice", "groups": ["room:lobby"]});
    let member = stack.token_with(member).await;
    for (token, query, status, said, handshake) in [
        (&*member, "?room_id=lobby", 200, json!({"ok": true}), 101),
        (&*member, "", 200, json!({"ok": true}), 101),
        (
            &*member,
            "?room_id=attic",
            403,
            json!({"code": "denied"}),
            403,
        ),
        (
            "rubbish",
            "",
            401,
            json!({"code": "unauthorized", "reason": "invalid"}),
            401,
        ),
    ] {
        let expected = (status, said, handshake);
        assert_eq!(checked(&stack, token, query).await, expected, "{query}");
    }
    let (status, body, handshake) = checked(&stack, &member, "?room_id=a%20b").await;
    assert_eq!((status, handshake), (400, 400), "{body}");

    let expiring = json!({"user": "alice", "expiresIn": 1});
    let expiring = stack.token_with(expiring).await;
    let (body, handshake) = eventually("the end of the token", || async {
        let (status, body, handshake) = checked(&stack, &expiring, "").await;
        (status == 401).then_some((body, handshake))
    })
    .await;
    assert_eq!(body, json!({"code": "unauthorized", "reason": "expired"}));
    assert_eq!(handshake, 401);
    assert!(!stack.reports("GET /connect-check").is_empty());
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_another_origin_may_ask_with_its_token() {
    let stack = Stack::start(StackOptions::default()).await;
    let preflight = [
        ("origin", "https://app.example"),
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", "authorization"),
    ];
    let answer = asked(&stack, Method::OPTIONS, "", &preflight).await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.headers["access-control-allow-origin"], "*");
    assert_eq!(
        answer.headers["access-control-allow-headers"],
        "authorization"
    );
    let origin = [("origin", "https://app.example")];
    let answer = asked(&stack, Method::GET, "", &origin).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.headers["access-control-allow-origin"], "*");
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    assert_eq!(body["reason"], "missing");
    let answer = asked(&stack, Method::POST, "", &origin).await;
    assert_eq!(answer.status, 404);
    stack.stop().await;
}
