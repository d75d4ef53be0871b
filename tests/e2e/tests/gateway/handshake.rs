//! Handshakes: each is refused before a socket is accepted, with AWS's status.

use serde_json::{Value, json};
use tidegate_e2e::{Client, eventually};
use tidegate_local_cloud::system::{IdentitySource, Integration, Throttle};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::bench::{EXECUTION_ARN, Plan, forbidden, upgrade_request, within};

/// What an authorizer does that gives this answer.
fn answer(answer: &Value) -> String {
    format!("raw:{answer}")
}

/// An answer that lets in, or not.
fn policy(effect: &str, resource: &str) -> Value {
    json!({
        "principalId": "alice",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{ "Action": "execute-api:Invoke", "Effect": effect, "Resource": resource }],
        },
    })
}

fn allow() -> Value {
    policy("Allow", &format!("{EXECUTION_ARN}/*"))
}

async fn refused_by_connect(body: &str) -> u16 {
    let bench = Plan::new().connect(body).disconnect().serve().await;
    let status = bench.refused().await;
    assert_eq!(bench.gateway.connections(), 0);
    // Before a connection is there, there is none to disconnect.
    assert_eq!(bench.function("disconnect").stats().invocations, 0);
    bench.stop().await;
    status
}

async fn refused_by_authorizer(body: &str) -> u16 {
    let bench = Plan::new().connect("").authorizer(body, &[]).serve().await;
    let status = bench.refused().await;
    assert_eq!(bench.function("authorizer").stats().invocations, 1);
    assert_eq!(bench.function("connect").stats().invocations, 0);
    bench.stop().await;
    status
}

#[tokio::test]
async fn an_api_without_a_connect_route_accepts() {
    let bench = Plan::new().serve().await;
    let (_client, id) = bench.known_client().await;
    assert_eq!(id.len(), 16);
    bench.stop().await;
}

#[tokio::test]
async fn the_status_of_connect_is_passed_on() {
    for status in [400, 401, 403, 409, 429, 500, 503] {
        let answer = format!(r#"raw:{{"statusCode":{status}}}"#);
        assert_eq!(refused_by_connect(&answer).await, status);
    }
}

#[tokio::test]
async fn a_connect_that_fails_is_502() {
    for body in [
        "error:Some.Type:some message",
        "error:Error:Unauthorized",
        "crash",
        "raw:null",
        r#"raw:{"body":"no status"}"#,
    ] {
        assert_eq!(refused_by_connect(body).await, 502, "{body}");
    }
}

#[tokio::test]
async fn a_connect_beyond_its_time_is_504_and_runs_on() {
    let bench = Plan::new()
        .connect("hold")
        .route("$connect", Some(within("connect", 100)), false)
        .serve()
        .await;
    assert_eq!(bench.refused().await, 504);
    bench.holder().await;
    assert_eq!(bench.function("connect").stats().busy, 1);
    assert_eq!(bench.gateway.connections(), 0);
    bench.stop().await;
}

#[tokio::test]
async fn a_connect_that_may_not_be_invoked_is_500() {
    let bench = Plan::new()
        .connect("")
        .route("$connect", Some(forbidden("connect")), false)
        .serve()
        .await;
    assert_eq!(bench.refused().await, 500);
    assert_eq!(bench.function("connect").stats().invocations, 0);
    bench.stop().await;
}

#[tokio::test]
async fn a_mock_decides_by_its_status() {
    for (status, refused) in [(200, None), (403, Some(403))] {
        let mock = Integration::Mock {
            status,
            response: None,
        };
        let bench = Plan::new()
            .route("$connect", Some(mock), false)
            .serve()
            .await;
        let handshake = bench.handshake(&[]).await;
        assert_eq!(handshake.err().map(|refusal| refusal.status), refused);
        bench.stop().await;
    }
}

#[tokio::test]
async fn connect_chooses_the_sub_protocol() {
    let bench = Plan::new()
        .connect(r#"raw:{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"b"}}"#)
        .serve()
        .await;
    let client = bench.handshake(&[("Sec-WebSocket-Protocol", "a, b")]).await;
    let client = client.unwrap_or_else(|refusal| panic!("{refusal:?}"));
    assert_eq!(client.protocol.as_deref(), Some("b"));
    bench.stop().await;
}

#[tokio::test]
async fn an_authorizer_that_says_unauthorized_is_401_and_any_other_failure_500() {
    for (body, status) in [
        ("error:Error:Unauthorized", 401),
        ("error:Error:unauthorized", 500),
        ("error:Error:Unauthorized ", 500),
        ("error:Unauthorized:no", 500),
        ("crash", 500),
        ("raw:null", 500),
        (r#"raw:{"statusCode":401}"#, 500),
        (r#"raw:{"isAuthorized":true}"#, 500),
    ] {
        assert_eq!(refused_by_authorizer(body).await, status, "{body}");
    }
}

#[tokio::test]
async fn a_policy_that_is_malformed_is_500_and_one_that_does_not_allow_403() {
    let mut no_principal = allow();
    no_principal.as_object_mut().unwrap().remove("principalId");
    let mut deep = allow();
    deep["context"] = json!({ "roles": ["admin"] });
    let mut large = allow();
    large["context"] = json!({ "text": "x".repeat(8 * 1024) });
    let mut no_effect = allow();
    no_effect["policyDocument"]["Statement"][0] = json!({ "Action": "*" });
    for (decision, status) in [
        (no_principal, 500),
        (deep, 500),
        (large, 500),
        (no_effect, 500),
        (policy("Deny", "*"), 403),
        (policy("Allow", &format!("{EXECUTION_ARN}/*/*")), 403),
        (
            policy(
                "Allow",
                "arn:aws:execute-api:eu-central-1:000000000000:other/*",
            ),
            403,
        ),
    ] {
        let refused = refused_by_authorizer(&answer(&decision)).await;
        assert_eq!(refused, status, "{decision}");
    }
}

#[tokio::test]
async fn an_authorizer_that_may_not_be_invoked_or_takes_too_long_is_500() {
    let bench = Plan::new()
        .authorizer(&answer(&allow()), &[])
        .with_authorizer(|authorizer| authorizer.permitted = false)
        .serve()
        .await;
    assert_eq!(bench.refused().await, 500);
    assert_eq!(bench.function("authorizer").stats().invocations, 0);
    bench.stop().await;

    let bench = Plan::new()
        .authorizer("hold", &[])
        .limits(|limits| limits.integration_timeout_ms = 100)
        .serve()
        .await;
    assert_eq!(bench.refused().await, 500);
    bench.stop().await;
}

#[tokio::test]
async fn without_its_identity_sources_an_authorizer_is_not_asked() {
    let sources = [
        IdentitySource::Header("X-Token".to_owned()),
        IdentitySource::Query("room".to_owned()),
    ];
    let bench = Plan::new()
        .authorizer(&answer(&allow()), &sources)
        .serve()
        .await;
    let url = bench.url();
    let header: &[_] = &[("x-token", "t")];
    for (query, headers) in [
        ("", &[][..]),
        ("?room=1", &[]),
        ("", header),
        ("?room=", header),
        ("?room=1", &[("x-token", "")]),
    ] {
        let refused = Client::connect(&format!("{url}{query}"), headers).await;
        assert_eq!(
            refused.err().map(|refusal| refusal.status),
            Some(401),
            "{query}"
        );
    }
    assert_eq!(bench.function("authorizer").stats().invocations, 0);
    let client = Client::connect(&format!("{url}?room=1"), header).await;
    assert!(client.is_ok());
    assert_eq!(bench.function("authorizer").stats().invocations, 1);
    bench.stop().await;
}

#[tokio::test]
async fn what_the_authorizer_says_is_in_every_later_event() {
    let mut decision = allow();
    decision["context"] = json!({ "number": 7, "flag": true, "text": "x" });
    let bench = Plan::new()
        .connect("event")
        .authorizer(&answer(&decision), &[])
        .disconnect()
        .two_way("$default")
        .serve()
        .await;
    let mut client = bench.client().await;
    client.send("event").await;
    let message = client.receive().await;
    client.close().await;
    let disconnect = bench.disconnects(1).await.remove(0);
    let connect = bench
        .lines()
        .iter()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find(|event| event["requestContext"]["eventType"] == "CONNECT")
        .unwrap();
    let said = json!({ "principalId": "alice", "number": "7", "flag": "true", "text": "x" });
    let id = &connect["requestContext"]["connectionId"];
    for event in [&connect, &message, &disconnect] {
        assert_eq!(event["requestContext"]["authorizer"], said, "{event}");
        assert_eq!(&event["requestContext"]["connectionId"], id);
    }
    assert_eq!(message["requestContext"]["eventType"], "MESSAGE");
    assert!(message.get("headers").is_none() && message["requestContext"]["messageId"].is_string());
    assert!(connect.get("queryStringParameters").is_none() && connect.get("methodArn").is_none());
    assert!(connect["requestContext"].get("messageId").is_none());
    bench.stop().await;
}

#[tokio::test]
async fn a_stage_that_lets_nothing_through_is_429() {
    let mut plan = Plan::new().connect("");
    plan.throttle = Throttle {
        rate: 0.0,
        burst: 0.0,
    };
    let bench = plan.serve().await;
    assert_eq!(bench.refused().await, 429);
    assert_eq!(bench.function("connect").stats().invocations, 0);
    bench.stop().await;
}

#[tokio::test]
async fn a_stage_that_is_not_there_is_403_and_a_plain_request_426() {
    let bench = Plan::new().serve().await;
    let url = format!("ws://{}/prod", bench.address);
    let refusal = Client::connect(&url, &[]).await.err().unwrap();
    assert_eq!(refusal.status, 403);
    assert_eq!(refusal.body, r#"{"message":"Forbidden"}"#);
    let url = format!("http://{}/dev", bench.address);
    let answer = tidegate_e2e::call(http::Method::GET, &url, &[], "")
        .await
        .unwrap();
    assert_eq!(answer.status, 426);
    bench.stop().await;
}

/// Begins a handshake, so that the connection can break off before the answer.
async fn begin_handshake(address: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = upgrade_request(address);
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn a_client_that_breaks_off_during_connect_is_disconnected_all_the_same() {
    let bench = Plan::new().connect("sleep:400").disconnect().serve().await;
    let stream = begin_handshake(&bench.address).await;
    eventually("the invocation of $connect", || async {
        (bench.function("connect").stats().busy == 1).then_some(())
    })
    .await;
    drop(stream);
    assert_eq!(
        bench.disconnected().await,
        json!([1006, "Connection Closed Abnormally"])
    );
    assert_eq!(bench.function("connect").stats().errors, 0);
    bench.stop().await;
}

#[tokio::test]
async fn no_connection_is_there_before_connect_has_ended() {
    let bench = Plan::new().connect("hold").serve().await;
    let _stream = begin_handshake(&bench.address).await;
    let holder = bench.holder().await;
    assert_eq!(bench.gateway.connections(), 0);
    let holder = rustix::process::Pid::from_raw(holder).unwrap();
    rustix::process::kill_process(holder, rustix::process::Signal::KILL).unwrap();
    bench.stop().await;
}
