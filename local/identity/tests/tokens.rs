//! Issued tokens are what the authorizer takes, and end when they say.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::dangerous::insecure_decode;
use serde_json::{Value, json};
use support::{
    ACCESS_KEY_ID, BASE_URL, POOL, START_MS, SetClock, TWO_CLIENTS, VALIDITY_S, alice, clock,
    pools, verifier,
};
use tidegate_local_cloud::clock::Clock;
use tidegate_local_identity::{Identity, IssueError, MAX_EXPIRES_IN, SigningKey, TokenRequest};
use tidegate_tokens::TokenError;

fn issuer(clock: &Arc<SetClock>) -> (Identity, tidegate_tokens::JwkSet) {
    let key = SigningKey::generate().unwrap();
    let keys = key.public();
    let clock = Arc::<SetClock>::clone(clock);
    (
        Identity::new(key, pools(), clock, BASE_URL, ACCESS_KEY_ID),
        keys,
    )
}

fn claims(token: &str) -> Value {
    insecure_decode::<Value>(token.as_bytes()).unwrap().claims
}

#[tokio::test]
async fn an_issued_token_is_accepted_until_it_ends_by_the_clock() {
    let clock = clock();
    let (identity, keys) = issuer(&clock);
    let verifier = verifier(keys);
    let request = TokenRequest {
        groups: ["team:red".to_owned()].into(),
        ..alice()
    };
    let issued = identity.issue(POOL, &request).unwrap();
    assert_eq!(issued.token_type, "Bearer");
    assert_eq!(issued.expires_at, START_MS / 1000 + VALIDITY_S);

    let accepted = verifier
        .verify(&issued.access_token, clock.now_ms())
        .await
        .unwrap();
    assert_eq!(accepted.sub, "alice");
    assert_eq!(accepted.exp, issued.expires_at);
    assert_eq!(accepted.groups, request.groups);

    clock.advance(Duration::from_secs(VALIDITY_S - 1));
    let last = verifier.verify(&issued.access_token, clock.now_ms()).await;
    assert!(last.is_ok());
    clock.advance(Duration::from_secs(1));
    let ended = verifier.verify(&issued.access_token, clock.now_ms()).await;
    assert!(matches!(ended, Err(TokenError::Expired)));
}

#[test]
fn a_token_has_the_claims_of_a_cognito_access_token() {
    let (identity, _) = issuer(&clock());
    let request = TokenRequest {
        groups: ["team:red".to_owned()].into(),
        ..alice()
    };
    let issued = identity.issue(POOL, &request).unwrap();
    let mut found = claims(&issued.access_token);
    let jti = found["jti"].take();
    assert_eq!(jti.as_str().unwrap().len(), 36);
    let now = START_MS / 1000;
    assert_eq!(
        found,
        json!({
            "sub": "alice",
            "cognito:groups": ["team:red"],
            "iss": format!("{BASE_URL}/{POOL}"),
            "version": 2,
            "client_id": "client",
            "token_use": "access",
            "scope": "openid",
            "auth_time": now,
            "exp": now + VALIDITY_S,
            "iat": now,
            "jti": null,
            "username": "alice",
        })
    );
    let again = identity.issue(POOL, &request).unwrap();
    assert_ne!(claims(&again.access_token)["jti"], jti);

    let without = identity.issue(POOL, &alice()).unwrap();
    assert_eq!(
        claims(&without.access_token).get("cognito:groups"),
        None,
        "Cognito leaves the claim out where there are no groups"
    );
}

#[test]
fn a_request_may_say_for_how_long_and_for_which_client() {
    let (identity, _) = issuer(&clock());
    let request = TokenRequest {
        client_id: Some("two".to_owned()),
        expires_in: Some(5),
        ..alice()
    };
    let issued = identity.issue(TWO_CLIENTS, &request).unwrap();
    assert_eq!(issued.expires_at, START_MS / 1000 + 5);
    assert_eq!(claims(&issued.access_token)["client_id"], "two");
}

#[test]
fn what_no_cognito_token_could_say_is_refused() {
    let (identity, _) = issuer(&clock());
    let user = |user: &str| TokenRequest {
        user: user.to_owned(),
        ..TokenRequest::default()
    };
    let group = |group: &str| TokenRequest {
        groups: [group.to_owned()].into(),
        ..alice()
    };
    let lasting = |seconds| TokenRequest {
        expires_in: Some(seconds),
        ..alice()
    };
    let many = TokenRequest {
        groups: (0..101).map(|n| format!("team:{n}")).collect(),
        ..alice()
    };
    let other_client = TokenRequest {
        client_id: Some("other".to_owned()),
        ..alice()
    };
    let cases = [
        (
            "no such pool",
            "elsewhere",
            alice(),
            IssueError::Pool("elsewhere".to_owned()),
        ),
        (
            "no such client",
            POOL,
            other_client,
            IssueError::Client {
                client: "other".to_owned(),
                clients: vec!["client".to_owned()],
            },
        ),
        (
            "which client",
            TWO_CLIENTS,
            alice(),
            IssueError::WhichClient {
                clients: vec!["one".to_owned(), "two".to_owned()],
            },
        ),
        ("no user", POOL, user(""), IssueError::User),
        (
            "a long user",
            POOL,
            user(&"a".repeat(129)),
            IssueError::User,
        ),
        ("a user with a blank", POOL, user("a b"), IssueError::User),
        (
            "a user that separates",
            POOL,
            user("alice#1"),
            IssueError::User,
        ),
        (
            "a user that looks alike",
            POOL,
            user("\u{430}lice"),
            IssueError::User,
        ),
        ("an empty group", POOL, group(""), IssueError::Groups),
        (
            "a group with a blank",
            POOL,
            group("team red"),
            IssueError::Groups,
        ),
        (
            "a long group",
            POOL,
            group(&"g".repeat(129)),
            IssueError::Groups,
        ),
        ("many groups", POOL, many, IssueError::Groups),
        ("over at once", POOL, lasting(0), IssueError::ExpiresIn),
        (
            "too long",
            POOL,
            lasting(MAX_EXPIRES_IN + 1),
            IssueError::ExpiresIn,
        ),
    ];
    for (name, pool, request, expected) in cases {
        assert_eq!(identity.issue(pool, &request), Err(expected), "{name}");
    }
    let longest = user(&"a".repeat(128));
    assert!(identity.issue(POOL, &longest).is_ok());
}

#[test]
fn pools_can_be_replaced_while_it_serves() {
    let (identity, _) = issuer(&clock());
    identity.replace_pools([].into());
    let refused = identity.issue(POOL, &alice());
    assert_eq!(refused, Err(IssueError::Pool(POOL.to_owned())));
}

#[test]
fn neither_key_nor_token_shows_in_debug_output() {
    let key = SigningKey::generate().unwrap();
    let shown = format!("{key:?}");
    assert!(shown.contains("kid") && shown.len() < 100, "{shown}");
    let (identity, _) = issuer(&clock());
    let issued = identity.issue(POOL, &alice()).unwrap();
    let shown = format!("{issued:?} {identity:?}");
    for part in issued.access_token.split('.') {
        assert!(!shown.contains(part), "{shown}");
    }
}
