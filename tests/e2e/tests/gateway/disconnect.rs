//! The ends of connections: what the client sees, and what `$disconnect` is told.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::json;
use tidegate_local_cloud::clock::VirtualClock;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::bench::{Bench, Plan, forbidden};

async fn bench() -> Bench {
    Plan::new().disconnect().serve().await
}

/// A client closes like this; what `$disconnect` is told.
async fn closed_with(frame: Option<CloseFrame>) -> serde_json::Value {
    let bench = bench().await;
    let (mut socket, _) = connect_async(bench.url()).await.unwrap();
    socket.close(frame).await.unwrap();
    while let Some(Ok(_)) = socket.next().await {}
    let told = bench.disconnected().await;
    bench.stop().await;
    told
}

#[tokio::test]
async fn a_close_without_a_code_is_1005() {
    assert_eq!(
        closed_with(None).await,
        json!([1005, "Client-side close frame status not set"])
    );
}

#[tokio::test]
async fn a_clients_code_and_reason_pass() {
    for (code, reason) in [(1000, ""), (1001, ""), (4001, "bye")] {
        let frame = CloseFrame {
            code: code.into(),
            reason: reason.into(),
        };
        assert_eq!(closed_with(Some(frame)).await, json!([code, reason]));
    }
}

#[tokio::test]
async fn a_client_that_is_lost_is_1006() {
    let bench = bench().await;
    bench.known_client().await.0.kill();
    assert_eq!(
        bench.disconnected().await,
        json!([1006, "Connection Closed Abnormally"])
    );
    bench.stop().await;
}

#[tokio::test]
async fn an_idle_connection_ends_with_1001() {
    let bench = Plan::new()
        .disconnect()
        .limits(|limits| limits.idle_timeout_ms = 200)
        .serve()
        .await;
    let mut client = bench.client().await;
    assert_eq!(client.closed().await, 1001);
    client.kill();
    assert_eq!(bench.disconnected().await, json!([1001, "Going away"]));
    bench.stop().await;
}

#[tokio::test]
async fn protocol_pings_are_answered_and_do_not_keep_a_connection() {
    let bench = Plan::new()
        .disconnect()
        .limits(|limits| limits.idle_timeout_ms = 500)
        .serve()
        .await;
    let (mut socket, _) = connect_async(bench.url()).await.unwrap();
    let mut pongs = 0;
    loop {
        // What comes of it says the next frame.
        let _may_be_closed = socket.send(Message::Ping("x".into())).await;
        match socket.next().await {
            Some(Ok(Message::Pong(_))) => pongs += 1,
            Some(Ok(Message::Close(Some(frame)))) => {
                assert_eq!(u16::from(frame.code), 1001);
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(pongs > 1);
    drop(socket);
    assert_eq!(bench.disconnected().await, json!([1001, "Going away"]));
    bench.stop().await;
}

#[tokio::test]
async fn a_connection_that_is_as_old_as_it_may_be_ends_with_1001() {
    let bench = Plan::new()
        .disconnect()
        .limits(|limits| limits.connection_lifetime_ms = 500)
        .serve()
        .await;
    let (mut client, _id) = bench.known_client().await;
    assert_eq!(client.closed().await, 1001);
    client.kill();
    assert_eq!(bench.disconnected().await, json!([1001, "Going away"]));
    bench.stop().await;
}

#[tokio::test]
async fn two_hours_pass_in_a_moment_and_end_a_connection_with_1001() {
    let clock = VirtualClock::at(1_790_000_000_000);
    let bench = Plan::new()
        .two_way("echo")
        .disconnect()
        .clock(&clock)
        .serve()
        .await;
    let mut client = bench.client().await;
    // A message every nine minutes keeps it, and nothing keeps it for longer than two hours.
    for _nine_minutes in 0..13 {
        clock.advance(Duration::from_mins(9));
        client.send(r#"{"action":"echo","body":"here"}"#).await;
        client.receive().await;
        assert_eq!(bench.gateway.connections(), 1);
    }
    clock.advance(Duration::from_mins(3));
    assert_eq!(client.closed().await, 1001);
    client.kill();
    assert_eq!(bench.disconnected().await, json!([1001, "Going away"]));
    let told = &bench.disconnects(1).await[0]["requestContext"];
    let lived = told["requestTimeEpoch"].as_u64().unwrap() - told["connectedAt"].as_u64().unwrap();
    assert_eq!(lived, 2 * 3600 * 1000);
    bench.stop().await;
}

#[tokio::test]
async fn wrong_frames_end_with_their_codes() {
    for (message, code) in [
        (Message::Binary("x".into()), 1003),
        (Message::text("x".repeat(32 * 1024 + 1)), 1009),
    ] {
        let bench = bench().await;
        let mut client = bench.client().await;
        client.try_send(message).await;
        assert_eq!(client.closed().await, code);
        client.kill();
        assert_eq!(bench.disconnected().await[0], code);
        bench.stop().await;
    }
}

#[tokio::test]
async fn a_disconnect_that_fails_or_may_not_run_leaves_nothing() {
    for broken in [
        Plan::new().disconnect().misbehaving("disconnect", "crash"),
        Plan::new()
            .disconnect()
            .route("$disconnect", Some(forbidden("disconnect")), false),
    ] {
        let bench = broken.serve().await;
        bench.known_client().await.0.kill();
        bench.known_client().await.0.close().await;
        tidegate_e2e::eventually("no connection", || async {
            (bench.gateway.connections() == 0).then_some(())
        })
        .await;
        bench.stop().await;
    }
}
