//! The management API.

use crate::bench::{Bench, Plan, encoded, signed};
use http::Method;
use serde_json::{Value, json};
use tidegate_e2e::{Answer, call, eventually};

fn assert_gone(answer: &Answer) {
    assert_eq!(answer.status, 410, "{answer:?}");
    assert_eq!(answer.headers["x-amzn-errortype"], "GoneException");
}

pub(crate) async fn assert_all_gone(bench: &Bench, id: &str) {
    for method in [Method::POST, Method::GET, Method::DELETE] {
        assert_gone(&bench.manage(method, id, "").await);
    }
}

#[tokio::test]
async fn a_post_reaches_the_client_and_posts_keep_their_order() {
    let bench = Plan::new().serve().await;
    let (mut client, id) = bench.known_client().await;
    for number in 0..20 {
        let answer = bench.manage(Method::POST, &id, &number.to_string()).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, ""));
    }
    for number in 0..20 {
        assert_eq!(client.receive_text().await, number.to_string());
    }
    bench.stop().await;
}

#[tokio::test]
async fn a_get_tells_of_the_connection() {
    let bench = Plan::new().serve().await;
    let mut client = bench.handshake(&[("User-Agent", "test/1")]).await;
    let client = client
        .as_mut()
        .unwrap_or_else(|refusal| panic!("{refusal:?}"));
    client.send("x").await;
    let frame = client.receive().await;
    let id = frame["connectionId"].as_str().unwrap();
    let get = || async {
        let answer = bench.manage(Method::GET, id, "").await;
        assert_eq!(answer.status, 200);
        serde_json::from_str::<Value>(&answer.body).unwrap()
    };
    let first = get().await;
    assert_eq!(
        first["identity"],
        json!({ "sourceIp": "127.0.0.1", "userAgent": "test/1" })
    );
    assert_eq!(first.as_object().unwrap().len(), 3, "{first}");
    for name in ["connectedAt", "lastActiveAt"] {
        let time = first[name].as_str().unwrap();
        let like = "2026-01-01T00:00:00.000Z";
        let same = time.bytes().zip(like.bytes()).all(|(byte, like)| {
            if like.is_ascii_digit() {
                byte.is_ascii_digit()
            } else {
                byte == like
            }
        });
        assert!(same && time.len() == like.len(), "{time}");
    }
    assert!(first["lastActiveAt"].as_str() >= first["connectedAt"].as_str());
    // A post counts as activity.
    eventually("a later activity", || async {
        assert_eq!(bench.post(id, "x").await, 200);
        let later = get().await;
        assert_eq!(later["connectedAt"], first["connectedAt"]);
        (later["lastActiveAt"].as_str() > first["lastActiveAt"].as_str()).then_some(())
    })
    .await;
    bench.stop().await;
}

#[tokio::test]
async fn a_deleted_connection_is_closed_with_1000_after_what_was_posted_and_gone() {
    let bench = Plan::new().disconnect().serve().await;
    let (mut client, id) = bench.known_client().await;
    assert_eq!(bench.post(&id, "goodbye").await, 200);
    assert_eq!(bench.manage(Method::DELETE, &id, "").await.status, 204);
    assert_all_gone(&bench, &id).await;
    assert_eq!(client.receive_text().await, "goodbye");
    assert_eq!(client.closed().await, 1000);
    client.kill();
    assert_eq!(
        bench.disconnected().await,
        json!([1000, "Connection Closed Normally"])
    );
    assert_all_gone(&bench, &id).await;
    bench.stop().await;
}

#[tokio::test]
async fn ids_that_are_none_are_gone() {
    let bench = Plan::new().serve().await;
    let (_client, id) = bench.known_client().await;
    for unknown in ["", "x", "AAAAAAAAAAAAAAA=", &id[..15], &format!("{id}/x")] {
        assert_all_gone(&bench, unknown).await;
    }
    bench.stop().await;
}

#[tokio::test]
async fn ids_are_taken_percent_encoded_and_as_they_are() {
    let bench = Plan::new().serve().await;
    // Until there is one with a character that URLs have a meaning for.
    let mut clients = Vec::new();
    loop {
        let (client, id) = bench.known_client().await;
        clients.push(client);
        for text in [id.clone(), encoded(&id), id.replace('=', "%3d")] {
            let url = format!("http://{}/dev/@connections/{text}", bench.address);
            let answer = call(Method::POST, &url, &[("authorization", &signed())], "x")
                .await
                .unwrap();
            assert_eq!(answer.status, 200, "{text}");
        }
        if clients.len() >= 10 && id.contains(['/', '+']) {
            break;
        }
    }
    bench.stop().await;
}

#[tokio::test]
async fn who_does_not_sign_or_names_no_stage_is_forbidden() {
    let bench = Plan::new().serve().await;
    let (mut client, id) = bench.known_client().await;
    let other = signed().replace("AKIDTEST", "AKIDOTHER");
    for (path, authorization) in [
        ("dev/@connections", None),
        ("dev/@connections", Some("Bearer x".to_owned())),
        ("dev/@connections", Some(other)),
        ("prod/@connections", Some(signed())),
        ("@connections", Some(signed())),
        ("dev/connections", Some(signed())),
    ] {
        let url = format!("http://{}/{path}/{}", bench.address, encoded(&id));
        let headers: Vec<_> = authorization
            .iter()
            .map(|value| ("authorization", value.as_str()))
            .collect();
        for method in [Method::POST, Method::GET, Method::DELETE] {
            let answer = call(method, &url, &headers, "x").await.unwrap();
            assert_eq!(answer.status, 403, "{path} {authorization:?}");
        }
    }
    assert_eq!(bench.post(&id, "the first that comes").await, 200);
    assert_eq!(client.receive_text().await, "the first that comes");
    bench.stop().await;
}

#[tokio::test]
async fn a_post_may_have_128_kilobytes_and_not_a_byte_more() {
    let bench = Plan::new().serve().await;
    let (mut client, id) = bench.known_client().await;
    let most = "x".repeat(128 * 1024);
    assert_eq!(bench.post(&id, &most).await, 200);
    assert_eq!(client.receive_text().await, most);
    let answer = bench.manage(Method::POST, &id, &format!("{most}x")).await;
    assert_eq!(answer.status, 413);
    assert_eq!(
        answer.headers["x-amzn-errortype"],
        "PayloadTooLargeException"
    );
    assert_eq!(bench.post(&id, "after").await, 200);
    assert_eq!(client.receive_text().await, "after");
    bench.stop().await;
}

#[tokio::test]
async fn management_calls_beyond_the_account_rate_are_429() {
    let bench = Plan::new()
        .limits(|limits| (limits.requests_per_second, limits.requests_burst) = (0, 3))
        .serve()
        .await;
    // The handshake and the frame take two.
    let (_client, id) = bench.known_client().await;
    assert_eq!(bench.post(&id, "x").await, 200);
    let answer = bench.manage(Method::GET, &id, "").await;
    assert_eq!(answer.status, 429);
    assert_eq!(answer.headers["x-amzn-errortype"], "LimitExceededException");
    bench.stop().await;
}
