//! `GET /connect-check` as a function of the request and the issuer's keys.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

use serde_json::{Value, json};
use tidegate_access::AccessControl;
use tidegate_api::Api;
use tidegate_authorizer::{Authorizer, Origin};
use tidegate_core::memory::MemoryStore;
use tidegate_core::store::Revocations;
use tidegate_lambda::{HttpEvent, Reply, Report};
use tidegate_test_events::{fixture, parsed};
use tidegate_test_issuer::{ISSUED_AT, ISSUER, Issuer, NOW_MS, bearing as request, verifier};
use tidegate_tokens::Verifier;

/// Namespaces of a stack in which rooms are only for members.
const NAMESPACES: &str = r#"{"room": {"subscribe": "member", "publish": "member"}}"#;

fn issuer() -> Issuer {
    Issuer::of_groups(&["room:lobby"])
}

fn access(verifier: Verifier) -> AccessControl {
    AccessControl::new(verifier, serde_json::from_str(NAMESPACES).unwrap())
}

fn over(verifier: Verifier) -> Api {
    with_store(verifier, MemoryStore::default())
}

fn with_store(verifier: Verifier, store: MemoryStore) -> Api {
    Api::new(access(verifier), Box::new(store), || None)
}

fn api(issuer: &Issuer) -> Api {
    over(issuer.verifier())
}

async fn ask(api: &Api, event: Value) -> (Reply, Report) {
    let event: HttpEvent = parsed(event);
    let (reply, report) = api.handle(&event, NOW_MS).await;
    (reply.unwrap(), report)
}

fn body(reply: &Reply) -> Value {
    serde_json::from_str(reply.body.as_deref().unwrap()).unwrap()
}

fn in_room(token: &str, room: &str) -> Value {
    let mut event = request("http-connect-check-with-room", token);
    event["rawQueryString"] = json!(format!("room_id={room}"));
    event
}

#[tokio::test]
async fn a_good_token_is_welcome_and_nobody_may_keep_the_answer() {
    let issuer = issuer();
    let event = request("http-connect-check", &issuer.token(&json!({})));
    let (reply, report) = ask(&api(&issuer), event).await;
    assert_eq!(
        serde_json::to_value(&reply).unwrap(),
        json!({
            "statusCode": 200,
            "headers": {"content-type": "application/json", "cache-control": "no-store"},
            "body": r#"{"ok":true}"#,
        })
    );
    assert_eq!(
        (&*report.route, &*report.connection, report.outcome),
        ("GET /connect-check", "", "ok")
    );
}

#[tokio::test]
async fn whoever_would_get_401_is_told_why() {
    let (issuer, stranger) = (issuer(), issuer());
    let with = |changed: Value| request("http-connect-check", &issuer.token(&changed));
    let header = |line: String| {
        let mut event = fixture("http-connect-check");
        event["headers"]["authorization"] = json!(line);
        event
    };
    let token = issuer.token(&json!({}));
    let mut no_headers = fixture("http-connect-check-without-token");
    no_headers["headers"] = Value::Null;
    let cases = [
        (fixture("http-connect-check-without-token"), "missing"),
        (no_headers, "missing"),
        (header(format!("Basic {token}")), "missing"),
        (header(token), "missing"),
        (with(json!({"exp": NOW_MS / 1000})), "expired"),
        (with(json!({"nbf": NOW_MS / 1000 + 1})), "not_yet_valid"),
        (
            with(json!({"exp": NOW_MS / 1000 + 7 * 86_400})),
            "lives_too_long",
        ),
        (with(json!({"iat": 0})), "lives_too_long"),
        (with(json!({"iss": format!("{ISSUER}2")})), "wrong_issuer"),
        (with(json!({"client_id": "other"})), "wrong_client"),
        (with(json!({"token_use": "id"})), "not_an_access_token"),
        (request("http-connect-check", "hello"), "invalid"),
        (
            request("http-connect-check", &stranger.token(&json!({}))),
            "invalid",
        ),
    ];
    for (event, reason) in cases {
        let (reply, report) = ask(&api(&issuer), event).await;
        assert_eq!(reply.status_code, 401, "{reason}");
        assert_eq!(
            body(&reply),
            json!({"code": "unauthorized", "reason": reason})
        );
        assert_eq!(reply.headers["cache-control"], "no-store");
        assert_eq!(report.outcome, "unauthorized");
    }
}

#[tokio::test]
async fn a_room_is_looked_at_as_the_handshake_does() {
    let issuer = issuer();
    let token = issuer.token(&json!({}));
    let cases = [
        (in_room(&token, "lobby"), 200, json!({"ok": true})),
        (in_room(&token, "attic"), 403, json!({"code": "denied"})),
        // The last of several decides, as it does in the handshake.
        (
            request("http-connect-check-with-repeated-room", &token),
            403,
            json!({"code": "denied"}),
        ),
    ];
    for (event, status, expected) in cases {
        let (reply, _) = ask(&api(&issuer), event).await;
        assert_eq!((reply.status_code, body(&reply)), (status, expected));
    }
    let (reply, report) = ask(&api(&issuer), in_room(&token, "a%20b")).await;
    assert_eq!((reply.status_code, report.outcome), (400, "bad_room"));
    let message = body(&reply)["message"].take();
    assert!(message.as_str().unwrap().contains("letters"), "{message}");
}

#[tokio::test]
async fn a_session_is_looked_at_as_the_handshake_does() {
    let issuer = issuer();
    let token = issuer.token(&json!({}));
    let with = |session: &str| {
        let mut event = request("http-connect-check", &token);
        event["rawQueryString"] = json!(format!("session={session}"));
        event
    };
    let (reply, _) = ask(&api(&issuer), with("tab-1234")).await;
    assert_eq!(reply.status_code, 200);
    let (reply, report) = ask(&api(&issuer), with("short")).await;
    assert_eq!((reply.status_code, report.outcome), (400, "bad_session"));
    let message = body(&reply)["message"].take();
    assert!(message.as_str().unwrap().contains("8 to 64"), "{message}");
}

#[tokio::test]
async fn a_token_that_was_revoked_is_unauthorized_and_a_newer_one_is_not() {
    let issuer = issuer();
    let store = MemoryStore::default();
    let api = with_store(issuer.verifier(), store.clone());
    let event = request("http-connect-check", &issuer.token(&json!({})));
    let before = NOW_MS / 1_000 + 1;
    let user = "alice";
    store.revoke("somebody", before).await.unwrap();
    assert_eq!(ask(&api, event.clone()).await.0.status_code, 200);
    store.revoke(user, ISSUED_AT).await.unwrap();
    assert_eq!(ask(&api, event.clone()).await.0.status_code, 200);
    store.revoke(user, ISSUED_AT + 1).await.unwrap();
    let (reply, report) = ask(&api, event.clone()).await;
    assert_eq!((reply.status_code, report.outcome), (401, "unauthorized"));
    assert_eq!(
        body(&reply),
        json!({"code": "unauthorized", "reason": "revoked"})
    );
    store.set_unavailable(true);
    assert_eq!(ask(&api, event).await.0.status_code, 503);
}

#[tokio::test]
async fn an_issuer_that_is_down_is_503_with_a_time_to_come_back() {
    let issuer = issuer();
    let api = over(verifier(None));
    let event = request("http-connect-check", &issuer.token(&json!({})));
    let (reply, report) = ask(&api, event).await;
    assert_eq!(reply.status_code, 503);
    assert_eq!(
        body(&reply),
        json!({"code": "unavailable", "retryAfterMs": 1000})
    );
    assert_eq!(reply.headers["retry-after"], "1");
    assert_eq!(report.outcome, "unavailable");
}

#[tokio::test]
async fn the_check_says_what_the_authorizer_decides() {
    let issuer = issuer();
    let authorizer = Authorizer::new(
        Origin::read("").unwrap(),
        access(issuer.verifier()),
        Box::new(MemoryStore::default()),
    );
    let tokens = [
        json!({}),
        json!({"exp": 1}),
        json!({"client_id": "other"}),
        json!({"cognito:groups": []}),
    ];
    for changed in tokens {
        let token = issuer.token(&changed);
        for room in ["lobby", "attic"] {
            let mut handshake = request("authorizer-with-room", &token);
            handshake["multiValueQueryStringParameters"]["room_id"] = json!([room]);
            let (_, handshake) = authorizer.handle(&parsed(handshake), NOW_MS).await;
            let (_, check) = ask(&api(&issuer), in_room(&token, room)).await;
            assert_eq!(check.outcome, handshake.outcome, "{changed} {room}");
        }
    }
}

#[tokio::test]
async fn a_route_that_the_function_does_not_know_is_an_error_and_no_status() {
    let issuer = issuer();
    let event: HttpEvent = parsed(fixture("http-with-everything"));
    let (reply, report) = api(&issuer).handle(&event, NOW_MS).await;
    assert!(reply.unwrap_err().contains("same commit"));
    assert_eq!(report.outcome, "unknown_route");
}

#[tokio::test]
async fn no_answer_and_no_debug_output_has_the_token() {
    let issuer = issuer();
    for changed in [json!({}), json!({"exp": 1})] {
        let token = issuer.token(&changed);
        let event: HttpEvent = parsed(request("http-connect-check", &token));
        let answer = api(&issuer).handle(&event, NOW_MS).await;
        let shown = format!("{event:?} {answer:?}");
        for part in token.split('.') {
            assert!(!shown.contains(part), "{shown}");
        }
    }
}
