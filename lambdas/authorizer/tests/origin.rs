//! Behind CloudFront: who goes around it is not let in.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

mod support;

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};
use support::{NAMESPACES, behind, issuer};
use tidegate_authorizer::{Authorizer, Origin};
use tidegate_contract::origin::{OriginDigest, OriginSecrets};
use tidegate_test_events::parsed;
use tidegate_test_issuer::{ISSUER, Issuer, NOW_MS, bearing};

const OLD: &str = "an old secret of at least thirty-two";
const NEWEST: &str = "the-newest-secret-of-thirty-two-or-more";

fn rotating() -> String {
    let old = OLD.replace(' ', "-");
    let secrets = OriginSecrets::new(old).unwrap();
    secrets.rotated(NEWEST.to_owned()).unwrap().digests()
}

/// Headers by name, each with its lines.
type Lines<'a> = &'a [(&'a str, &'a [&'a str])];

/// A handshake with a good token and these headers.
fn with(issuer: &Issuer, headers: Lines<'_>) -> Value {
    let mut event = bearing("authorizer-with-subprotocol", &issuer.token(&json!({})));
    for (name, lines) in headers {
        event["multiValueHeaders"][*name] = json!(lines);
    }
    event
}

async fn outcome(authorizer: &Authorizer, event: Value) -> &'static str {
    let (answer, report) = authorizer.handle(&parsed(event), NOW_MS).await;
    match report.outcome {
        "ok" => assert!(answer.is_ok()),
        _ => assert_eq!(answer, Err("Unauthorized".to_owned())),
    }
    report.outcome
}

#[tokio::test]
async fn what_comes_with_either_secret_is_let_in_however_the_header_is_written() {
    let issuer = issuer();
    let authorizer = behind(issuer.verifier(), NAMESPACES, &rotating());
    for name in ["X-Origin-Verify", "x-origin-verify", "X-ORIGIN-VERIFY"] {
        for secret in [NEWEST, &OLD.replace(' ', "-")] {
            let event = with(&issuer, &[(name, &[secret])]);
            assert_eq!(outcome(&authorizer, event).await, "ok", "{name}");
        }
    }
}

#[tokio::test]
async fn a_finished_rotation_accepts_the_newest_only() {
    let issuer = issuer();
    let authorizer = behind(
        issuer.verifier(),
        NAMESPACES,
        &OriginDigest::of(NEWEST).to_string(),
    );
    let newest = with(&issuer, &[("X-Origin-Verify", &[NEWEST])]);
    assert_eq!(outcome(&authorizer, newest).await, "ok");
    let old = OLD.replace(' ', "-");
    let event = with(&issuer, &[("X-Origin-Verify", &[&old])]);
    assert_eq!(outcome(&authorizer, event).await, "origin");
}

#[tokio::test]
async fn whoever_goes_around_cloudfront_is_unauthorized_whatever_they_try() {
    let issuer = issuer();
    let authorizer = behind(issuer.verifier(), NAMESPACES, &rotating());
    let digest = OriginDigest::of(NEWEST).to_string();
    let upper = digest.to_uppercase();
    let longer = format!("{NEWEST}x");
    let both = format!("{NEWEST},{NEWEST}");
    let blank = format!("{NEWEST} ");
    let cases: [(&str, Lines<'_>); 14] = [
        ("no header", &[]),
        ("no line", &[("X-Origin-Verify", &[])]),
        ("an empty header", &[("X-Origin-Verify", &[""])]),
        ("another secret", &[("X-Origin-Verify", &[ISSUER])]),
        ("a prefix", &[("X-Origin-Verify", &[&NEWEST[..20]])]),
        ("more than it", &[("X-Origin-Verify", &[&longer])]),
        ("a blank after it", &[("X-Origin-Verify", &[&blank])]),
        ("the digest itself", &[("X-Origin-Verify", &[&digest])]),
        ("the digest in capitals", &[("X-Origin-Verify", &[&upper])]),
        ("in one line twice", &[("X-Origin-Verify", &[&both])]),
        ("in two lines", &[("X-Origin-Verify", &[NEWEST, NEWEST])]),
        ("a guess before it", &[("X-Origin-Verify", &["", NEWEST])]),
        (
            "two spellings",
            &[
                ("X-Origin-Verify", &[NEWEST]),
                ("x-origin-verify", &[NEWEST]),
            ],
        ),
        ("a header like it", &[("X-Origin-Verified", &[NEWEST])]),
    ];
    for (name, headers) in cases {
        let event = with(&issuer, headers);
        assert_eq!(outcome(&authorizer, event).await, "origin", "{name}");
    }
    let mut nothing = with(&issuer, &[]);
    nothing["multiValueHeaders"] = Value::Null;
    assert_eq!(outcome(&authorizer, nothing).await, "origin");
}

#[tokio::test]
async fn the_secret_is_no_token() {
    let issuer = issuer();
    let authorizer = behind(issuer.verifier(), NAMESPACES, &rotating());
    let mut event = with(&issuer, &[("X-Origin-Verify", &[NEWEST])]);
    event["multiValueHeaders"]["Sec-WebSocket-Protocol"] = json!(["tidegate.v1"]);
    assert_eq!(outcome(&authorizer, event).await, "unauthorized");
}

#[tokio::test]
async fn without_cloudfront_the_header_means_nothing() {
    let issuer = issuer();
    let authorizer = behind(issuer.verifier(), NAMESPACES, "");
    for headers in [&[][..], &[("X-Origin-Verify", &["a", "b"][..])]] {
        assert_eq!(outcome(&authorizer, with(&issuer, headers)).await, "ok");
    }
}

#[test]
fn digests_that_are_none_end_the_start() {
    let good = OriginDigest::of(NEWEST).to_string();
    for wrong in [
        "wrong",
        &good[1..],
        &good.to_uppercase(),
        &format!("{good},"),
    ] {
        let variables: HashMap<&str, &str> = [
            ("TIDEGATE_ISSUER", ISSUER),
            ("TIDEGATE_CLIENT_ID", "client"),
            ("TIDEGATE_NAMESPACES", NAMESPACES),
            ("TIDEGATE_ORIGIN_SECRETS", wrong),
            ("TIDEGATE_TABLE", "registry"),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "key"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
        ]
        .into();
        let started = Authorizer::from_environment(
            |name| variables.get(name).map(|value| (*value).into()),
            &Arc::default(),
        );
        let Err(error) = started else {
            panic!("it starts with {wrong}")
        };
        let told = error.to_string();
        assert!(
            told.contains("origin secrets") && !told.contains(wrong),
            "{told}"
        );
    }
    assert!(Origin::read("").is_ok());
}

#[tokio::test]
async fn the_secret_is_in_no_report_and_no_debug_output() {
    let issuer = issuer();
    let authorizer = behind(issuer.verifier(), NAMESPACES, &rotating());
    for lines in [&[NEWEST][..], &[NEWEST, NEWEST]] {
        let request = parsed(with(&issuer, &[("X-Origin-Verify", lines)]));
        let decision = authorizer.decide(&request, NOW_MS).await;
        let answer = authorizer.handle(&request, NOW_MS).await;
        let shown = format!("{request:?} {decision:?} {answer:?}");
        assert!(!shown.contains(NEWEST), "{shown}");
    }
}
