use futures::executor::block_on;

use super::*;
use crate::connection::{ConnectionId, Endpoint, SessionKey, Shard};
use crate::memory::{MemoryQueue, MemorySender, MemoryStore, Queued};
use crate::sender::SendError;
use crate::store::Subscriptions;
use crate::timer::WhenIdle;

const NOW: Circumstances<'_> = Circumstances {
    now_ms: 1_000_000,
    deadline_ms: 1_015_000,
    jitter: 0.5,
    trace: Some("Root=1-a"),
};

#[derive(Default)]
struct World {
    store: MemoryStore,
    sender: MemorySender,
    queue: MemoryQueue,
    dead: MemoryQueue,
}

impl World {
    fn fanout(&self) -> Fanout<'_> {
        Fanout {
            delivery: Delivery {
                subscriptions: &self.store,
                sender: &self.sender,
            },
            queue: &self.queue,
            timer: &WhenIdle,
        }
    }

    fn publish(&self, receivers: usize, direct: usize) -> Delivered {
        let receivers = (0..receivers).map(subscriber).collect();
        block_on(self.fanout().publish(publication(), receivers, direct, NOW))
    }

    fn work(
        &self,
        slices: &[Slice],
        traces: &[Option<String>],
    ) -> Vec<Result<Delivered, NotHandedOn>> {
        block_on(self.fanout().work(slices, &self.dead, NOW, traces))
    }

    /// What was put aside, with the reason and the receivers' numbers.
    fn dead(&self) -> Vec<(Missed, u32, Vec<Receiver>)> {
        let dead = self.dead.take().into_iter();
        dead.map(|Queued { slice, .. }| {
            let GivenUp { why, attempts, .. } = slice.given_up.unwrap();
            assert_eq!(slice.attempt, 0, "it can be put back as it is");
            assert_eq!(slice.publication, publication());
            (why, attempts, slice.receivers)
        })
        .collect()
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
            for done in self.work(&slices, &[]) {
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

fn receiver(number: usize) -> Receiver {
    subscriber(number).into()
}

fn subscriber(number: usize) -> Subscriber {
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
        shard: Shard(0),
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
    let done = world.work(&slices, &[]);
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
fn who_is_never_reached_is_put_aside_after_three_attempts_more() {
    let world = World::default();
    world
        .sender
        .refuse("c1=", || SendError::Unavailable("down".into()));
    world.publish(3, 1);
    let (delivered, attempts) = world.work_off();
    assert_eq!(attempts, [0, 1, 2, 3]);
    assert_eq!((delivered.sent, delivered.dead), (2, 1));
    assert_eq!(world.dead(), [(Missed::Unavailable, 4, vec![receiver(1)])]);
}

#[test]
fn what_cannot_pass_by_itself_is_put_aside_at_once_by_its_reason() {
    let world = World::default();
    world.sender.refuse("c1=", || SendError::Refused);
    world.sender.refuse("c2=", || SendError::TooLarge);
    world.sender.refuse("c3=", || SendError::Throttled);
    world.publish(5, 1);
    let slices: Vec<_> = world.queue.take().into_iter().map(|it| it.slice).collect();
    let done = world.work(&slices, &[]);
    let delivered = done[0].as_ref().unwrap();
    assert_eq!(
        (delivered.sent, delivered.queued, delivered.dead),
        (2, 1, 2)
    );
    assert_eq!(
        world.dead(),
        [
            (Missed::TooLarge, 1, vec![receiver(2)]),
            (Missed::Refused, 1, vec![receiver(1)]),
        ]
    );
}

#[test]
fn what_the_accepting_function_cannot_deliver_is_put_aside_by_the_queues() {
    let world = World::default();
    world.sender.refuse("c1=", || SendError::Refused);
    let delivered = world.publish(3, 100);
    assert_eq!(
        (delivered.sent, delivered.queued, delivered.failed),
        (2, 1, 0)
    );
    let (delivered, attempts) = world.work_off();
    assert_eq!((delivered.dead, attempts), (1, vec![MOST_ATTEMPTS]));
    assert_eq!(world.dead()[0].2, [receiver(1)]);
}

#[test]
fn what_was_put_aside_reaches_its_receivers_when_it_is_put_back() {
    let world = World::default();
    world.sender.refuse("c1=", || SendError::Refused);
    world.publish(3, 1);
    world.work_off();
    world.sender.take_all();
    let dead: Vec<_> = world.dead.take().into_iter().map(|it| it.slice).collect();
    let done = world.work(&dead, &[]);
    assert_eq!(done[0].as_ref().unwrap().sent, 1);
    assert_eq!([0, 1, 2].map(|number| world.reached(number)), [1, 1, 1]);
}

#[test]
fn who_refreshed_while_a_slice_was_put_aside_gets_it_when_it_is_put_back() {
    let world = World::default();
    let publication = publication();
    let row = Subscriber {
        expires_at: NOW.now_ms / 1_000 + 900,
        ..subscriber(1)
    };
    block_on(world.store.put_subscription(&publication.channel, &row)).unwrap();
    let before = Receiver {
        expires_at: NOW.now_ms / 1_000 - 1,
        ..receiver(1)
    };
    let done = world.work(&[Slice::new(publication, vec![before])], &[]);
    let delivered = done[0].as_ref().unwrap();
    assert_eq!((delivered.sent, delivered.expired), (1, 0));
    assert_eq!(world.reached(1), 1);
}

#[test]
fn a_slice_whose_receivers_are_all_there_asks_the_registry_for_nothing() {
    let world = World::default();
    world.store.set_unavailable(true);
    world.publish(3, 1);
    assert_eq!(world.work_off().0.sent, 3);
}

#[test]
fn what_cannot_be_put_aside_comes_again() {
    let world = World::default();
    world.sender.refuse("c1=", || SendError::Refused);
    world.publish(3, 1);
    let slices: Vec<_> = world.queue.take().into_iter().map(|it| it.slice).collect();
    world.dead.set_unavailable(true);
    let done = world.work(&slices, &[]);
    assert!(matches!(done.as_slice(), [Err(NotHandedOn(_))]), "{done:?}");
}

/// A queue that never answers.
struct Silent;

#[async_trait::async_trait]
impl FanoutQueue for Silent {
    async fn send(&self, _: &[Slice], _: u32, _: Option<&str>) -> Vec<Result<(), QueueError>> {
        std::future::pending().await
    }

    async fn send_notice(
        &self,
        _notice: &crate::broker::Notice,
        _delay_s: u32,
        _trace: Option<&str>,
    ) -> Result<(), QueueError> {
        std::future::pending().await
    }
}

#[test]
fn a_queue_that_never_answers_holds_up_nothing_and_who_is_left_is_counted() {
    let world = World::default();
    world.sender.refuse("c1=", || SendError::Throttled);
    let fanout = Fanout {
        queue: &Silent,
        ..world.fanout()
    };
    let receivers = (0..700).map(subscriber).collect();
    let delivered = block_on(fanout.publish(publication(), receivers, 100, NOW));
    assert_eq!(
        (delivered.sent, delivered.queued, delivered.failed),
        (699, 0, 1)
    );
    let slice = Slice::new(publication(), vec![receiver(1)]);
    let done = block_on(fanout.work(&[slice], &world.dead, NOW, &[]));
    assert!(matches!(done.as_slice(), [Err(NotHandedOn(_))]), "{done:?}");
}

#[test]
fn a_full_slice_with_the_largest_frame_is_far_below_what_a_message_may_be() {
    let long = |number: usize| Receiver {
        connection: ConnectionId::new(format!("{number:-<24}=")),
        endpoint: Endpoint::new("abcdef1234"),
        ..receiver(number)
    };
    let publication = Publication {
        // Escaped once more, each takes two bytes.
        frame: "\"".repeat(crate::protocol::MAX_FRAME_BYTES),
        ..publication()
    };
    let slice = Slice::new(publication, (0..SLICE_RECEIVERS).map(long).collect());
    let bytes = serde_json::to_string(&slice).unwrap().len();
    assert!(bytes < 256 * 1024, "{bytes}");
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
    let done = world.work(&slices, &[]);
    assert!(matches!(done.as_slice(), [Err(NotHandedOn(_))]), "{done:?}");
}

#[test]
fn a_slice_that_comes_again_keeps_its_own_trace() {
    let world = World::default();
    world.publish(3, 1);
    let slices: Vec<_> = world.queue.take().into_iter().map(|it| it.slice).collect();
    world.sender.refuse("c1=", || SendError::Throttled);
    let traces = [Some("Root=1-b".to_owned())];
    world.work(&slices, &traces);
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
    let mut slice = Slice {
        attempt: 2,
        ..Slice::new(publication(), vec![receiver(1)])
    };
    let text = serde_json::to_string(&slice).unwrap();
    let written = r#"{"version":1,"channel":"room:lobby","publicationId":"p1","acceptedAtMs":999000,"frame":"{\"type\":\"publication\"}","receivers":[{"connection":"c1=","endpoint":"odd","expiresAt":4102444800,"sinceMs":5}],"attempt":2}"#;
    assert_eq!(text, written);
    assert_eq!(serde_json::from_str::<Slice>(&text).unwrap(), slice);
    slice.given_up = Some(GivenUp {
        why: Missed::UnknownEndpoint,
        attempts: 1,
        at_ms: 7,
    });
    let dead = serde_json::to_string(&slice).unwrap();
    let why = r#","givenUp":{"why":"unknownEndpoint","attempts":1,"atMs":7}}"#;
    assert!(dead.ends_with(why), "{dead}");
    assert_eq!(serde_json::from_str::<Slice>(&dead).unwrap(), slice);
    let newer = text.replace(r#""version":1"#, r#""version":2"#);
    let error = serde_json::from_str::<Slice>(&newer).unwrap_err();
    assert!(error.to_string().contains("version 2"), "{error}");
}

#[test]
fn a_slice_parts_in_two_until_it_is_one_receiver() {
    let slice = Slice::new(publication(), (0..3).map(receiver).collect());
    let [first, second] = slice.halves().unwrap();
    assert_eq!((first.receivers.len(), second.receivers.len()), (1, 2));
    assert_eq!(first.halves(), None);
}
