//! What functions get.

use http::Method;
use serde_json::{Value, json};
use tidegate_test_events::fixture;

use crate::bench::Plan;

/// Where what differs from one run, and from one place, to the next stands.
const VARYING: [&str; 14] = [
    "/headers/content-length",
    "/headers/host",
    "/headers/x-amzn-trace-id",
    "/headers/x-forwarded-for",
    "/headers/x-forwarded-port",
    "/headers/x-forwarded-proto",
    "/requestContext/apiId",
    "/requestContext/domainName",
    "/requestContext/domainPrefix",
    "/requestContext/http/sourceIp",
    "/requestContext/requestId",
    "/requestContext/time",
    "/requestContext/timeEpoch",
    "/requestContext/accountId",
];

/// The event with the kind of what varies in its place.
fn masked(mut event: Value) -> Value {
    for place in VARYING {
        let value = event
            .pointer_mut(place)
            .unwrap_or_else(|| panic!("{place} is missing"));
        *value = match value {
            Value::Number(_) => json!("a number"),
            Value::String(_) => json!("a text"),
            other => panic!("{place} is {other}"),
        };
    }
    // The function hands on all but the body.
    event.as_object_mut().unwrap().remove("body");
    event
}

#[tokio::test]
async fn an_event_is_of_the_shape_that_aws_sends() {
    let mut plan = Plan::new().route("POST /things/{id}", "");
    plan.stage()
        .variables
        .insert("colour".to_owned(), "green".to_owned());
    let bench = plan.serve().await;
    let headers = [
        ("content-type", "application/json"),
        ("cookie", "k=v; s=t"),
        ("user-agent", "curl/8.5"),
        ("X-Twice", "one"),
        ("x-twice", "two"),
    ];
    let url = format!("http://{}/things/7?a=1&a=2&b=x%20y", bench.address);
    let answer = tidegate_e2e::call(Method::POST, &url, &headers, "event").await;
    let event: Value = serde_json::from_str(&answer.unwrap().body).unwrap();
    assert_eq!(masked(event), masked(fixture("http-with-everything")));
    bench.stop().await;
}

#[tokio::test]
async fn what_there_is_none_of_is_left_out() {
    let bench = Plan::new().route("$default", "event").serve().await;
    let event: Value = serde_json::from_str(&bench.get("/any/thing").await.body).unwrap();
    assert_eq!(event["routeKey"], "$default");
    assert_eq!(event["rawQueryString"], "");
    assert_eq!(event["isBase64Encoded"], false);
    for absent in [
        "body",
        "cookies",
        "pathParameters",
        "queryStringParameters",
        "stageVariables",
    ] {
        assert_eq!(event.get(absent), None, "{absent}");
    }
    assert_eq!(event["requestContext"].get("authorizer"), None);
    bench.stop().await;
}

#[tokio::test]
async fn who_a_request_came_through_stands_before_who_it_comes_from() {
    let bench = Plan::new().route("GET /", "event").serve().await;
    let headers = [("x-forwarded-for", "198.51.100.9")];
    let answer = bench.ask(Method::GET, "/", &headers, "").await;
    let event: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(
        event["headers"]["x-forwarded-for"],
        "198.51.100.9, 127.0.0.1"
    );
    assert_eq!(event["requestContext"]["http"]["sourceIp"], "127.0.0.1");
    bench.stop().await;
}
