//! An invocation's way to the process and back.

mod support;

use std::path::PathBuf;

use bytes::Bytes;
use support::{ARN, NOOP, bench, bench_with, call, event, spec};
use tidegate_local_functions::{FunctionSpec, InvokeError, InvokeOptions, PoolOptions};

#[tokio::test]
async fn the_response_is_what_the_function_returned() {
    let bench = bench(spec());
    assert_eq!(call(&bench.function, "hello").await.unwrap(), "hello");
}

#[tokio::test]
async fn the_noop_answers_with_the_events_body_as_it_is_written() {
    let bench = bench(FunctionSpec {
        binary: PathBuf::from(NOOP),
        ..spec()
    });
    for (event, reply) in [
        (
            r#"{"requestContext":{},"body":"{\"a\":\"\\u00e9\"}"}"#,
            r#"{"statusCode":200,"body":"{\"a\":\"\\u00e9\"}"}"#,
        ),
        (r#"{"requestContext":{}}"#, r#"{"statusCode":200}"#),
    ] {
        assert_eq!(
            bench
                .function
                .invoke(Bytes::from_static(event.as_bytes()))
                .await
                .unwrap(),
            reply
        );
    }
}

#[tokio::test]
async fn the_function_gets_id_deadline_arn_and_trace() {
    let bench = bench(spec());
    let id = bench.function.new_request_id();
    let trace = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1";
    let options = InvokeOptions {
        request_id: Some(id),
        trace_header: Some(trace.to_owned()),
        client_context: Some("{}".to_owned()),
    };
    let reply = bench
        .function
        .invoke_with(event("context"), options)
        .await
        .unwrap();
    let reply = String::from_utf8(reply.to_vec()).unwrap();
    assert!(reply.contains(&format!("{id} ")), "{reply}");
    assert!(reply.contains(&format!(" {ARN} {trace}")), "{reply}");
    let made_up = call(&bench.function, "context").await.unwrap();
    assert!(
        made_up.contains("Root=1-") && made_up.ends_with("Sampled=0"),
        "{made_up}"
    );
}

#[tokio::test]
async fn a_context_that_cannot_be_a_header_is_refused() {
    let bench = bench(spec());
    let options = InvokeOptions {
        trace_header: Some("a\nb".to_owned()),
        ..InvokeOptions::default()
    };
    let error = bench
        .function
        .invoke_with(event("x"), options)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            InvokeError::InvalidContext {
                what: "trace header"
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_function_error_keeps_its_text_to_the_letter() {
    let bench = bench(spec());
    for (told, kind, text) in [
        ("error:Refused:Unauthorized", "Refused", "Unauthorized"),
        ("error:Refused: Unauthorized.", "Refused", " Unauthorized."),
        ("error:Empty:", "Empty", ""),
    ] {
        let error = call(&bench.function, told).await.unwrap_err();
        match error {
            InvokeError::FunctionError {
                error_type,
                message,
                stack_trace,
            } => {
                assert_eq!((error_type.as_str(), message.as_str()), (kind, text));
                assert!(stack_trace.is_empty());
            }
            other => panic!("{other:?}"),
        }
    }
    let stats = bench.function.stats();
    assert_eq!(
        (stats.cold_starts, stats.invocations, stats.errors),
        (1, 3, 3)
    );
}

#[tokio::test]
async fn a_panic_in_the_handler_is_a_function_error() {
    let bench = bench(spec());
    match call(&bench.function, "panic").await.unwrap_err() {
        InvokeError::FunctionError { message, .. } => {
            assert_eq!(message, "Lambda panicked: told to panic");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(call(&bench.function, "hello").await.unwrap(), "hello");
    assert_eq!(bench.function.stats().cold_starts, 1);
}

#[tokio::test]
async fn a_response_of_just_under_the_limit_arrives() {
    let bench = bench(spec());
    let size = 6 * 1_024 * 1_024;
    assert_eq!(
        call(&bench.function, &format!("big:{size}"))
            .await
            .unwrap()
            .len(),
        size
    );
}

#[tokio::test]
async fn a_response_over_the_limit_fails_and_the_process_lives() {
    let bench = bench(spec());
    let pid = call(&bench.function, "pid").await.unwrap();
    match call(&bench.function, &format!("big:{}", 7 * 1_024 * 1_024))
        .await
        .unwrap_err()
    {
        InvokeError::FunctionError {
            error_type,
            message,
            ..
        } => {
            assert_eq!(error_type, "Function.ResponseSizeTooLarge");
            assert_eq!(
                message,
                "Response payload size exceeded maximum allowed payload size (6291556 bytes)."
            );
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(call(&bench.function, "pid").await.unwrap(), pid);
}

#[tokio::test]
async fn an_event_over_the_limit_reaches_no_process() {
    let bench = bench_with(
        spec(),
        PoolOptions {
            max_request_bytes: 20,
            ..PoolOptions::default()
        },
    );
    let error = bench
        .function
        .invoke(event("twenty-one bytes, or more"))
        .await
        .unwrap_err();
    assert!(
        matches!(error, InvokeError::PayloadTooLarge { limit: 20, .. }),
        "{error:?}"
    );
    assert_eq!(bench.function.stats().cold_starts, 0);
}

#[tokio::test]
async fn a_streamed_response_arrives_whole_and_only_once() {
    let bench = bench(spec());
    // What `lambda_runtime` posts after it is the second answer to the invocation.
    let reply = bench
        .function
        .invoke(event("chunked:one :two"))
        .await
        .unwrap();
    assert_eq!(reply, "one two");
    assert_eq!(call(&bench.function, "hello").await.unwrap(), "hello");
    assert_eq!(bench.function.stats().cold_starts, 1);
}
