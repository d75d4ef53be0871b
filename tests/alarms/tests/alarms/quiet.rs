//! What wakes nobody.

use std::collections::BTreeSet;

use tidegate_alarms_tests::Stack;

use crate::support::stack;

#[test]
fn hours_without_traffic_are_no_alarm() {
    let stack = stack();
    for _ in 0..300 {
        stack.minute(|_| {});
        assert_eq!(stack.on(), BTreeSet::new());
    }
}

#[test]
fn traffic_that_ends_is_no_alarm() {
    let stack = stack();
    for _ in 0..10 {
        stack.minute(usual);
    }
    for _ in 0..300 {
        stack.minute(|_| {});
        assert_eq!(stack.on(), BTreeSet::new());
    }
}

#[test]
fn an_alarm_that_is_on_when_traffic_ends_goes_back() {
    let stack = stack();
    for _ in 0..5 {
        stack.minute(|stack| stack.frames(100, 50));
    }
    assert_eq!(stack.on(), BTreeSet::from(["errors", "users-affected"]));
    for _ in 0..5 {
        stack.minute(|_| {});
    }
    assert_eq!(stack.on(), BTreeSet::new());
}

#[test]
fn a_thousand_bad_tokens_a_minute_are_no_alarm() {
    let stack = stack();
    for minute in 0..10 {
        stack.minute(|stack| {
            stack.bad_tokens(1_000);
            // With others beside them, and alone.
            if minute < 5 {
                usual(stack);
            }
        });
        assert_eq!(stack.on(), BTreeSet::new());
    }
}

#[test]
fn bad_tokens_do_not_hide_that_good_ones_fail() {
    let stack = stack();
    for _ in 0..3 {
        stack.minute(|stack| {
            stack.bad_tokens(1_000);
            stack.handshakes(30, 3);
        });
    }
    assert_eq!(
        stack.on(),
        BTreeSet::from(["handshake-errors", "users-affected"])
    );
}

/// A minute in which all is well, as far as it ever is: somebody's train is in a tunnel, a message waits for a second.
fn usual(stack: &Stack) {
    stack.frames(200, 1);
    stack.handshakes(30, 0);
    stack.disconnects(30, 4);
    stack.delivery(500, 3);
    stack.queue("fanout", "ApproximateAgeOfOldestMessage", 1);
    stack.queue("fanout-dead", "ApproximateNumberOfMessagesVisible", 0);
    for function in ["authorizer", "connect", "disconnect", "message", "fanout"] {
        stack.function(function, "Invocations", 30);
        stack.function(function, "Errors", 0);
        stack.function(function, "Throttles", 0);
    }
}
