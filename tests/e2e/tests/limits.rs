//! Limits that are set low, so that a test can reach them.

use serde_json::json;
use tidegate_e2e::{PATIENCE, Stack, StackOptions, eventually};
use tidegate_local_cloud::limits::Limits;

async fn stack(set: impl FnOnce(&mut Limits)) -> Stack {
    let mut limits = Limits::default();
    set(&mut limits);
    Stack::start(StackOptions {
        limits,
        ..StackOptions::default()
    })
    .await
}

async fn disconnected(stack: &Stack) {
    eventually("the disconnect", || async {
        stack.reports("$disconnect").first().cloned()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_connection_ends_with_1001_and_pings_keep_it() {
    let stack = stack(|limits| limits.idle_timeout_ms = 1_500).await;
    let mut idle = stack.client("idle").await;
    let mut alive = stack.client("alive").await;
    let ended = tokio::spawn(async move { idle.closed().await });
    let mut pings = 0;
    while !ended.is_finished() {
        alive.send(r#"{"action":"ping"}"#).await;
        assert_eq!(alive.receive().await["type"], "pong");
        pings += 1;
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(ended.await.unwrap(), 1001);
    assert!(pings > 1);
    disconnected(&stack).await;
    assert_eq!(stack.runtime().connections(), 1);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_ends_with_its_lifetime_however_busy() {
    let stack = stack(|limits| limits.connection_lifetime_ms = 1_500).await;
    let mut alice = stack.client("alice").await;
    alice.send(r#"{"action":"ping"}"#).await;
    assert_eq!(alice.receive().await["type"], "pong");
    assert_eq!(alice.closed().await, 1001);
    disconnected(&stack).await;
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connects_beyond_the_quota_are_429_and_those_after_a_while_get_in() {
    let stack = stack(|limits| limits.connects_per_second = 2).await;
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(
            stack
                .connect("alice", "")
                .await
                .map_or_else(|refusal| refusal.status, |_| 101),
        );
    }
    assert!(
        statuses.contains(&101) && statuses.contains(&429),
        "{statuses:?}"
    );
    eventually("a free place", || async {
        stack.connect("alice", "").await.ok()
    })
    .await;
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_beyond_the_quota_get_an_error_frame_and_the_socket_stays() {
    let stack = stack(|limits| (limits.requests_per_second, limits.requests_burst) = (5, 5)).await;
    let mut alice = stack.client("alice").await;
    let mut throttled = 0;
    for _ in 0..20 {
        alice.send(r#"{"action":"ping"}"#).await;
        let frame = alice.receive().await;
        if frame["message"] == "Too Many Requests" {
            assert!(frame["connectionId"].is_string(), "{frame}");
            throttled += 1;
        }
    }
    assert!(throttled > 0);
    let joined = tokio::time::timeout(PATIENCE, async {
        loop {
            let request = json!({ "channel": "room:lobby" });
            if alice.request("subscribe", request).await["type"] == "subscribed" {
                return;
            }
        }
    });
    joined.await.unwrap();
    stack.stop().await;
}
