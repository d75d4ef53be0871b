//! A new token on a live socket: its rights and its end are those that hold from then on.

mod support;

use serde_json::{Value, json};
use support::{Stack, rules, stack_of, stack_with};
use tidegate_core::store::Revocations;
use tidegate_test_backend::{ALICE, EXPIRES_AT, ISSUED_AT, Issuer, key, unsigned};

async fn stack(issuer: &Issuer) -> Stack {
    let stack = stack_of(rules(), issuer.verifier());
    stack.connect("alice", ALICE, EXPIRES_AT).await;
    stack
}

fn refresh(token: &str) -> Value {
    json!({"action": "refresh", "id": "r", "token": token})
}

fn newer() -> Value {
    json!({"iat": ISSUED_AT + 600, "exp": EXPIRES_AT + 600})
}

async fn subscribe(stack: &Stack, session: &str, connection: &str, channel: &str) {
    let frame = json!({"action": "subscribe", "id": "1", "channel": channel});
    let answered = stack.send_of("alice", session, connection, &frame).await;
    assert_eq!(answered.frame()["type"], "subscribed");
}

#[tokio::test]
async fn a_newer_token_prolongs_the_session_and_its_subscriptions() {
    let issuer = Issuer::new();
    let stack = stack(&issuer).await;
    for channel in ["room:lobby", "team:red"] {
        subscribe(&stack, ALICE, ALICE, channel).await;
    }
    let reply = stack.ask(&refresh(&issuer.token(&newer()))).await;
    assert_eq!(
        reply,
        json!({"type": "refreshed", "id": "r", "expiresAt": EXPIRES_AT + 600})
    );
    for channel in ["room:lobby", "team:red"] {
        let subscribers = stack.subscribers(channel).await;
        assert_eq!(subscribers[0].expires_at, EXPIRES_AT + 600, "{channel}");
    }
    stack.set_now_ms(EXPIRES_AT * 1_000);
    let frame = json!({"action": "publish", "id": "1", "channel": "room:lobby", "data": 1});
    assert_eq!(stack.ask(&frame).await["type"], "ack");
    assert_eq!(stack.frames(ALICE)[0]["data"], 1, "and it still receives");
}

#[tokio::test]
async fn a_token_that_would_not_open_a_connection_changes_nothing() {
    let issuer = Issuer::new();
    let stranger = Issuer::new();
    let stack = stack(&issuer).await;
    subscribe(&stack, ALICE, ALICE, "team:red").await;
    let claims = Issuer::claims(&newer());
    let but = |changed: Value| {
        let mut all = newer();
        for (name, value) in changed.as_object().unwrap() {
            all[name] = value.clone();
        }
        issuer.token(&all)
    };
    let now = stack.now_ms() / 1_000;
    let attacks = [
        ("nothing", String::new()),
        ("no token", "hello".to_owned()),
        ("huge", "a".repeat(20_000)),
        (
            "alg none",
            unsigned(&json!({"alg": "none", "kid": "k1"}), &claims),
        ),
        (
            "no signature",
            unsigned(&json!({"alg": "RS256", "kid": "k1"}), &claims),
        ),
        ("key confusion", issuer.confused(&claims)),
        ("no kid", issuer.sign(&json!({}), &claims)),
        (
            "a path as kid",
            issuer.sign(&json!({"kid": "../../k1"}), &claims),
        ),
        (
            "a kid of many",
            issuer.sign(&json!({"kid": "k1' OR '1'='1"}), &claims),
        ),
        (
            "keys of its own",
            stranger.sign(&json!({"kid": "k2", "jku": "https://evil.test"}), &claims),
        ),
        ("another's key", stranger.token(&newer())),
        ("another issuer", but(json!({"iss": "https://evil.test"}))),
        ("another client", but(json!({"client_id": "other"}))),
        ("an ID token", but(json!({"token_use": "id"}))),
        ("expired", but(json!({"exp": now}))),
        ("not yet valid", but(json!({"nbf": now + 60}))),
        (
            "older than the one that holds",
            but(json!({"iat": ISSUED_AT - 1})),
        ),
        (
            "longer than its revocation",
            but(json!({"exp": ISSUED_AT + 600 + 86_401})),
        ),
        ("without an age", but(json!({"iat": 0}))),
    ];
    let before = stack.session(&key("alice", ALICE)).await.unwrap();
    for (attack, token) in attacks {
        let answered = stack.send_from("alice", ALICE, &refresh(&token)).await;
        let error = answered.frame();
        assert_eq!(error["code"], "bad_token", "{attack}: {error}");
        assert_eq!(
            (&error["id"], &error["fatal"]),
            (&json!("r"), &json!(false)),
            "{attack}"
        );
        let shown = format!("{answered:?}");
        assert!(
            token.is_empty() || token == "hello" || !shown.contains(&token),
            "{attack}"
        );
    }
    let after = stack.session(&key("alice", ALICE)).await.unwrap();
    assert_eq!(after, before);
    assert_eq!(
        stack.subscribers("team:red").await[0].expires_at,
        EXPIRES_AT
    );
    assert!(stack.sender.ended().is_empty());
}

#[tokio::test]
async fn another_users_token_is_refused_as_such() {
    let issuer = Issuer::new();
    let stack = stack(&issuer).await;
    let token = issuer.token(&json!({"sub": "bob", "exp": EXPIRES_AT + 600}));
    let error = stack.ask(&refresh(&token)).await;
    assert_eq!(
        (&error["code"], &error["fatal"]),
        (&json!("wrong_user"), &json!(false))
    );
    let session = stack.session(&key("alice", ALICE)).await.unwrap();
    assert_eq!(session.rights.expires_at, EXPIRES_AT);
}

#[tokio::test]
async fn a_token_that_was_replaced_cannot_be_played_again() {
    let issuer = Issuer::new();
    let stack = stack(&issuer).await;
    let wide = issuer.token(&newer());
    let narrow = json!({"iat": ISSUED_AT + 700, "exp": EXPIRES_AT + 700, "cognito:groups": []});
    for token in [&wide, &issuer.token(&narrow)] {
        assert_eq!(stack.ask(&refresh(token)).await["type"], "refreshed");
    }
    assert_eq!(stack.ask(&refresh(&wide)).await["code"], "bad_token");
    let frame = json!({"action": "subscribe", "id": "1", "channel": "team:red"});
    assert_eq!(stack.ask(&frame).await["code"], "forbidden");
}

#[tokio::test]
async fn a_revoked_token_is_refused_and_a_later_one_is_not() {
    let issuer = Issuer::new();
    let stack = stack(&issuer).await;
    stack.store.revoke("alice", ISSUED_AT + 601).await.unwrap();
    assert_eq!(
        stack.ask(&refresh(&issuer.token(&newer()))).await["code"],
        "bad_token"
    );
    let later = json!({"iat": ISSUED_AT + 601, "exp": EXPIRES_AT + 600});
    assert_eq!(
        stack.ask(&refresh(&issuer.token(&later))).await["type"],
        "refreshed"
    );
}

#[tokio::test]
async fn when_the_issuer_cannot_be_asked_the_client_is_told_when_to_try_again() {
    let issuer = Issuer::new();
    let stack = stack_with(rules());
    stack.connect("alice", ALICE, EXPIRES_AT).await;
    let error = stack.ask(&refresh(&issuer.token(&newer()))).await;
    assert_eq!(error["code"], "unavailable", "{error}");
    assert!(error["retryAfterMs"].as_u64().unwrap() > 0);
    let frame = json!({"action": "publish", "id": "1", "channel": "room:lobby", "data": 1});
    assert_eq!(
        stack.ask(&frame).await["type"],
        "ack",
        "nothing else suffers"
    );
}

#[tokio::test]
async fn what_the_new_token_does_not_allow_ends_on_both_connections_of_the_session() {
    let issuer = Issuer::new();
    let stack = stack_of(rules(), issuer.verifier());
    for connection in ["c1=", "c2="] {
        stack.open(&key("alice", "s"), connection, EXPIRES_AT).await;
        for channel in ["team:red", "room:lobby"] {
            subscribe(&stack, "s", connection, channel).await;
        }
    }
    let mut claims = newer();
    claims["cognito:groups"] = json!([]);
    let answered = stack
        .send_of("alice", "s", "c1=", &refresh(&issuer.token(&claims)))
        .await;
    assert_eq!(answered.frame()["dropped"], json!(["team:red"]));
    assert!(stack.receivers("team:red").await.is_empty());
    let stayed = stack.subscribers("room:lobby").await;
    assert_eq!(stayed.len(), 2);
    assert!(stayed.iter().all(|one| one.expires_at == EXPIRES_AT + 600));
    let session = stack.session(&key("alice", "s")).await.unwrap();
    assert!(
        session.places.values().all(|places| places.len() == 1),
        "{session:?}"
    );
    for connection in ["c1=", "c2="] {
        let frame = json!({"action": "publish", "id": "1", "channel": "team:red", "data": 1});
        let answered = stack.send_of("alice", "s", connection, &frame).await;
        assert_eq!(answered.frame()["code"], "forbidden");
    }
}

#[tokio::test]
async fn a_refresh_that_ended_half_way_is_done_by_the_next() {
    let issuer = Issuer::new();
    let stack = stack(&issuer).await;
    for channel in ["team:red", "room:lobby"] {
        subscribe(&stack, ALICE, ALICE, channel).await;
    }
    let mut claims = newer();
    claims["cognito:groups"] = json!([]);
    let token = issuer.token(&claims);
    for operation in ["delete_subscription", "leave", "extend_subscription"] {
        stack.watched.end_before(Some(operation));
        let error = stack.ask(&refresh(&token)).await;
        assert_eq!(error["code"], "unavailable", "{operation}");
    }
    stack.watched.end_before(None);
    assert_eq!(stack.ask(&refresh(&token)).await["type"], "refreshed");
    assert!(stack.receivers("team:red").await.is_empty());
    assert_eq!(
        stack.subscribers("room:lobby").await[0].expires_at,
        EXPIRES_AT + 600
    );
}
