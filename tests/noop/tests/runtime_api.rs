//! What a process gets from its Runtime API when it asks for the wrong thing.

mod support;

use bytes::Bytes;
use support::{bench, spec};

#[expect(clippy::unwrap_used, reason = "only tests call this")]
async fn check(request: &str, status: &str, text: &str) {
    let bench = bench(spec());
    let event = Bytes::from(format!(r#"{{"body":"api:{request}"}}"#));
    let reply = support::bounded(bench.function.invoke(event))
        .await
        .unwrap();
    let reply = std::str::from_utf8(&reply).unwrap().replace("\\\"", "\"");
    assert!(
        reply.contains(&format!(r#""body":"{status} "#)),
        "{request}: {reply}"
    );
    assert!(reply.contains(text), "{request}: {reply}");
}

#[tokio::test]
async fn a_wrong_request_id_is_a_bad_request() {
    let text = r#"{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}"#;
    check(
        "POST /2018-06-01/runtime/invocation/wrong/response",
        "400",
        text,
    )
    .await;
    check(
        "POST /2018-06-01/runtime/invocation/wrong/error",
        "400",
        text,
    )
    .await;
}

#[tokio::test]
async fn next_before_the_response_is_forbidden() {
    check(
        "GET /2018-06-01/runtime/invocation/next",
        "403",
        r#""errorType":"InvalidStateTransition""#,
    )
    .await;
}

#[tokio::test]
async fn an_init_error_after_the_start_is_forbidden() {
    check(
        "POST /2018-06-01/runtime/init/error",
        "403",
        r#""errorType":"InvalidStateTransition""#,
    )
    .await;
}

#[tokio::test]
async fn extensions_telemetry_and_snapstart_are_refused_clearly() {
    check(
        "POST /2020-01-01/extension/register",
        "403",
        "extensions are not emulated",
    )
    .await;
    check(
        "PUT /2022-07-01/telemetry",
        "403",
        "Telemetry APIs are not emulated",
    )
    .await;
    check(
        "GET /2018-06-01/runtime/restore/next",
        "403",
        "SnapStart is not emulated",
    )
    .await;
}

#[tokio::test]
async fn an_unknown_path_is_not_found() {
    check(
        "GET /2018-06-01/runtime/invocation/previous",
        "404",
        "the Runtime API has no /2018-06-01/runtime",
    )
    .await;
    check("GET /", "404", "the Runtime API has no /").await;
}

#[tokio::test]
async fn another_method_is_not_allowed() {
    check(
        "POST /2018-06-01/runtime/invocation/next",
        "405",
        r#""errorType":"MethodNotAllowed""#,
    )
    .await;
    check(
        "GET /2018-06-01/runtime/invocation/wrong/response",
        "405",
        r#""errorType":"MethodNotAllowed""#,
    )
    .await;
}
