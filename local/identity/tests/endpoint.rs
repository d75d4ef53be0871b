//! The issuer over HTTP, as functions and developers meet it.

mod support;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use support::served::{Served, request};
use support::{BASE_URL, POOL, START_MS, TWO_CLIENTS, VALIDITY_S, clock, identity, verifier};
use tokio::net::TcpStream;

async fn served() -> Served {
    Served::start(identity(&clock())).await
}

fn token_path() -> String {
    format!("/{POOL}/local/token")
}

#[tokio::test]
async fn a_token_from_the_endpoint_passes_with_the_keys_from_the_endpoint() {
    let served = served().await;
    let body = json!({"user": "alice", "groups": ["team:red"]}).to_string();
    let (response, issued) = served
        .ask(request(Method::POST, &token_path(), &body))
        .await;
    assert_eq!(response.status(), StatusCode::OK, "{issued}");
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(issued["tokenType"], "Bearer");
    assert_eq!(issued["expiresAt"], START_MS / 1000 + VALIDITY_S);

    let (status, keys) = served.get(&format!("/{POOL}/.well-known/jwks.json")).await;
    assert_eq!(status, StatusCode::OK);
    let verifier = verifier(serde_json::from_value(keys).unwrap());
    let token = issued["accessToken"].as_str().unwrap();
    let claims = verifier.verify(token, START_MS).await.unwrap();
    assert_eq!(claims.sub, "alice");
}

#[tokio::test]
async fn the_configuration_names_the_issuer_of_the_tokens_and_only_what_exists() {
    let served = served().await;
    let (status, configuration) = served
        .get(&format!("/{POOL}/.well-known/openid-configuration"))
        .await;
    assert_eq!(status, StatusCode::OK);
    let issuer = format!("{BASE_URL}/{POOL}");
    assert_eq!(
        configuration["issuer"], issuer,
        "whatever the request's host"
    );
    let keys_at = configuration["jwks_uri"].as_str().unwrap();
    let path = keys_at.strip_prefix(BASE_URL).unwrap();
    assert_eq!(served.get(path).await.0, StatusCode::OK);
    let endpoints = configuration.as_object().unwrap().keys();
    let endpoints: Vec<_> = endpoints
        .filter(|name| name.ends_with("_endpoint"))
        .collect();
    assert!(endpoints.is_empty(), "{endpoints:?}");
}

#[tokio::test]
async fn a_web_page_gets_no_token() {
    let served = served().await;
    for origin in ["https://evil.test", "http://127.0.0.1:3000", "null"] {
        let mut request = request(Method::POST, &token_path(), r#"{"user":"alice"}"#);
        let headers = request.headers_mut();
        headers.insert("origin", origin.parse().unwrap());
        let (response, refused) = served.ask(request).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{origin}");
        let message = refused["message"].as_str().unwrap();
        assert!(message.contains("not given to web pages"), "{message}");
        assert_eq!(refused["accessToken"], Value::Null);
    }
    let mut preflight = request(Method::OPTIONS, &token_path(), "");
    let headers = preflight.headers_mut();
    headers.insert("origin", "https://evil.test".parse().unwrap());
    let (response, _) = served.ask(preflight).await;
    let allowed = response.headers().get("access-control-allow-origin");
    assert_eq!(
        (response.status(), allowed),
        (StatusCode::METHOD_NOT_ALLOWED, None)
    );
}

#[tokio::test]
async fn each_wrong_request_is_told_what_is_wrong() {
    let served = served().await;
    let here = token_path();
    let two = format!("/{TWO_CLIENTS}/local/token");
    let long = format!(r#"{{"user":"{}"}}"#, "a".repeat(40_000));
    let cases: [(&str, &str, u16, &str, &str); 10] = [
        (
            "/elsewhere/local/token",
            r#"{"user":"a"}"#,
            404,
            "unknown_pool",
            "`elsewhere`",
        ),
        (
            &here,
            r#"{"user":"a","clientId":"x"}"#,
            400,
            "unknown_client",
            "it has client",
        ),
        (&two, r#"{"user":"a"}"#, 400, "unknown_client", "one, two"),
        (&here, "", 400, "bad_request", "EOF"),
        (&here, "user=alice", 400, "bad_request", "must be like"),
        (
            &here,
            r#"{"groups":[]}"#,
            400,
            "bad_request",
            "missing field `user`",
        ),
        (
            &here,
            r#"{"user":"a","group":[]}"#,
            400,
            "bad_request",
            "unknown field `group`",
        ),
        (
            &here,
            r#"{"user":"a/b"}"#,
            400,
            "bad_user",
            "1 to 128 letters",
        ),
        (
            &here,
            r#"{"user":"a","expiresIn":0}"#,
            400,
            "bad_expiry",
            "from 1 to 86400",
        ),
        (&here, &long, 413, "too_large", "at most 32768 bytes"),
    ];
    for (path, body, status, code, message) in cases {
        let (answered, refused) = served.post(path, body).await;
        assert_eq!(answered.as_u16(), status, "{path}: {refused}");
        assert_eq!(refused["error"], code, "{path}: {refused}");
        let told = refused["message"].as_str().unwrap();
        assert!(told.contains(message), "{path}: {told}");
    }
}

#[tokio::test]
async fn there_is_nothing_else() {
    let served = served().await;
    for path in [
        "/",
        "/x",
        &format!("/{POOL}"),
        &format!("/{POOL}/oauth2/token"),
        "/a/b/c/d",
    ] {
        let (status, answer) = served.get(path).await;
        assert_eq!(
            (status, &answer["error"]),
            (StatusCode::NOT_FOUND, &json!("not_found")),
            "{path}"
        );
    }
    let (status, _) = served.get("/elsewhere/.well-known/jwks.json").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (response, _) = served.ask(request(Method::GET, &token_path(), "")).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()["allow"], "POST");
}

#[tokio::test]
async fn it_serves_until_it_is_told_to_stop() {
    let served = served().await;
    let _idle = TcpStream::connect(served.address).await.unwrap();
    served.stop.send(()).unwrap();
    let bound = std::time::Duration::from_secs(30);
    tokio::time::timeout(bound, served.ended)
        .await
        .unwrap()
        .unwrap();
    assert!(TcpStream::connect(served.address).await.is_err());
}
