//! The end of a gateway.

use serde_json::json;
use tidegate_e2e::eventually;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::bench::{Plan, upgrade_request};

#[tokio::test]
async fn a_gateway_that_stops_closes_with_1001_and_runs_every_disconnect_before_it_ends() {
    let mut bench = Plan::new().disconnect().serve().await;
    let mut clients = Vec::new();
    for _ in 0..10 {
        clients.push(bench.known_client().await.0);
    }
    let closes = tokio::spawn(async move {
        let mut codes = Vec::new();
        for mut client in clients {
            codes.push(client.closed().await);
            client.kill();
        }
        codes
    });
    bench.stop_serving().await;
    assert_eq!(bench.function("disconnect").stats().invocations, 10);
    assert_eq!(bench.function("disconnect").stats().busy, 0);
    assert_eq!(bench.gateway.connections(), 0);
    assert_eq!(closes.await.unwrap(), [1001; 10]);
    for event in bench.disconnects(10).await {
        let context = &event["requestContext"];
        assert_eq!(context["disconnectStatusCode"], 1001);
        assert_eq!(context["disconnectReason"], "Going away");
    }
    bench.shut_down_pool().await;
}

#[tokio::test]
async fn a_handshake_that_is_under_way_ends_before_the_gateway_does() {
    let mut bench = Plan::new().connect("sleep:300").disconnect().serve().await;
    let url = bench.url();
    let handshake = tokio::spawn(async move {
        let mut client = tidegate_e2e::Client::connect(&url, &[]).await.ok().unwrap();
        client.closed().await
    });
    eventually("the invocation of $connect", || async {
        (bench.function("connect").stats().busy == 1).then_some(())
    })
    .await;
    bench.stop_serving().await;
    assert_eq!(handshake.await.unwrap(), 1001);
    assert_eq!(bench.disconnected().await, json!([1001, "Going away"]));
    bench.shut_down_pool().await;
}

#[tokio::test]
async fn nobody_gets_in_by_a_connection_from_before() {
    let mut bench = Plan::new().connect("").serve().await;
    let mut stream = TcpStream::connect(&bench.address).await.unwrap();
    stream
        .write_all(b"GET /dev HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    assert_eq!(answered(&mut stream).await, "426");
    bench.stop_serving().await;
    stream
        .write_all(upgrade_request(&bench.address).as_bytes())
        .await
        .unwrap();
    assert_eq!(answered(&mut stream).await, "503");
    assert_eq!(bench.function("connect").stats().invocations, 0);
    bench.shut_down_pool().await;
}

/// The status of an answer whose body is a JSON object without another in it.
async fn answered(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    while !answer.ends_with(b"}") {
        answer.push(stream.read_u8().await.unwrap());
    }
    let answer = String::from_utf8(answer).unwrap();
    answer.split(' ').nth(1).unwrap().to_owned()
}
