//! What goes wrong because it was told to: `$disconnect`s that are lost, late or doubled, posts that are refused.

use std::time::Duration;

use tidegate_e2e::eventually;
use tidegate_local_cloud::clock::{Clock, VirtualClock};
use tidegate_local_cloud::faults::{Fault, Probability};

use crate::bench::{Bench, Plan};

const NOW_MS: u64 = 1_790_000_000_000;

async fn struck(bench: &Bench, fault: Fault, times: u64) {
    eventually("the fault strikes", || async {
        (bench.faults.struck(fault) == times).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_disconnect_is_lost() {
    let bench = Plan::new()
        .disconnect()
        .always(Fault::DisconnectLost)
        .serve()
        .await;
    bench.known_client().await.0.kill();
    struck(&bench, Fault::DisconnectLost, 1).await;
    bench.faults.set(Fault::DisconnectLost, Probability::NEVER);
    let (client, id) = bench.known_client().await;
    client.kill();
    let told = bench.disconnects(1).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["requestContext"]["connectionId"], id);
    bench.stop().await;
}

#[tokio::test]
async fn a_disconnect_is_late() {
    let clock = VirtualClock::at(NOW_MS);
    let bench = Plan::new()
        .disconnect()
        .clock(&clock)
        .always(Fault::DisconnectLate)
        .serve()
        .await;
    bench.known_client().await.0.kill();
    struck(&bench, Fault::DisconnectLate, 1).await;
    assert_eq!(bench.gateway.connections(), 0);
    eventually("the disconnect", || async {
        clock.advance(Duration::from_millis(100));
        let invoked = bench.function("disconnect").stats().invocations;
        (invoked == 1).then_some(())
    })
    .await;
    assert!(clock.now_ms() - NOW_MS >= 1_000);
    bench.disconnected().await;
    bench.stop().await;
}

#[tokio::test]
async fn a_disconnect_that_is_late_does_not_hold_up_the_end() {
    let clock = VirtualClock::at(NOW_MS);
    let bench = Plan::new()
        .disconnect()
        .clock(&clock)
        .always(Fault::DisconnectLate)
        .serve()
        .await;
    bench.known_client().await.0.kill();
    struck(&bench, Fault::DisconnectLate, 1).await;
    bench.stop().await;
}

#[tokio::test]
async fn a_disconnect_is_doubled() {
    let bench = Plan::new()
        .disconnect()
        .always(Fault::DisconnectDoubled)
        .serve()
        .await;
    let (client, id) = bench.known_client().await;
    client.kill();
    for told in bench.disconnects(2).await {
        assert_eq!(told["requestContext"]["connectionId"], id);
    }
    bench.stop().await;
}

#[tokio::test]
async fn a_post_to_an_open_connection_is_refused_and_not_sent() {
    for (fault, status) in [(Fault::PostGone, 410), (Fault::PostThrottled, 429)] {
        let bench = Plan::new().always(fault).serve().await;
        let (mut client, id) = bench.known_client().await;
        assert_eq!(bench.post(&id, r#"{"n":1}"#).await, status);
        bench.faults.set(fault, Probability::NEVER);
        assert_eq!(bench.post(&id, r#"{"n":2}"#).await, 200);
        assert_eq!(client.receive().await["n"], 2);
        assert_eq!(bench.faults.struck(fault), 1);
        bench.stop().await;
    }
}
