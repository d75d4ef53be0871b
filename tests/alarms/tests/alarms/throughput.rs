//! The alarm that asks for traffic, which only a stack has that says how much is usual.

use std::collections::BTreeSet;

use tidegate_alarms_tests::{Planned, Stack};

use crate::support::told;

fn stack(throughput: &str) -> Stack {
    let observability = format!(r#"{{"thresholds": {{"throughput": {throughput}}}}}"#);
    Stack::new(Planned::with(&[("observability", &observability)]))
}

/// `9` is a minute with nine frames, `.` one with ten.
fn frames(stack: &Stack, letter: char) {
    stack.frames(letter.to_digit(10).unwrap_or(10), 0);
}

#[test]
fn ten_minutes_with_too_few_frames_are_an_alarm_and_one_with_enough_ends_it() {
    let stack = stack(r#"{"framesPerMinute": 10}"#);
    assert_eq!(told(&stack, "throughput", "...", frames), "...");
    assert_eq!(told(&stack, "throughput", "999999999", frames), ".........");
    assert_eq!(told(&stack, "throughput", ".", frames), ".");
    assert_eq!(
        told(&stack, "throughput", "9999999999", frames),
        ".........!"
    );
    assert_eq!(stack.on(), BTreeSet::from(["throughput", "users-affected"]));
    assert_eq!(told(&stack, "throughput", ".", frames), ".");
    assert_eq!(stack.on(), BTreeSet::new());
}

#[test]
fn no_frames_at_all_are_an_alarm_and_the_only_one() {
    let stack = stack(r#"{"framesPerMinute": 10}"#);
    assert_eq!(told(&stack, "throughput", "...", frames), "...");
    let silent = (1..=20).find(|_| {
        stack.minute(|_| {});
        !stack.on().is_empty()
    });
    // CloudWatch looks two minutes further back as long as there is data.
    assert_eq!(silent, Some(12));
    for _ in 0..200 {
        assert_eq!(stack.on(), BTreeSet::from(["throughput", "users-affected"]));
        stack.minute(|_| {});
    }
}

#[test]
fn what_is_usual_is_not_known_here_and_so_the_rest_goes_on_without_it() {
    let stack = stack(r#"{"anomalyDeviations": 3}"#);
    assert_eq!(
        told(&stack, "throughput", "....99999999990000", frames),
        "??????????????????"
    );
}
