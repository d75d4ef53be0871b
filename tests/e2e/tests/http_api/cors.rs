//! Pages of other origins.

use http::{HeaderMap, Method, StatusCode};
use tidegate_local_cloud::system::Cors;

use crate::bench::{Bench, Plan};

const APP: &str = "https://app.example";

fn cors() -> Cors {
    let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
    Cors {
        allow_origins: texts(&[APP]),
        allow_methods: texts(&["GET", "POST"]),
        allow_headers: texts(&["authorization"]),
        expose_headers: texts(&["apigw-requestid"]),
        max_age_s: Some(600),
        allow_credentials: true,
    }
}

async fn preflight(bench: &Bench, origin: &str, method: &str) -> (StatusCode, HeaderMap) {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", method),
    ];
    let answer = bench.ask(Method::OPTIONS, "/", &headers, "").await;
    assert_eq!(answer.body, "");
    (answer.status, answer.headers)
}

/// What an answer says of other origins.
fn said(headers: &HeaderMap) -> Vec<String> {
    let mut said: Vec<String> = headers
        .iter()
        .filter_map(|(name, value)| {
            let name = name.as_str().strip_prefix("access-control-")?;
            Some(format!("{name}: {}", value.to_str().unwrap()))
        })
        .collect();
    said.sort();
    said
}

#[tokio::test]
async fn a_preflight_is_answered_by_the_gateway_whatever_routes_there_are() {
    let bench = Plan::new().cors(cors()).serve().await;
    let (status, headers) = preflight(&bench, APP, "POST").await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(
        said(&headers),
        [
            "allow-credentials: true",
            "allow-headers: authorization",
            "allow-methods: GET,POST",
            "allow-origin: https://app.example",
            "expose-headers: apigw-requestid",
            "max-age: 600",
        ]
    );
    let (status, headers) = preflight(&bench, "https://evil.example", "POST").await;
    assert_eq!(
        (status, said(&headers)),
        (StatusCode::NO_CONTENT, Vec::new())
    );
    bench.stop().await;
}

#[tokio::test]
async fn an_authorized_default_route_takes_preflights_too_unless_a_public_one_stands_beside_it() {
    let authorized = || {
        Plan::new()
            .cors(cors())
            .route_with("$default", "hi", |route| route.iam = true)
    };
    let bench = authorized().serve().await;
    let headers = [("origin", APP), ("access-control-request-method", "GET")];
    let answer = bench.ask(Method::OPTIONS, "/", &headers, "").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    bench.stop().await;

    let bench = authorized().route("OPTIONS /", "hi").serve().await;
    let (status, _) = preflight(&bench, APP, "GET").await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    bench.stop().await;
}

#[tokio::test]
async fn what_the_gateway_says_of_origins_goes_over_what_a_function_says() {
    let function = r#"raw:{"statusCode":200,"headers":{"Access-Control-Allow-Origin":"https://evil.example","access-control-allow-methods":"*"}}"#;
    let bench = Plan::new()
        .cors(cors())
        .route("GET /", function)
        .serve()
        .await;
    let answer = bench.ask(Method::GET, "/", &[("origin", APP)], "").await;
    let expected = [
        "allow-credentials: true",
        "allow-origin: https://app.example",
        "expose-headers: apigw-requestid",
    ];
    assert_eq!(said(&answer.headers), expected);
    // Errors too: a page could not even read their status otherwise.
    let answer = bench
        .ask(Method::GET, "/nowhere", &[("origin", APP)], "")
        .await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(said(&answer.headers), expected);
    let answer = bench
        .ask(Method::GET, "/", &[("origin", "https://evil.example")], "")
        .await;
    assert!(said(&answer.headers).is_empty());
    bench.stop().await;
}

#[tokio::test]
async fn without_a_configuration_the_function_speaks_for_itself() {
    let function = r#"raw:{"statusCode":200,"headers":{"access-control-allow-origin":"*"}}"#;
    let bench = Plan::new().route("GET /", function).serve().await;
    let answer = bench.ask(Method::GET, "/", &[("origin", APP)], "").await;
    assert_eq!(said(&answer.headers), ["allow-origin: *"]);
    let headers = [("origin", APP), ("access-control-request-method", "GET")];
    let answer = bench.ask(Method::OPTIONS, "/", &headers, "").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    bench.stop().await;
}
