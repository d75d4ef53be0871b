//! `POST /ticket`, and what the authorizer makes of what it gives.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

use serde_json::{Value, json};
use tidegate_access::{AccessControl, TICKET_BYTES, TICKET_S, TicketText};
use tidegate_api::Api;
use tidegate_authorizer::{Authorizer, Origin};
use tidegate_core::memory::MemoryStore;
use tidegate_lambda::{AuthorizerResponse, HttpEvent, Reply, Report};
use tidegate_test_events::{fixture, parsed};
use tidegate_test_issuer::{EXPIRES_AT, ISSUED_AT, Issuer, NOW_MS, bearing, verifier};
use tidegate_tokens::Verifier;

const NAMESPACES: &str = r#"{"room": {"subscribe": "member", "publish": "member"}}"#;
const RANDOM: [u8; TICKET_BYTES] = [7; TICKET_BYTES];

fn access(verifier: Verifier) -> AccessControl {
    AccessControl::new(verifier, serde_json::from_str(NAMESPACES).unwrap())
}

fn api(verifier: Verifier, store: &MemoryStore) -> Api {
    Api::new(access(verifier), Box::new(store.clone()), || Some(RANDOM))
}

fn authorizer(store: &MemoryStore) -> Authorizer {
    let origin = Origin::read("").unwrap();
    // Tickets are taken while the issuer is down, too.
    Authorizer::new(origin, access(verifier(None)), Box::new(store.clone()))
}

async fn ask(api: &Api, token: &str) -> (Reply, Report) {
    let event: HttpEvent = parsed(bearing("http-ticket", token));
    let (reply, report) = api.handle(&event, NOW_MS).await;
    (reply.unwrap(), report)
}

fn body(reply: &Reply) -> Value {
    serde_json::from_str(reply.body.as_deref().unwrap()).unwrap()
}

/// A handshake whose query is this, and that has no token.
async fn connect(
    authorizer: &Authorizer,
    query: Value,
    now_ms: u64,
) -> (Result<AuthorizerResponse, String>, Report) {
    let mut event = fixture("authorizer-without-token");
    event["multiValueQueryStringParameters"] = query;
    authorizer.handle(&parsed(event), now_ms).await
}

fn effect(answer: Result<AuthorizerResponse, String>) -> Value {
    let answer = serde_json::to_value(answer.unwrap()).unwrap();
    answer["policyDocument"]["Statement"][0]["Effect"].clone()
}

/// A ticket for a token that is right but for `changed`.
async fn ticket(store: &MemoryStore, changed: &Value) -> String {
    let issuer = Issuer::of_groups(&["room:lobby"]);
    let (reply, _) = ask(&api(issuer.verifier(), store), &issuer.token(changed)).await;
    body(&reply)["ticket"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_token_gets_a_ticket_that_nobody_may_keep() {
    let issuer = Issuer::of_groups(&[]);
    let api = api(issuer.verifier(), &MemoryStore::default());
    let (reply, report) = ask(&api, &issuer.token(&json!({}))).await;
    assert_eq!(reply.status_code, 201);
    let text = TicketText::new(RANDOM);
    assert_eq!(
        body(&reply),
        json!({"ticket": text.as_str(), "expiresInMs": TICKET_S * 1_000})
    );
    assert_eq!(reply.headers["cache-control"], "no-store");
    assert_eq!((&*report.route, report.outcome), ("POST /ticket", "ok"));
    let shown = format!("{report:?}");
    assert!(!shown.contains(text.as_str()), "{shown}");
}

#[tokio::test]
async fn a_ticket_lives_no_longer_than_its_token() {
    let issuer = Issuer::of_groups(&[]);
    let api = api(issuer.verifier(), &MemoryStore::default());
    let token = issuer.token(&json!({"exp": NOW_MS / 1_000 + 4}));
    let (reply, _) = ask(&api, &token).await;
    assert_eq!(body(&reply)["expiresInMs"], 4_000);
}

#[tokio::test]
async fn without_a_good_token_there_is_no_ticket_and_the_reason_is_told() {
    let issuer = Issuer::of_groups(&[]);
    let api = api(issuer.verifier(), &MemoryStore::default());
    for (token, reason) in [
        (String::new(), "missing"),
        ("hello".to_owned(), "invalid"),
        (issuer.token(&json!({"exp": 1})), "expired"),
        (
            issuer.token(&json!({"token_use": "id"})),
            "not_an_access_token",
        ),
    ] {
        let (reply, report) = ask(&api, &token).await;
        assert_eq!((reply.status_code, report.outcome), (401, "unauthorized"));
        assert_eq!(body(&reply)["reason"], reason);
    }
}

#[tokio::test]
async fn what_cannot_be_decided_or_kept_is_503_with_a_time_to_come_back() {
    let issuer = Issuer::of_groups(&[]);
    let store = MemoryStore::default();
    let token = issuer.token(&json!({}));
    let (reply, _) = ask(&api(verifier(None), &store), &token).await;
    assert_eq!(
        (reply.status_code, &*reply.headers["retry-after"]),
        (503, "1")
    );
    store.set_unavailable(true);
    let (reply, report) = ask(&api(issuer.verifier(), &store), &token).await;
    assert_eq!((reply.status_code, report.outcome), (503, "unavailable"));
}

#[tokio::test]
async fn a_ticket_opens_one_connection_with_the_rights_of_its_token() {
    let store = MemoryStore::default();
    let ticket = ticket(&store, &json!({})).await;
    let authorizer = authorizer(&store);
    let query = json!({"ticket": [ticket], "session": ["tab-1234"], "room_id": ["lobby"]});
    let (answer, report) = connect(&authorizer, query.clone(), NOW_MS + 1_000).await;
    let answer = serde_json::to_value(answer.unwrap()).unwrap();
    assert_eq!(
        answer["context"],
        json!({
            "user": "alice", "session": "tab-1234", "groups": r#"["room:lobby"]"#,
            "issuedAt": ISSUED_AT.to_string(), "expiresAt": EXPIRES_AT.to_string(),
        })
    );
    assert_eq!(report.outcome, "ok");

    let (again, report) = connect(&authorizer, query, NOW_MS + 1_000).await;
    assert_eq!(again, Err("Unauthorized".to_owned()), "once is once");
    assert_eq!(report.outcome, "unauthorized");
}

#[tokio::test]
async fn a_ticket_that_is_late_or_none_is_refused_without_a_word_about_why() {
    let store = MemoryStore::default();
    let authorizer = authorizer(&store);
    let late = ticket(&store, &json!({})).await;
    let at_ms = NOW_MS + TICKET_S * 1_000;
    let (answer, _) = connect(&authorizer, json!({"ticket": [late]}), at_ms).await;
    assert_eq!(answer, Err("Unauthorized".to_owned()));
    let outlived = ticket(&store, &json!({"exp": NOW_MS / 1_000 + 4})).await;
    let at_ms = NOW_MS + 4_000;
    let (answer, _) = connect(&authorizer, json!({"ticket": [outlived]}), at_ms).await;
    assert_eq!(answer, Err("Unauthorized".to_owned()));
    for none in ["", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "' or 1=1"] {
        let (answer, _) = connect(&authorizer, json!({"ticket": [none]}), NOW_MS).await;
        assert_eq!(answer, Err("Unauthorized".to_owned()), "{none:?}");
    }
}

#[tokio::test]
async fn a_ticket_is_spent_even_where_its_user_may_not_join() {
    let store = MemoryStore::default();
    let ticket = ticket(&store, &json!({})).await;
    let authorizer = authorizer(&store);
    let denied = json!({"ticket": [ticket], "room_id": ["attic"]});
    let (answer, _) = connect(&authorizer, denied, NOW_MS).await;
    assert_eq!(effect(answer), "Deny");
    let (answer, _) = connect(&authorizer, json!({"ticket": [ticket]}), NOW_MS).await;
    assert_eq!(answer, Err("Unauthorized".to_owned()));
}

#[tokio::test]
async fn a_wrong_ticket_is_not_mended_by_a_token() {
    let issuer = Issuer::of_groups(&[]);
    let store = MemoryStore::default();
    let origin = Origin::read("").unwrap();
    let authorizer = Authorizer::new(origin, access(issuer.verifier()), Box::new(store));
    let mut event = bearing("authorizer-with-subprotocol", &issuer.token(&json!({})));
    event["multiValueQueryStringParameters"] = json!({"ticket": ["x"]});
    let (answer, _) = authorizer.handle(&parsed(event), NOW_MS).await;
    assert_eq!(answer, Err("Unauthorized".to_owned()));
}

#[tokio::test]
async fn tickets_that_cannot_be_looked_for_are_neither_401_nor_403() {
    let store = MemoryStore::default();
    let ticket = ticket(&store, &json!({})).await;
    store.set_unavailable(true);
    let (answer, report) = connect(&authorizer(&store), json!({"ticket": [ticket]}), NOW_MS).await;
    assert_ne!(answer.unwrap_err(), "Unauthorized");
    assert_eq!(report.outcome, "unavailable");
    store.set_unavailable(false);
    let (answer, _) = connect(&authorizer(&store), json!({"ticket": [ticket]}), NOW_MS).await;
    assert!(answer.is_ok(), "it was not taken");
}
