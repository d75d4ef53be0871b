//! Who comes and goes is told to the others, once the queue brings it; and only if it still holds.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

use serde_json::{Value, json};
use tidegate_contract::metrics::Metric;
use tidegate_core::broker::{Notice, Rules};
use tidegate_core::connection::ConnectionId;
use tidegate_core::memory::MemoryQueue;
use tidegate_core::store::{Sessions, Subscriptions};
use tidegate_fanout::Service;
use tidegate_lambda::Report;
use tidegate_test_backend::{EXPIRES_AT, NOW_MS, World, channel, key};
use tidegate_test_events::{fixture, parsed};

const LOBBY: &str = "chat:lobby";

fn world() -> World {
    let namespaces = json!({
        "chat": {"subscribe": "signedIn", "publish": "signedIn", "presence": "full"},
    });
    World::new(Rules {
        namespaces: serde_json::from_value(namespaces).unwrap(),
        direct_receivers: 1_000,
        ..Rules::default()
    })
}

/// A stack in which bob and carol are in the lobby.
async fn lobby() -> World {
    let world = world();
    for (user, connection) in [("bob", "bob="), ("carol", "carol=")] {
        world.open_in(user, connection, LOBBY).await;
    }
    world
}

async fn work(world: &World, notice: &Notice) -> (Value, Report) {
    let service = Service {
        backend: world.backend(),
        dead_letters: Box::new(MemoryQueue::default()),
    };
    let mut event = fixture("fanout-slice");
    event["Records"][0]["body"] = json!(notice.body().unwrap());
    let (response, report) = service.handle(parsed(event), world.moment()).await;
    (serde_json::to_value(response.unwrap()).unwrap(), report)
}

async fn announce(world: &World, notice: &Notice) -> f64 {
    let (response, report) = work(world, notice).await;
    assert_eq!(response, json!({"batchItemFailures": []}));
    assert_eq!((&*report.route, report.outcome), ("fanout", "ok"));
    let changes = report.metrics.iter();
    let mut changes = changes.filter(|(metric, _)| *metric == Metric::PresenceChanges);
    changes.next().map_or(0.0, |(_, changes)| *changes)
}

fn joined(user: &str, session: &str) -> Notice {
    Notice::Joined {
        channel: channel(LOBBY),
        key: key(user, session),
        at_ms: NOW_MS,
    }
}

/// Ends a connection; returns the notice that comes when the grace is over.
async fn end(world: &World, user: &str, session: &str, connection: &str) -> Notice {
    let (backend, moment) = (world.backend(), world.moment());
    let broker = backend.broker(&moment);
    let (key, connection) = (key(user, session), ConnectionId::new(connection));
    broker.disconnect(&key, &connection).await.unwrap();
    let mut notices = world.queue.take_notices();
    notices.remove(0).notice
}

fn told(world: &World, connection: &str) -> Vec<Value> {
    let sent = world.sender.sent_to(connection);
    let frames = sent.iter().map(|frame| serde_json::from_str(frame));
    frames.collect::<Result<_, _>>().unwrap()
}

fn change(event: &str, user: &str) -> Value {
    json!({
        "type": "presenceChange", "channel": LOBBY, "event": event, "user": user,
        "session": format!("{user}="), "at": NOW_MS,
    })
}

#[tokio::test]
async fn who_comes_is_told_to_the_others_and_not_to_itself() {
    let world = lobby().await;
    assert_eq!(announce(&world, &joined("bob", "bob=")).await, 1.0);
    assert_eq!(told(&world, "carol="), [change("join", "bob")]);
    assert!(told(&world, "bob=").is_empty());
}

#[tokio::test]
async fn who_left_is_told_when_nobody_of_the_session_came_back() {
    let world = lobby().await;
    let ended = end(&world, "bob", "bob=", "bob=").await;
    assert!(told(&world, "carol=").is_empty(), "not at once");
    assert_eq!(announce(&world, &ended).await, 1.0);
    assert_eq!(told(&world, "carol="), [change("leave", "bob")]);
    // The queue may bring it twice, and so may the gateway.
    assert_eq!(announce(&world, &ended).await, 0.0);
    assert_eq!(told(&world, "carol=").len(), 1);
}

#[tokio::test]
async fn who_came_back_within_the_grace_never_left() {
    let world = lobby().await;
    let ended = end(&world, "bob", "bob=", "bob=").await;
    // The same session, by a new connection.
    let session = key("bob", "bob=");
    world.open(&session, "bob2=", EXPIRES_AT).await;
    let place = "chat:lobby".parse().unwrap();
    let back = ConnectionId::new("bob2=");
    let rejoined = world
        .store
        .join(&session, &back, &place, true, 9)
        .await
        .unwrap();
    assert!(
        rejoined.present.contains_key(&channel(LOBBY)),
        "it was there all the time"
    );
    let mut row = world.subscribers(LOBBY).await.remove(0);
    (row.connection, row.key) = (back, session);
    world
        .store
        .put_subscription(&channel(LOBBY), &row)
        .await
        .unwrap();

    assert_eq!(announce(&world, &ended).await, 0.0);
    assert!(told(&world, "carol=").is_empty());
    // And when that one goes as well, it has left.
    let ended = end(&world, "bob", "bob=", "bob2=").await;
    assert_eq!(announce(&world, &ended).await, 1.0);
    assert_eq!(told(&world, "carol="), [change("leave", "bob")]);
}

#[tokio::test]
async fn one_who_left_twice_by_two_connections_is_told_of_once() {
    let world = lobby().await;
    let session = key("bob", "bob=");
    world.open(&session, "bob2=", EXPIRES_AT).await;
    let place = "chat:lobby".parse().unwrap();
    let second = ConnectionId::new("bob2=");
    world
        .store
        .join(&session, &second, &place, true, 9)
        .await
        .unwrap();
    let first = end(&world, "bob", "bob=", "bob=").await;
    let second = end(&world, "bob", "bob=", "bob2=").await;
    // The queue keeps no order.
    let changes = announce(&world, &second).await + announce(&world, &first).await;
    assert_eq!(changes, 1.0);
    assert_eq!(told(&world, "carol="), [change("leave", "bob")]);
}

#[tokio::test]
async fn what_could_not_be_told_comes_again_and_is_told_then() {
    let world = lobby().await;
    let ended = end(&world, "bob", "bob=", "bob=").await;
    let again = json!({"batchItemFailures": [
        {"itemIdentifier": "059f36b4-87a3-44ab-83d2-661975830a7d"},
    ]});
    world.watched.end_before(Some("part"));
    let (response, report) = work(&world, &ended).await;
    assert_eq!((response, report.outcome), (again.clone(), "unavailable"));
    // It is noted that the session left, and who receives cannot be read: the first half is not done again.
    world.watched.end_before(Some("subscribers"));
    assert_eq!(announce(&world, &ended).await, 0.0);
    let left = world.queue.take_notices().remove(0);
    assert!(
        matches!(left.notice, Notice::Left { .. }) && left.delay_s > 0,
        "{left:?}"
    );
    let (response, _) = work(&world, &left.notice).await;
    assert_eq!(response, again);
    world.watched.end_before(None);
    assert_eq!(announce(&world, &left.notice).await, 1.0);
    assert_eq!(told(&world, "carol="), [change("leave", "bob")]);
}

#[tokio::test]
async fn a_crowd_is_not_told_of_everybody_by_everybody() {
    let world = world();
    for number in 0..=500 {
        let name = format!("u{number}=");
        world.open_in(&name, &name, LOBBY).await;
    }
    assert_eq!(announce(&world, &joined("bob", "bob=")).await, 0.0);
    assert!(told(&world, "u0=").is_empty());
}
