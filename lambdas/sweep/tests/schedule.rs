//! The sweep as a function of what is kept and of who is there.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

use std::time::Duration;

use tidegate_core::broker::{Notice, PresenceRules, Rules};
use tidegate_core::connection::{
    ConnectionId, Endpoint, NewConnection, Place, SessionKey, Shard, Subscriber,
};
use tidegate_core::memory::{MemoryQueue, MemorySender, MemoryStore};
use tidegate_core::rights::Rights;
use tidegate_core::sender::SendError;
use tidegate_core::store::{Lease, Leases, Sessions, Subscriptions};
use tidegate_core::timer::WhenIdle;
use tidegate_lambda::{Backend, Moment, Report};
use tidegate_sweep::handle;
use tidegate_test_events::event;

const NOW_MS: u64 = 1_742_085_982_306;
const NAMESPACES: &str =
    r#"{"room": {"subscribe": "signedIn", "publish": "signedIn", "presence": "full"}}"#;

struct Stack {
    store: MemoryStore,
    sender: MemorySender,
    queue: MemoryQueue,
    backend: Backend,
}

fn stack() -> Stack {
    stack_with(PresenceRules::default())
}

fn stack_with(presence: PresenceRules) -> Stack {
    let (store, sender) = (MemoryStore::default(), MemorySender::default());
    let queue = MemoryQueue::default();
    let backend = Backend {
        store: Box::new(store.clone()),
        sender: Box::new(sender.clone()),
        queue: Box::new(queue.clone()),
        timer: Box::new(WhenIdle),
        rules: Rules {
            namespaces: serde_json::from_str(NAMESPACES).unwrap(),
            presence,
            ..Rules::default()
        },
    };
    Stack {
        store,
        sender,
        queue,
        backend,
    }
}

const fn moment(now_ms: u64) -> Moment<'static> {
    Moment {
        now_ms,
        deadline_ms: now_ms + 10_000,
        jitter: 0.5,
        trace: None,
        new_id: &|_| "p1".to_owned(),
        uptime: &|| Duration::ZERO,
        clock: &|| NOW_MS,
    }
}

fn key() -> SessionKey {
    SessionKey {
        user: "alice".to_owned(),
        session: "tab-1234".to_owned(),
    }
}

impl Stack {
    async fn connect(&self) {
        let moment = moment(NOW_MS);
        let broker = self.backend.broker(&moment);
        let connection = ConnectionId::new("a=");
        let join = broker.join_of("room:lobby".parse().unwrap(), &connection);
        let new = NewConnection {
            key: key(),
            joins: Some(join.await.unwrap()),
            connection,
            endpoint: Endpoint::new("abcdef1234"),
            rights: Rights {
                user: "alice".to_owned(),
                groups: [].into(),
                issued_at: 0,
                expires_at: NOW_MS / 1_000 + 900,
            },
        };
        broker.connect(&new).await.unwrap();
        assert_eq!(self.queue.take_notices().len(), 1, "the join");
    }

    /// A handshake that got no further than the row.
    async fn begin_to_connect(&self, minute: u64) {
        let place: Place = "room:lobby".parse().unwrap();
        let lease = Lease {
            key: key(),
            connection: ConnectionId::new("a="),
            endpoint: Endpoint::new("abcdef1234"),
            place: Some(place.clone()),
        };
        self.store.put_lease(minute, &lease).await.unwrap();
        let subscriber = Subscriber {
            connection: lease.connection,
            endpoint: lease.endpoint,
            key: lease.key,
            shard: place.shard,
            expires_at: NOW_MS / 1_000 + 900,
            since_ms: NOW_MS,
        };
        let put = self.store.put_subscription(&place.channel, &subscriber);
        put.await.unwrap();
    }

    async fn rows(&self) -> usize {
        let lobby = "room:lobby".parse().unwrap();
        let page = self.store.subscribers(&lobby, Shard(0), None, true);
        page.await.unwrap().subscribers.len()
    }

    async fn sweep(&self, minutes: u64) -> (Result<(), String>, Report) {
        let moment = moment(NOW_MS + minutes * 60_000);
        handle(&self.backend, event("eventbridge-scheduled"), moment).await
    }
}

fn counted(report: &Report) -> [usize; 3] {
    ["alive", "gone", "again"].map(|name| {
        let found = report.counts.iter().find(|(counted, _)| *counted == name);
        found.unwrap().1
    })
}

#[tokio::test]
async fn whoever_is_there_is_looked_after_again_and_again() {
    let stack = stack();
    stack.connect().await;
    assert_eq!(counted(&stack.sweep(1).await.1), [0, 0, 0], "not due");
    for minutes in [4, 8] {
        let (done, report) = stack.sweep(minutes).await;
        assert_eq!((done, report.outcome), (Ok(()), "ok"));
        assert_eq!(counted(&report), [1, 0, 0]);
    }
    assert!(stack.queue.take_notices().is_empty());
}

#[tokio::test]
async fn one_whose_end_nobody_told_is_removed_and_its_channels_are_to_be_told() {
    let stack = stack();
    stack.connect().await;
    stack.sender.refuse("a=", || SendError::Gone);
    let (_, report) = stack.sweep(4).await;
    assert_eq!((&*report.route, counted(&report)), ("sweep", [0, 1, 0]));
    let session = stack.store.session(&key()).await.unwrap();
    assert!(session.is_none_or(|session| session.connections.is_empty()));
    let notices = stack.queue.take_notices();
    assert!(
        notices
            .iter()
            .any(|it| matches!(&it.notice, Notice::Ended { connection, .. } if connection.as_str() == "a=")),
        "{notices:?}"
    );
    assert_eq!(counted(&stack.sweep(5).await.1), [0, 0, 0], "once");
}

#[tokio::test]
async fn a_database_that_is_down_fails_the_invocation_and_loses_no_lease() {
    let stack = stack();
    stack.connect().await;
    stack.store.set_unavailable(true);
    let (done, report) = stack.sweep(4).await;
    assert!(done.is_err());
    assert_eq!(report.outcome, "unavailable");
    stack.store.set_unavailable(false);
    assert_eq!(counted(&stack.sweep(5).await.1), [1, 0, 0]);
}

#[tokio::test]
async fn a_row_of_a_connection_that_was_marked_and_not_removed_goes_and_its_end_is_told() {
    let stack = stack();
    stack.connect().await;
    // A `$disconnect` that crashed before the rows.
    let (key, id) = (key(), ConnectionId::new("a="));
    let closed = stack.store.close(&key, &id, NOW_MS);
    closed.await.unwrap();
    assert_eq!(stack.rows().await, 1);
    assert_eq!(counted(&stack.sweep(4).await.1), [0, 1, 0]);
    assert_eq!(stack.rows().await, 0);
    assert_eq!(stack.queue.take_notices().len(), 1);
}

#[tokio::test]
async fn a_row_of_a_connection_that_never_was_registered_goes() {
    let stack = stack();
    stack.begin_to_connect(NOW_MS / 60_000 + 3).await;
    assert_eq!(counted(&stack.sweep(4).await.1), [0, 1, 0]);
    assert_eq!(stack.rows().await, 0);
    assert!(stack.queue.take_notices().is_empty(), "it never came");
}

#[tokio::test]
async fn a_connection_that_is_just_coming_is_looked_after_later() {
    let stack = stack_with(PresenceRules {
        lease_minutes: 1,
        ..PresenceRules::default()
    });
    stack.begin_to_connect(NOW_MS / 60_000 + 1).await;
    // 22 seconds after the end of the minute in which it came.
    assert_eq!(counted(&stack.sweep(1).await.1), [1, 0, 0]);
    assert_eq!(stack.rows().await, 1);
    assert_eq!(counted(&stack.sweep(2).await.1), [0, 1, 0]);
    assert_eq!(stack.rows().await, 0);
}

#[tokio::test]
async fn a_schedule_that_did_not_fire_for_long_loses_no_lease_that_is_kept() {
    let stack = stack();
    stack.connect().await;
    stack.sender.refuse("a=", || SendError::Gone);
    let mut gone = 0;
    for minutes in 40..55 {
        gone += counted(&stack.sweep(minutes).await.1)[1];
    }
    assert_eq!(gone, 1);
}
