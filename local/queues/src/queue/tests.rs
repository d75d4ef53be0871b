use std::time::Duration;

use tidegate_local_cloud::system::Redrive;

use super::*;

const MANY: usize = 1_000;

fn queue() -> QueueState {
    let spec = QueueSpec {
        name: "work".to_owned(),
        arn: "arn:aws:sqs:us-east-1:000000000000:work".to_owned(),
        visibility_timeout: Duration::from_secs(30),
        retention: Duration::from_secs(60),
        delay: Duration::ZERO,
        receive_wait: Duration::ZERO,
        max_message_bytes: 1_048_576,
        redrive: Some(Redrive {
            dead_letter_queue: "dead".to_owned(),
            max_receive_count: 2,
        }),
    };
    QueueState::new(spec, 0)
}

fn new(id: &str) -> NewMessage {
    NewMessage {
        id: id.to_owned(),
        body: id.to_owned(),
        attributes: BTreeMap::new(),
        trace: None,
        delay_s: None,
    }
}

fn receive(queue: &mut QueueState, now_ms: u64) -> Vec<Received> {
    queue.receive(10, 30_000, MANY, now_ms).received
}

#[test]
fn a_message_is_hidden_while_somebody_has_it_and_comes_again_after_that() {
    let mut queue = queue();
    queue.send(new("m"), 0);
    let first = receive(&mut queue, 1_000);
    assert_eq!(first[0].message.receive_count, 1);
    assert!(receive(&mut queue, 30_999).is_empty());
    let second = receive(&mut queue, 31_000);
    assert_eq!(second[0].message.receive_count, 2);
    assert_eq!(second[0].message.first_received_ms, Some(1_000));
    assert_ne!(second[0].receipt, first[0].receipt);
}

#[test]
fn what_was_deleted_is_gone_and_an_old_receipt_deletes_nothing() {
    let mut queue = queue();
    queue.send(new("m"), 0);
    let first = receive(&mut queue, 0).remove(0);
    let second = receive(&mut queue, 30_000).remove(0);
    queue.delete(&first.receipt).unwrap();
    assert_eq!(queue.counts(30_000).in_flight, 1);
    queue.delete(&second.receipt).unwrap();
    queue.delete(&second.receipt).unwrap();
    assert_eq!(queue.counts(90_000), Counts::default());
}

#[test]
fn a_receipt_that_is_none_is_refused() {
    let mut queue = queue();
    let of_another = BASE64_STANDARD.encode("other 1 1");
    for receipt in ["", "x", &of_another] {
        let error = queue.delete(receipt).unwrap_err();
        assert_eq!(error.code, "ReceiptHandleIsInvalid", "{receipt}");
    }
}

#[test]
fn what_is_received_too_often_goes_to_the_dead_letter_queue_with_its_age() {
    let mut queue = queue();
    queue.spec.retention = Duration::from_secs(600);
    queue.send(new("m"), 5);
    for now_ms in [10, 30_010] {
        assert_eq!(receive(&mut queue, now_ms).len(), 1);
    }
    let look = queue.receive(10, 30_000, MANY, 60_010);
    assert!(look.received.is_empty());
    let [dead] = look.dead.as_slice() else {
        panic!("{look:?}")
    };
    assert_eq!((dead.sent_ms, dead.receive_count), (5, 2));
    assert_eq!(queue.counts(90_000), Counts::default());
}

#[test]
fn a_message_is_held_back_as_long_as_it_says_or_else_as_the_queue_does() {
    let mut queue = queue();
    queue.spec.delay = Duration::from_secs(3);
    queue.send(new("queue's"), 0);
    let own = NewMessage {
        delay_s: Some(1),
        ..new("own")
    };
    queue.send(own, 0);
    let counts = queue.counts(0);
    assert_eq!((counts.visible, counts.delayed), (0, 2));
    let look = queue.receive(10, 30_000, MANY, 999);
    assert!(look.received.is_empty());
    assert_eq!(look.next_ms, Some(1_000));
    assert_eq!(receive(&mut queue, 1_000)[0].message.id, "own");
    assert_eq!(receive(&mut queue, 3_000)[0].message.id, "queue's");
}

#[test]
fn what_is_older_than_the_queue_keeps_is_gone() {
    let mut queue = queue();
    queue.send(new("m"), 0);
    assert!(receive(&mut queue, 60_000).is_empty());
    assert_eq!(queue.counts(0), Counts::default());
}

#[test]
fn the_time_for_which_a_message_is_hidden_can_be_changed() {
    let mut queue = queue();
    queue.send(new("m"), 0);
    let received = receive(&mut queue, 0).remove(0);
    queue
        .change_visibility(&received.receipt, 0, 1_000)
        .unwrap();
    assert_eq!(queue.counts(1_000).visible, 1);
    let error = queue
        .change_visibility(&received.receipt, 5_000, 1_000)
        .unwrap_err();
    assert_eq!(error.code, "MessageNotInflight");
    receive(&mut queue, 1_000);
    let error = queue
        .change_visibility(&received.receipt, 5_000, 1_000)
        .unwrap_err();
    assert_eq!(error.code, "InvalidParameterValue", "an old receipt");
}

#[test]
fn no_more_are_in_flight_than_may_be() {
    let mut queue = queue();
    for id in ["a", "b", "c"] {
        queue.send(new(id), 0);
    }
    let look = queue.receive(10, 30_000, 2, 0);
    assert_eq!((look.received.len(), look.over_limit), (2, true));
    let look = queue.receive(10, 30_000, 2, 0);
    assert!(look.received.is_empty() && look.over_limit);
}

#[test]
fn the_oldest_message_is_the_one_that_has_waited_longest_until_it_was_received_too_often() {
    let mut queue = queue();
    queue.spec.redrive = None;
    queue.spec.retention = Duration::from_secs(600);
    assert_eq!(queue.age_ms(5), 0);
    queue.send(new("poison"), 0);
    queue.send(new("second"), 10_000);
    for now_ms in [10_000, 50_000] {
        // In flight, it is still not processed.
        assert_eq!(queue.receive(1, 30_000, MANY, now_ms).received.len(), 1);
        assert_eq!(queue.age_ms(now_ms), now_ms);
    }
    assert_eq!(queue.receive(1, 30_000, MANY, 90_000).received.len(), 1);
    assert_eq!(queue.age_ms(90_000), 80_000);
}

#[test]
fn in_a_dead_letter_queue_the_age_counts_from_when_the_message_came_there() {
    let mut queue = queue();
    queue.spec.retention = Duration::from_secs(600);
    queue.send(new("m"), 0);
    for now_ms in [0, 30_000] {
        receive(&mut queue, now_ms);
    }
    let mut dead = queue.receive(10, 30_000, MANY, 60_000).dead;
    let mut letters = QueueState::new(queue.spec.clone(), 0);
    letters.take_dead(dead.remove(0), "arn", 60_000);
    assert_eq!(letters.age_ms(65_000), 5_000);
}
