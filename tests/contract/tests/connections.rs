//! The sender over the management API: what it sends, how it signs, what it makes of each answer.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use bytes::Bytes;
use http::{Method, Request};
use tidegate_aws::{Connections, ConnectionsOptions, ManagementUrls};
use tidegate_contract_tests::management::{Answer, Management};
use tidegate_contract_tests::table::{credentials, surroundings};
use tidegate_core::connection::{ConnectionId, Endpoint};
use tidegate_core::sender::{SendError, Sender};

const API: &str = "abcdef1234";
const ALICE: &str = "RYGzEcSNvHcCH8A=";
const ATTEMPTS: usize = 2;

/// 2026-09-21T14:13:20Z.
fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_790_000_000)
}

fn options(urls: ManagementUrls) -> ConnectionsOptions {
    ConnectionsOptions {
        urls,
        region: "eu-central-1".to_owned(),
        credentials: credentials(),
        surroundings: surroundings().0,
    }
}

fn urls(of: &[(&str, &str)]) -> ManagementUrls {
    let of: BTreeMap<_, _> = of.iter().copied().collect();
    ManagementUrls::parse(&serde_json::to_string(&of).unwrap()).unwrap()
}

fn connections(url: &str) -> Connections {
    Connections::new(options(urls(&[(API, url)])))
}

fn impatient(url: &str, limit_ms: u64) -> Connections {
    connections(url).with_attempt_timeout(Duration::from_millis(limit_ms))
}

async fn send(connections: &Connections, id: &str) -> Result<(), SendError> {
    let (endpoint, connection) = (Endpoint::new(API), ConnectionId::new(id));
    connections.send(&endpoint, &connection, "hello").await
}

async fn end(connections: &Connections, id: &str) -> Result<(), SendError> {
    let (endpoint, connection) = (Endpoint::new(API), ConnectionId::new(id));
    connections.end(&endpoint, &connection).await
}

#[tokio::test]
async fn a_frame_is_posted_to_the_connection_as_it_is() {
    let api = Management::answering(&[]).await;
    let sender = connections(&api.url);
    let frame = r#"{"type":"publication","data":"caf\u00e9 ☕"}"#;
    let (endpoint, connection) = (Endpoint::new(API), ConnectionId::new(ALICE));
    sender.send(&endpoint, &connection, frame).await.unwrap();
    end(&sender, ALICE).await.unwrap();
    let asked = api.asked();
    assert_eq!(asked[0].method(), Method::POST);
    assert_eq!(
        asked[0].uri().path(),
        "/prod/@connections/RYGzEcSNvHcCH8A%3D"
    );
    assert_eq!(asked[0].body(), frame);
    assert_eq!(asked[1].method(), Method::DELETE);
    assert_eq!(asked[1].uri().path(), asked[0].uri().path());
    assert!(asked[1].body().is_empty());
}

#[tokio::test]
async fn no_mark_in_an_id_can_change_the_path() {
    let api = Management::answering(&[]).await;
    let sender = connections(&format!("{}/", api.url));
    let cases = [
        ("a+b/c=", "a%2Bb%2Fc%3D"),
        ("../secret", "..%2Fsecret"),
        ("a?b#c%3D", "a%3Fb%23c%253D"),
        ("a b\u{e9}", "a%20b%C3%A9"),
        ("A-z_0.9~", "A-z_0.9~"),
    ];
    for (id, _) in cases {
        send(&sender, id).await.unwrap();
    }
    let asked = api.asked();
    let paths: Vec<_> = asked
        .iter()
        .map(|request| request.uri().to_string())
        .collect();
    let expected = cases.map(|(_, encoded)| format!("/prod/@connections/{encoded}"));
    assert_eq!(paths, expected);
}

#[tokio::test]
async fn a_custom_domain_has_no_stage() {
    let api = Management::answering(&[]).await;
    let base = api.url.strip_suffix("/prod").unwrap();
    send(&connections(base), ALICE).await.unwrap();
    assert_eq!(
        api.asked()[0].uri().path(),
        "/@connections/RYGzEcSNvHcCH8A%3D"
    );
}

/// The `Authorization` that the SDK's signer makes for the request as it arrived.
fn signed_by_the_sdk(received: &Request<Bytes>) -> String {
    let host = received.headers()["host"].to_str().unwrap();
    let uri = format!("http://{host}{}", received.uri());
    let identity = Identity::from(credentials());
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region("eu-central-1")
        .name("execute-api")
        .time(now())
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let body = SignableBody::Bytes(received.body());
    let method = received.method().as_str();
    let signable = SignableRequest::new(method, uri.as_str(), std::iter::empty(), body).unwrap();
    let (instructions, _) = sign(signable, &parameters).unwrap().into_parts();
    let mut request = Request::builder().uri(uri).body(()).unwrap();
    instructions.apply_to_request_http1x(&mut request);
    let authorization = request.headers()["authorization"].to_str().unwrap();
    authorization.to_owned()
}

#[tokio::test]
async fn what_arrives_is_signed_as_the_sdk_signs_it() {
    let api = Management::answering(&[]).await;
    let sender = connections(&api.url);
    for id in [ALICE, "a+b/c=", "plain"] {
        send(&sender, id).await.unwrap();
        end(&sender, id).await.unwrap();
    }
    for received in api.asked() {
        let headers = received.headers();
        let authorization = headers["authorization"].to_str().unwrap();
        let scope = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260921/eu-central-1/execute-api/aws4_request, ";
        assert!(authorization.starts_with(scope), "{authorization}");
        let signed = "SignedHeaders=host;x-amz-date;x-amz-security-token, ";
        assert!(authorization.contains(signed), "{authorization}");
        assert_eq!(headers["x-amz-date"], "20260921T141320Z");
        assert_eq!(headers["x-amz-security-token"], "session");
        assert_eq!(authorization, signed_by_the_sdk(&received));
    }
}

#[tokio::test]
async fn the_signature_is_the_one_of_the_published_algorithm() {
    let api = Management::answering(&[]).await;
    send(&connections(&api.url), "a+b/c=").await.unwrap();
    let received = api.asked().remove(0);
    let authorization = received.headers()["authorization"].to_str().unwrap();
    let (_, signature) = authorization.rsplit_once("Signature=").unwrap();
    assert_eq!(signature, sigv4::signature(&received));
}

/// Signature Version 4 as its documentation has it: every segment of the path is encoded once more.
mod sigv4 {
    use aws_lc_rs::digest::{SHA256, digest};
    use aws_lc_rs::hmac;
    use bytes::Bytes;
    use http::Request;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn hmac(key: &[u8], text: &str) -> Vec<u8> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
    }

    pub(super) fn signature(request: &Request<Bytes>) -> String {
        let header = |name: &str| request.headers()[name].to_str().unwrap();
        let path = request.uri().path().replace('%', "%25").replace('@', "%40");
        let canonical = format!(
            "{}\n{path}\n\nhost:{}\nx-amz-date:{}\nx-amz-security-token:{}\n\n\
             host;x-amz-date;x-amz-security-token\n{}",
            request.method(),
            header("host"),
            header("x-amz-date"),
            header("x-amz-security-token"),
            hex(digest(&SHA256, request.body()).as_ref()),
        );
        let scope = ["20260921", "eu-central-1", "execute-api", "aws4_request"];
        let text = format!(
            "AWS4-HMAC-SHA256\n{}\n{}\n{}",
            header("x-amz-date"),
            scope.join("/"),
            hex(digest(&SHA256, canonical.as_bytes()).as_ref()),
        );
        let key = scope
            .iter()
            .fold(b"AWS4secret".to_vec(), |key, part| hmac(&key, part));
        hex(&hmac(&key, &text))
    }
}

#[tokio::test]
async fn each_status_is_what_the_apis_model_says_and_is_tried_again_only_where_that_helps() {
    let cases = [
        (403, "refuses this function", 1),
        (410, "is gone", 1),
        (413, "too large", 1),
        (429, "takes no more", ATTEMPTS),
        (500, "does not answer", ATTEMPTS),
        (503, "does not answer", ATTEMPTS),
        (504, "does not answer", ATTEMPTS),
    ];
    for (status, message, attempts) in cases {
        let api = Management::answering(&[Answer::Status(status); 9]).await;
        let error = send(&connections(&api.url), ALICE).await.unwrap_err();
        assert!(error.to_string().contains(message), "{status}: {error}");
        assert_eq!(api.asked().len(), attempts, "{status}");
    }
}

#[tokio::test]
async fn one_bad_answer_is_not_the_end() {
    for first in [Answer::Status(429), Answer::Status(500), Answer::Never] {
        let api = Management::answering(&[first, Answer::Status(200)]).await;
        let sender = impatient(&api.url, 200);
        send(&sender, ALICE).await.unwrap();
        assert_eq!(api.asked().len(), 2, "{first:?}");
    }
    let api = Management::answering(&[Answer::Status(500), Answer::Status(410)]).await;
    let error = send(&connections(&api.url), ALICE).await.unwrap_err();
    assert!(matches!(error, SendError::Gone), "{error}");
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up_after_two_attempts() {
    let api = Management::answering(&[Answer::Never; 9]).await;
    let sender = impatient(&api.url, 100);
    let error = send(&sender, ALICE).await.unwrap_err();
    assert!(matches!(error, SendError::Unavailable(_)), "{error}");
    assert_eq!(api.asked().len(), ATTEMPTS);
}

#[tokio::test]
async fn a_host_that_is_not_there_is_unavailable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    for url in [
        format!("http://{address}/prod"),
        "http://nowhere.invalid/prod".to_owned(),
    ] {
        let error = send(&connections(&url), ALICE).await.unwrap_err();
        assert!(matches!(error, SendError::Unavailable(_)), "{url}: {error}");
    }
}

#[tokio::test]
async fn a_connection_that_is_gone_counts_as_ended() {
    for (status, ended) in [
        (204, true),
        (200, true),
        (410, true),
        (403, false),
        (500, false),
    ] {
        let api = Management::answering(&[Answer::Status(status); 9]).await;
        let result = end(&connections(&api.url), ALICE).await;
        assert_eq!(result.is_ok(), ended, "{status}: {result:?}");
    }
}

#[test]
fn what_is_no_url_is_refused_at_the_start() {
    for url in [
        "",
        "/prod",
        "example.test/prod",
        "wss://example.test/prod",
        "http://",
        "no url",
    ] {
        let json = serde_json::json!({ (API): url }).to_string();
        let error = ManagementUrls::parse(&json).err();
        let message = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(
            message.contains("must be http(s)://host/stage"),
            "{url:?}: {message}"
        );
    }
    for json in [
        "",
        "{}",
        "[]",
        r#"{"abc": 1}"#,
        r#""https://example.test/prod""#,
    ] {
        assert!(ManagementUrls::parse(json).is_err(), "{json}");
    }
    assert!(ManagementUrls::parse(r#"{"abc": "https://example.test/prod"}"#).is_ok());
}

#[tokio::test]
async fn each_connection_is_reached_through_its_own_api_and_through_no_other() {
    let (first, second) = (
        Management::answering(&[]).await,
        Management::answering(&[]).await,
    );
    let sender = Connections::new(options(urls(&[("one", &first.url), ("two", &second.url)])));
    let alice = ConnectionId::new(ALICE);
    sender
        .send(&Endpoint::new("two"), &alice, "hello")
        .await
        .unwrap();
    assert_eq!((first.asked().len(), second.asked().len()), (0, 1));
    let error = sender
        .send(&Endpoint::new("three"), &alice, "hello")
        .await
        .unwrap_err();
    assert!(error.to_string().contains("`three`"), "{error}");
    assert_eq!((first.asked().len(), second.asked().len()), (0, 1));
}
