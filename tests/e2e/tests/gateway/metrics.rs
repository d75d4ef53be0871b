//! What API Gateway and Lambda count of themselves.

use http::Method;

use crate::bench::{Plan, forbidden};

const API: &str = "AWS/ApiGateway";
const LAMBDA: &str = "AWS/Lambda";
const BY_API: &[(&str, &str)] = &[("ApiId", "abc")];
const BY_STAGE: &[(&str, &str)] = &[("ApiId", "abc"), ("Stage", "dev")];

fn by_route(route: &str) -> Vec<(&str, &str)> {
    [BY_STAGE, &[("Route", route)]].concat()
}

#[tokio::test]
async fn frames_are_counted_by_api_stage_and_route() {
    let bench = Plan::new().two_way("known").serve().await;
    let mut client = bench.client().await;
    client.send(r#"{"action":"known"}"#).await;
    client.receive_text().await;
    client.send("no route").await;
    let id = client.receive().await["connectionId"]
        .as_str()
        .map(str::to_owned)
        .unwrap();
    assert_eq!(bench.post(&id, "pushed").await, 200);
    client.receive_text().await;
    assert_eq!(bench.manage(Method::POST, "nobody", "x").await.status, 410);

    // Two frames came in, and three went out; only what comes in has a route.
    for dimensions in [BY_API, BY_STAGE] {
        assert_eq!(bench.sum(API, "MessageCount", dimensions), 5.0);
        assert_eq!(bench.sum(API, "ClientError", dimensions), 1.0);
        assert_eq!(bench.sum(API, "ExecutionError", dimensions), 0.0);
    }
    assert_eq!(bench.sum(API, "MessageCount", &by_route("known")), 1.0);
    assert_eq!(
        bench.samples(API, "IntegrationLatency", &by_route("known")),
        1.0
    );
    bench.stop().await;
}

#[tokio::test]
async fn what_fails_is_an_error_of_the_function_and_of_the_call() {
    let bench = Plan::new().two_way("$default").serve().await;
    let mut client = bench.client().await;
    for frame in ["hello", "error:Some.Type:no", "crash"] {
        client.send(frame).await;
        client.receive_text().await;
    }
    let function = [("FunctionName", "$default")];
    assert_eq!(bench.sum(LAMBDA, "Invocations", &function), 3.0);
    assert_eq!(bench.sum(LAMBDA, "Errors", &function), 2.0);
    assert_eq!(bench.samples(LAMBDA, "Errors", &function), 3.0);
    assert_eq!(bench.sum(LAMBDA, "Throttles", &function), 0.0);
    assert_eq!(
        bench.samples(LAMBDA, "ConcurrentExecutions", &function),
        3.0
    );
    assert!(bench.samples(LAMBDA, "Duration", &function) >= 2.0);
    assert_eq!(bench.sum(API, "ExecutionError", &by_route("$default")), 2.0);
    bench.stop().await;
}

#[tokio::test]
async fn a_handshake_that_cannot_be_asked_for_is_an_execution_error() {
    let bench = Plan::new()
        .route("$connect", Some(forbidden("connect")), false)
        .serve()
        .await;
    assert_eq!(bench.refused().await, 500);
    assert_eq!(bench.sum(API, "ConnectCount", &by_route("$connect")), 1.0);
    assert_eq!(bench.sum(API, "ExecutionError", BY_API), 1.0);
    bench.stop().await;
}
