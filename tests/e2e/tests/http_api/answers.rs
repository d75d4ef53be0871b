//! What is answered, and with which words.

use std::time::Duration;

use http::{Method, StatusCode};
use tidegate_e2e::Answer;
use tidegate_local_cloud::system::Throttle;

use crate::bench::{Bench, Plan, signed, signed_by_us};

/// Asserts that an answer is one of the gateway's own.
#[track_caller]
fn assert_said(answer: &Answer, status: u16, message: &str) {
    let (got, body) = (answer.status.as_u16(), answer.body.as_str());
    assert_eq!(
        (got, body),
        (status, format!(r#"{{"message":"{message}"}}"#).as_str())
    );
    assert_eq!(answer.headers["content-type"], "application/json");
    let id = answer.headers["apigw-requestid"].to_str().unwrap();
    assert!(id.len() == 16 && id.ends_with('='), "{id}");
}

#[tokio::test]
async fn what_goes_wrong_is_said_in_the_words_of_api_gateway() {
    let bench = Plan::new()
        .route("POST /answers", "")
        .route("GET /crashes", "crash")
        .route("GET /fails", "error:Some.Type:some message")
        .route("GET /unauthorized", "error:Error:Unauthorized")
        .route("GET /no-status", r#"raw:{"statusCode":"ok"}"#)
        .route("GET /no-text", r#"raw:{"statusCode":200,"body":{}}"#)
        .route_with("GET /forbidden", "hi", |route| {
            route.integration.as_mut().unwrap().permitted = false;
        })
        .route_with("GET /nothing", "hi", |route| route.integration = None)
        .route_with("GET /slow", "hold", |route| {
            route.integration.as_mut().unwrap().timeout = Duration::from_millis(60);
        })
        .serve()
        .await;
    for (path, status, message) in [
        ("/nowhere", 404, "Not Found"),
        ("/", 404, "Not Found"),
        ("/answers", 404, "Not Found"),
        ("/crashes", 500, "Internal Server Error"),
        ("/fails", 500, "Internal Server Error"),
        ("/unauthorized", 500, "Internal Server Error"),
        ("/no-status", 500, "Internal Server Error"),
        ("/no-text", 500, "Internal Server Error"),
        ("/forbidden", 500, "Internal Server Error"),
        ("/nothing", 500, "Internal Server Error"),
        ("/slow", 503, "Service Unavailable"),
    ] {
        assert_said(&bench.get(path).await, status, message);
    }
    bench.stop().await;
}

#[tokio::test]
async fn an_api_without_a_stage_is_not_found() {
    let mut plan = Plan::new().route("$default", "hi");
    plan.api.stage = None;
    let bench = plan.serve().await;
    assert_said(&bench.get("/").await, 404, "Not Found");
    bench.stop().await;
}

#[tokio::test]
async fn too_much_is_refused_before_the_function_has_it() {
    let bench = Plan::new().route("POST /", "").serve().await;
    let most = 10 * 1024 * 1024;
    let body = "x".repeat(most + 1);
    let answer = bench.ask(Method::POST, "/", &[], &body).await;
    assert_said(&answer, 413, "Request Too Long");
    let long = "x".repeat(10_240);
    let answer = bench
        .ask(Method::POST, "/", &[("x-long", long.as_str())], "hi")
        .await;
    assert_said(&answer, 431, "Request Header Fields Too Large");
    let answer = bench.ask(Method::POST, "/", &[], "hi").await;
    assert_eq!((answer.status, &*answer.body), (StatusCode::OK, "hi"));
    bench.stop().await;
}

#[tokio::test]
async fn throttles_are_those_of_the_route_of_the_stage_and_of_the_account() {
    let few = Throttle {
        rate: 0.001,
        burst: 2.0,
    };
    let plan = || Plan::new().route("GET /a", "hi").route("GET /b", "hi");
    let statuses = async |bench: &Bench, path: &str| {
        let mut statuses = Vec::new();
        for _ in 0..3 {
            statuses.push(bench.get(path).await.status.as_u16());
        }
        statuses
    };

    let mut of_route = plan();
    let route_throttles = &mut of_route.stage().route_throttles;
    route_throttles.insert("GET /a".to_owned(), few);
    let bench = of_route.serve().await;
    assert_eq!(statuses(&bench, "/a").await, [200, 200, 429]);
    assert_eq!(statuses(&bench, "/b").await, [200, 200, 200]);
    bench.stop().await;

    let mut of_stage = plan();
    of_stage.stage().throttle = few;
    let bench = of_stage.serve().await;
    assert_eq!(statuses(&bench, "/a").await, [200, 200, 429]);
    assert_said(&bench.get("/b").await, 429, "Too Many Requests");
    bench.stop().await;

    let mut of_account = plan();
    of_account.limits.requests_per_second = 0;
    of_account.limits.requests_burst = 2;
    let bench = of_account.serve().await;
    assert_eq!(statuses(&bench, "/a").await, [200, 200, 429]);
    bench.stop().await;
}

#[tokio::test]
async fn a_route_for_servers_takes_the_accounts_signature_only() {
    let bench = Plan::new()
        .route_with("POST /signed", "", |route| route.iam = true)
        .serve()
        .await;
    let stranger = signed("AKIDSTRANGER");
    for headers in [
        &[] as &[(&str, &str)],
        &[("authorization", "Bearer token")],
        &[("authorization", stranger.as_str())],
    ] {
        let answer = bench.ask(Method::POST, "/signed", headers, "event").await;
        assert_said(&answer, 403, "Forbidden");
    }
    let ours = signed_by_us();
    let headers = [("authorization", ours.as_str())];
    let answer = bench.ask(Method::POST, "/signed", &headers, "event").await;
    let event: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    let caller = &event["requestContext"]["authorizer"]["iam"];
    assert_eq!(caller["userArn"], "arn:aws:iam::111122223333:root");
    bench.stop().await;
}

#[tokio::test]
async fn what_a_function_answers_is_what_the_caller_gets() {
    let full = r#"raw:{"statusCode":418,"headers":{"X-Kind":"teapot","apigw-requestid":"mine"},"cookies":["a=1","b=2"],"body":"c2hvcnQ=","isBase64Encoded":true}"#;
    let bench = Plan::new()
        .route("GET /full", full)
        .route("GET /bare", r#"raw:{"a":1}"#)
        .serve()
        .await;
    let answer = bench.get("/full").await;
    assert_eq!(answer.status.as_u16(), 418);
    assert_eq!(answer.body, "short");
    assert_eq!(answer.headers["x-kind"], "teapot");
    assert_ne!(answer.headers["apigw-requestid"], "mine");
    let cookies = answer.headers.get_all("set-cookie").iter();
    assert_eq!(cookies.collect::<Vec<_>>(), ["a=1", "b=2"]);

    let answer = bench.get("/bare").await;
    assert_eq!(
        (answer.status, &*answer.body),
        (StatusCode::OK, r#"{"a":1}"#)
    );
    assert_eq!(answer.headers["content-type"], "application/json");
    bench.stop().await;
}

#[tokio::test]
async fn what_is_being_answered_when_it_ends_is_answered() {
    let bench = Plan::new().route("GET /slow", "sleep:500").serve().await;
    let shutdown = bench.shutdown.clone();
    let stopping = async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        shutdown.cancel();
    };
    let (answer, ()) = tokio::join!(bench.get("/slow"), stopping);
    assert_eq!((answer.status, &*answer.body), (StatusCode::OK, "slept"));
    bench.stop().await;
}
