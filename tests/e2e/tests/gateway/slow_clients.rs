//! Clients that do not read: they harm nobody but themselves.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use tidegate_e2e::Answer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::bench::{Bench, Plan, upgrade_request};
use crate::connections::assert_all_gone;

/// A client whose socket takes little and that reads nothing but the first frame, and the id of its connection.
async fn stalled(bench: &Bench) -> (TcpStream, String) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket
        .connect(bench.address.parse().unwrap())
        .await
        .unwrap();
    let head = upgrade_request(&bench.address);
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        read.push(stream.read_u8().await.unwrap());
    }
    assert!(read.starts_with(b"HTTP/1.1 101"));
    // A masked text frame `x`, the mask being zero.
    stream
        .write_all(&[0x81, 0x81, 0, 0, 0, 0, b'x'])
        .await
        .unwrap();
    let mut head = [0; 2];
    stream.read_exact(&mut head).await.unwrap();
    let mut frame = vec![0; usize::from(head[1])];
    stream.read_exact(&mut frame).await.unwrap();
    let frame: Value = serde_json::from_slice(&frame).unwrap();
    (stream, frame["connectionId"].as_str().unwrap().to_owned())
}

/// Posts until the client's buffer is full.
async fn fill(bench: &Bench, id: &str) -> Answer {
    let large = "x".repeat(128 * 1024);
    for _ in 0..2_000 {
        let answer = bench.manage(Method::POST, id, &large).await;
        if answer.status != 200 {
            return answer;
        }
    }
    panic!("the client's buffer is never full");
}

#[tokio::test]
async fn a_client_that_never_reads_is_429_when_its_buffer_is_full_and_holds_nobody_up() {
    let bench = Plan::new()
        .two_way("echo")
        .limits(|limits| limits.client_buffer_frames = 4)
        .serve()
        .await;
    let (_stalled, slow) = stalled(&bench).await;
    let (mut quick, quick_id) = bench.known_client().await;
    let answer = fill(&bench, &slow).await;
    assert_eq!(answer.status, 429);
    assert_eq!(answer.headers["x-amzn-errortype"], "LimitExceededException");
    for number in 0..20 {
        assert_eq!(bench.post(&slow, "x").await, 429);
        assert_eq!(bench.post(&quick_id, &number.to_string()).await, 200);
        assert_eq!(quick.receive_text().await, number.to_string());
        let frame = format!(r#"{{"action":"echo","n":{number}}}"#);
        quick.send(frame.clone()).await;
        assert_eq!(quick.receive_text().await, frame);
    }
    assert_eq!(bench.manage(Method::GET, &slow, "").await.status, 200);
    bench.stop().await;
}

#[tokio::test]
async fn a_client_that_never_reads_can_be_deleted() {
    let bench = Plan::new()
        .disconnect()
        .limits(|limits| limits.client_buffer_frames = 4)
        .serve()
        .await;
    let (_stalled, slow) = stalled(&bench).await;
    assert_eq!(fill(&bench, &slow).await.status, 429);
    assert_eq!(bench.manage(Method::DELETE, &slow, "").await.status, 204);
    assert_all_gone(&bench, &slow).await;
    assert_eq!(
        bench.disconnected().await,
        json!([1000, "Connection Closed Normally"])
    );
    bench.stop().await;
}

#[tokio::test]
async fn a_client_that_never_reads_does_not_hold_up_the_gateways_end() {
    let bench = Plan::new()
        .disconnect()
        .limits(|limits| limits.client_buffer_frames = 4)
        .serve()
        .await;
    let (_stalled, slow) = stalled(&bench).await;
    assert_eq!(fill(&bench, &slow).await.status, 429);
    bench.stop().await;
}

#[tokio::test]
async fn a_client_that_only_pings_and_never_reads_does_not_either() {
    let bench = Plan::new().disconnect().serve().await;
    let (mut stalled, _id) = stalled(&bench).await;
    let mut pings = Vec::new();
    for _ in 0..1_000 {
        pings.extend([0x89, 0x80 | 125, 0, 0, 0, 0]);
        pings.extend([b'x'; 125]);
    }
    // Until the pongs are stuck, and so the pings.
    let stuck = Duration::from_secs(1);
    while tokio::time::timeout(stuck, stalled.write_all(&pings))
        .await
        .is_ok()
    {}
    bench.stop().await;
}
