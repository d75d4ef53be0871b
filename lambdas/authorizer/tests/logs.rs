//! What the function's process writes: one line about each invocation, and never a token.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

mod support;

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;
use support::{NAMESPACES, issuer};
use tidegate_contract::origin::OriginDigest;
use tidegate_test_events::{Ran, run_once};
use tidegate_test_issuer::{Issuer, bearing};

const ORIGIN_SECRET: &str = "a-secret-of-at-least-thirty-two-letters";

#[expect(
    clippy::disallowed_methods,
    reason = "the process that is tested takes the machine's time"
)]
fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

/// Runs the real binary on one handshake; `status` is what the issuer of the keys answers with.
fn run(issuer: &Issuer, token: &str, status: u16) -> Ran {
    run_behind(ORIGIN_SECRET, issuer, token, status)
}

/// The same where CloudFront has this secret.
fn run_behind(secret: &str, issuer: &Issuer, token: &str, status: u16) -> Ran {
    let digests = OriginDigest::of(secret).to_string();
    let environment = [
        ("TIDEGATE_ISSUER", "http://{address}/pool"),
        ("TIDEGATE_CLIENT_ID", "client"),
        ("TIDEGATE_NAMESPACES", NAMESPACES),
        ("TIDEGATE_ORIGIN_SECRETS", &*digests),
        ("TIDEGATE_TABLE", "registry"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        // The most that can be asked for.
        ("TIDEGATE_LOG_LEVEL", "trace,lambda_runtime=trace"),
    ];
    let keys = json!(issuer.keys).to_string();
    let mut event = bearing("authorizer-with-subprotocol", token);
    event["multiValueHeaders"]["X-Origin-Verify"] = json!([ORIGIN_SECRET]);
    let binary = env!("CARGO_BIN_EXE_tidegate-authorizer");
    let ran = run_once(binary, &environment, &event, move |asked| {
        assert_eq!(asked.path, "/pool/.well-known/jwks.json");
        (status, keys.clone())
    });
    for part in token.split('.') {
        assert!(!ran.output.contains(part), "{}", ran.output);
    }
    assert!(!ran.output.contains(ORIGIN_SECRET), "{}", ran.output);
    ran
}

#[test]
fn a_token_is_not_logged_whatever_becomes_of_it() {
    let issuer = issuer();
    // The issuer's address is not known before the function runs, so no token can name it: each is refused at the end.
    let started = now();
    let ran = run(&issuer, &issuer.token(&json!({"exp": now() + 60})), 200);
    assert_eq!(
        (&*ran.kind, &ran.body["errorMessage"]),
        ("error", &json!("Unauthorized"))
    );
    let mut report = ran.report();
    let metadata = report.as_object_mut().unwrap().remove("_aws").unwrap();
    assert_eq!(
        report,
        json!({
            "requestId": "request-1", "traceId": "1-5759e988-bd862e3fe1be46a994272793",
            "route": "authorizer", "connection": "RYGzEcSNvHcCH8A=", "outcome": "unauthorized",
            "readUnits": 0.0, "writeUnits": 0.0,
            "Stack": "tidegate/test", "Reason": "unauthorized",
            "Connects": 0.0, "ConnectsRefused": 1.0, "ConnectsFailed": 0.0,
        })
    );
    assert!(metadata["Timestamp"].as_u64().unwrap() / 1000 >= started);
    // It is a decision: nothing calls it an error, however many there are.
    assert!(!ran.output.contains("ERROR"), "{}", ran.output);

    let ran = run(&issuer, &issuer.token(&json!({"exp": now() + 60})), 500);
    assert_eq!(ran.kind, "error");
    let message = ran.body["errorMessage"].as_str().unwrap();
    assert!(message.contains("status 500"), "{message}");
    let report = ran.report();
    assert_eq!(report["outcome"], "unavailable");
    assert_eq!(
        (&report["problem"], &report["ConnectsFailed"]),
        (&json!(message), &json!(1.0))
    );
}

#[test]
fn the_secret_of_the_origin_is_not_logged_whether_it_is_right_or_wrong() {
    let issuer = issuer();
    let token = issuer.token(&json!({"exp": now() + 60}));
    let elsewhere = run_behind("another-secret-of-thirty-two-letters", &issuer, &token, 200);
    assert_eq!(
        (&*elsewhere.kind, &elsewhere.body["errorMessage"]),
        ("error", &json!("Unauthorized"))
    );
    assert_eq!(elsewhere.report()["outcome"], "origin");
}
