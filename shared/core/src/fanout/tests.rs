use futures::executor::block_on;

use super::*;
use crate::connection::{ConnectionId, Endpoint, SessionKey};
use crate::memory::{MemoryQueue, MemoryRegistry, MemorySender, Queued};
use crate::sender::SendError;

const NOW: Circumstances<'_> = Circumstances {
    now_ms: 1_000_000,
    jitter: 0.5,
    trace: Some("Root=1-a"),
};

#[derive(Default)]
struct World {
    registry: MemoryRegistry,
    sender: MemorySender,
    queue: MemoryQueue,
}

impl World {
    fn fanout(&self) -> Fanout<'_> {
        Fanout {
            delivery: Delivery {
                registry: &self.registry,
                sender: &self.sender,
            },
            queue: &self.queue,
        }
    }

    fn publish(&self, receivers: usize, direct: usize) -> Delivered {
        let receivers = (0..receivers).map(receiver).collect();
        block_on(
            self.fanout()
                .publish(&publication(), receivers, direct, NOW),
        )
    }

    /// Works on all that waits, as the queue's function does, until nothing is left.
    fn work_off(&self) -> (Delivered, Vec<u32>) {
        let mut delivered = Delivered::default();
        let mut attempts = Vec::new();
        loop {
            let slices: Vec<_> = self.queue.take().into_iter().map(|it| it.slice).collect();
            if slices.is_empty() {
                return (delivered, attempts);
            }
            attempts.extend(slices.iter().map(|slice| slice.attempt));
            for done in block_on(self.fanout().work(&slices, NOW, &[])) {
                delivered = delivered + done.unwrap();
            }
        }
    }

    fn reached(&self, number: usize) -> usize {
        self.sender.sent_to(&format!("c{number}=")).len()
    }
}

fn publication() -> Publication {
    Publication {
        channel: "room:lobby".parse().unwrap(),
        publication_id: "p1".to_owned(),
        accepted_at_ms: 999_000,
        frame: r#"{"type":"publication"}"#.to_owned(),
    }
}

fn receiver(number: usize) -> Subscriber {
    Subscriber {
        connection: ConnectionId::new(format!("c{number}=")),
        endpoint: Endpoint::new(if number.is_multiple_of(2) {
            "even"
        } else {
            "odd"
        }),
        key: SessionKey {
            user: format!("user-{number}"),
            session: "s".to_owned(),
        },
        expires_at: 4_102_444_800,
        since_ms: 5,
    }
}

#[test]
fn few_receivers_are_reached_at_once_and_each_through_its_own_api() {
    let world = World::default();
    let delivered = world.publish(100, 100);
    assert_eq!((delivered.sent, delivered.queued), (100, 0));
    assert!(world.queue.take().is_empty());
    assert_eq!(
        world.sender.endpoints_of("c4="),
        [Endpoint::new("even")].into()
    );
    assert_eq!(
        world.sender.endpoints_of("c5="),
        [Endpoint::new("odd")].into()
    );
}

#[test]
fn many_receivers_are_handed_over_in_slices_and_each_is_in_one() {
    let world = World::default();
    let delivered = world.publish(1_201, 100);
    assert_eq!((delivered.sent, delivered.queued), (0, 1_201));
    let queued = world.queue.take();
    let sizes: Vec<_> = queued.iter().map(|it| it.slice.receivers.len()).collect();
    assert_eq!(sizes, [SLICE_RECEIVERS, SLICE_RECEIVERS, 201]);
    for Queued {
        slice,
        delay_s,
        trace,
    } in &queued
    {
        assert_eq!((slice.attempt, *delay_s), (0, 0));
        assert_eq!(trace.as_deref(), Some("Root=1-a"));
        assert_eq!(slice.publication, publication());
    }
    let slices: Vec<_> = queued.into_iter().map(|it| it.slice).collect();
    let done = block_on(world.fanout().work(&slices, NOW, &[]));
    let sent: usize = done.iter().map(|done| done.as_ref().unwrap().sent).sum();
    assert_eq!(sent, 1_201);
    assert!((0..1_201).all(|number| world.reached(number) == 1));
}

#[test]
fn who_is_throttled_is_tried_again_alone_and_reached_when_it_passes() {
    let world = World::default();
    world.sender.refuse("c1=", || SendError::Throttled);
    let delivered = world.publish(3, 100);
    assert_eq!(
        (delivered.sent, delivered.queued, delivered.failed),
        (2, 1, 0)
    );
    world.sender.take_all();
    let (delivered, attempts) = world.work_off();
    assert_eq!((delivered.sent, attempts), (1, vec![1]));
    assert_eq!(
        [0, 1, 2].map(|number| world.reached(number)),
        [1, 1, 1],
        "nobody twice"
    );
}

#[test]
fn who_is_never_reached_is_given_up_after_three_attempts_more() {
    let world = World::default();
    world
        .sender
        .refuse("c1=", || SendError::Unavailable("down".into()));
    world.publish(3, 1);
    let (delivered, attempts) = world.work_off();
    assert_eq!(attempts, [0, 1, 2, 3]);
    assert_eq!((delivered.sent, delivered.failed), (2, 1));
}

#[test]
fn what_cannot_pass_is_not_tried_again() {
    let world = World::default();
    world.sender.refuse("c1=", || SendError::Refused);
    let delivered = world.publish(3, 100);
    assert_eq!(
        (delivered.sent, delivered.queued, delivered.failed),
        (2, 0, 1)
    );
}

#[test]
fn what_the_queue_does_not_take_is_delivered_all_the_same() {
    let world = World::default();
    world.queue.set_unavailable(true);
    world.sender.refuse("c1=", || SendError::Throttled);
    let delivered = world.publish(700, 100);
    assert_eq!(
        (delivered.sent, delivered.queued, delivered.failed),
        (699, 0, 1)
    );
}

#[test]
fn a_slice_whose_rest_cannot_be_handed_on_must_come_again() {
    let world = World::default();
    world.publish(3, 1);
    let slices: Vec<_> = world.queue.take().into_iter().map(|it| it.slice).collect();
    world.sender.refuse("c1=", || SendError::Throttled);
    world.queue.set_unavailable(true);
    let done = block_on(world.fanout().work(&slices, NOW, &[]));
    assert!(matches!(done.as_slice(), [Err(NotHandedOn(_))]), "{done:?}");
}

#[test]
fn a_slice_that_comes_again_keeps_its_own_trace() {
    let world = World::default();
    world.publish(3, 1);
    let slices: Vec<_> = world.queue.take().into_iter().map(|it| it.slice).collect();
    world.sender.refuse("c1=", || SendError::Throttled);
    let traces = [Some("Root=1-b".to_owned())];
    block_on(world.fanout().work(&slices, NOW, &traces));
    let again = world.queue.take();
    assert_eq!(again[0].trace.as_deref(), Some("Root=1-b"));
    assert_eq!(again[0].slice.receivers, [receiver(1)]);
}

#[test]
fn waits_grow_and_differ() {
    let waits = |jitter| [1, 2, 3].map(|attempt| delay_s(attempt, jitter));
    assert_eq!(waits(0.0), [1, 3, 9]);
    assert_eq!(waits(1.0), [2, 6, 18]);
}

#[test]
fn a_message_is_written_as_it_is_documented_and_read_back() {
    let slice = Slice {
        version: Version,
        publication: publication(),
        receivers: vec![receiver(1)],
        attempt: 2,
    };
    let text = serde_json::to_string(&slice).unwrap();
    let written = r#"{"version":1,"channel":"room:lobby","publicationId":"p1","acceptedAtMs":999000,"frame":"{\"type\":\"publication\"}","receivers":[{"connection":"c1=","endpoint":"odd","key":{"user":"user-1","session":"s"},"expiresAt":4102444800,"sinceMs":5}],"attempt":2}"#;
    assert_eq!(text, written);
    assert_eq!(serde_json::from_str::<Slice>(&text).unwrap(), slice);
    let newer = text.replace(r#""version":1"#, r#""version":2"#);
    let error = serde_json::from_str::<Slice>(&newer).unwrap_err();
    assert!(error.to_string().contains("version 2"), "{error}");
}

#[test]
fn a_slice_parts_in_two_until_it_is_one_receiver() {
    let slice = Slice {
        version: Version,
        publication: publication(),
        receivers: (0..3).map(receiver).collect(),
        attempt: 0,
    };
    let [first, second] = slice.halves().unwrap();
    assert_eq!((first.receivers.len(), second.receivers.len()), (1, 2));
    assert_eq!(first.halves(), None);
}
