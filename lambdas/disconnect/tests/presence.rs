//! What is told when a connection that was present somewhere ends: nothing at once, for it may be back.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

use serde_json::json;
use tidegate_core::broker::{Notice, PresenceRules, Rules};
use tidegate_core::connection::ConnectionId;
use tidegate_core::memory::QueuedNotice;
use tidegate_disconnect::handle;
use tidegate_test_backend::{ALICE, NOW_MS, World, channel, key};
use tidegate_test_events::event;

async fn world_in(channels: &[&str]) -> World {
    let namespaces = json!({
        "room": {"subscribe": "signedIn", "publish": "signedIn"},
        "chat": {"subscribe": "signedIn", "publish": "signedIn", "presence": "full"},
        "crowd": {"subscribe": "signedIn", "publish": "signedIn", "presence": "count"},
    });
    let world = World::new(Rules {
        namespaces: serde_json::from_value(namespaces).unwrap(),
        presence: PresenceRules {
            grace_seconds: 7,
            lease_minutes: 3,
        },
        ..Rules::default()
    });
    for channel in channels {
        world.open_in("alice", ALICE, channel).await;
    }
    world
}

async fn end(world: &World) -> Vec<QueuedNotice> {
    let event = event("disconnect-1006-connection-lost");
    let (reply, report) = handle(&world.backend(), &event, world.moment()).await;
    assert_eq!((reply.unwrap().status_code, report.outcome), (200, "ok"));
    world.queue.take_notices()
}

#[tokio::test]
async fn whether_a_session_left_is_seen_when_the_grace_is_over() {
    let world = world_in(&["room:a", "chat:a", "crowd:a", "chat:b"]).await;
    let notice = Notice::Ended {
        channels: vec![channel("chat:a"), channel("chat:b")],
        key: key("alice", ALICE),
        connection: ConnectionId::new(ALICE),
        at_ms: NOW_MS,
    };
    assert_eq!(end(&world).await, [QueuedNotice { notice, delay_s: 7 }]);
    for channel in ["room:a", "chat:a", "crowd:a", "chat:b"] {
        assert!(world.receivers(channel).await.is_empty(), "{channel}");
    }
}

#[tokio::test]
async fn where_nobody_is_named_nobody_is_told() {
    assert_eq!(end(&world_in(&["room:a", "crowd:a"]).await).await, []);
    assert_eq!(end(&world_in(&[]).await).await, []);
}

#[tokio::test]
async fn a_queue_that_is_down_keeps_nothing_from_being_removed() {
    let world = world_in(&["chat:a"]).await;
    world.queue.set_unavailable(true);
    assert_eq!(end(&world).await, []);
    assert!(world.receivers("chat:a").await.is_empty());
}
