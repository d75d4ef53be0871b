use super::*;

const LEAST: u32 = 5;
const NOW_MS: u64 = 1_790_000_000_000;

/// Asks once at `now_ms`; whether the call was let through.
fn ask(breaker: &mut Breaker, outcome: Outcome, now_ms: u64) -> bool {
    match breaker.admit(now_ms) {
        Ok(permit) => {
            breaker.settle(permit, outcome, now_ms, 0.0);
            true
        }
        Err(_) => false,
    }
}

fn asked(breaker: &mut Breaker, outcome: Outcome, calls: usize, now_ms: u64) -> usize {
    (0..calls).filter(|_| ask(breaker, outcome, now_ms)).count()
}

fn opened(now_ms: u64) -> Breaker {
    let mut breaker = Breaker::new(LEAST);
    assert_eq!(asked(&mut breaker, Outcome::Failed, 1_000, now_ms), 5);
    breaker
}

#[test]
fn of_a_thousand_calls_of_what_is_down_five_are_made() {
    let mut breaker = opened(NOW_MS);
    assert_eq!(
        breaker.admit(NOW_MS).unwrap_err(),
        Duration::from_secs(1),
        "and who is refused hears for how long"
    );
    assert_eq!(
        breaker.admit(NOW_MS + 400).unwrap_err(),
        Duration::from_millis(600)
    );
}

#[test]
fn fewer_calls_than_the_least_never_open_it() {
    let mut breaker = Breaker::new(LEAST);
    assert_eq!(asked(&mut breaker, Outcome::Failed, 4, NOW_MS), 4);
    assert!(breaker.admit(NOW_MS).is_ok());
}

#[test]
fn it_opens_at_half_and_not_below() {
    for (answered, opens) in [(11, false), (10, true)] {
        let mut breaker = Breaker::new(LEAST);
        asked(&mut breaker, Outcome::Answered, answered, NOW_MS);
        asked(&mut breaker, Outcome::Failed, 10, NOW_MS);
        assert_eq!(breaker.admit(NOW_MS).is_err(), opens, "{answered}");
    }
}

#[test]
fn what_nobody_can_be_blamed_for_does_not_count() {
    let mut breaker = Breaker::new(LEAST);
    assert_eq!(asked(&mut breaker, Outcome::Unknown, 1_000, NOW_MS), 1_000);
    assert_eq!(asked(&mut breaker, Outcome::Failed, 1_000, NOW_MS), 5);
}

#[test]
fn one_probe_is_let_through_and_its_answer_closes_it() {
    let mut breaker = opened(NOW_MS);
    let now_ms = NOW_MS + 1_000;
    let probe = breaker.admit(now_ms).unwrap();
    assert!(breaker.admit(now_ms).is_err(), "one probe at a time");
    breaker.settle(probe, Outcome::Answered, now_ms, 0.0);
    assert_eq!(asked(&mut breaker, Outcome::Answered, 100, now_ms), 100);
    assert_eq!(
        asked(&mut breaker, Outcome::Failed, 4, now_ms),
        4,
        "nothing of the outage is left in the window"
    );
}

#[test]
fn each_probe_that_fails_doubles_the_wait_up_to_ten_seconds() {
    let mut breaker = opened(NOW_MS);
    let mut now_ms = NOW_MS;
    let mut waits = Vec::new();
    for _ in 0..6 {
        let wait = breaker.admit(now_ms).unwrap_err();
        waits.push(wait.as_secs());
        now_ms += u64::try_from(wait.as_millis()).unwrap();
        assert!(ask(&mut breaker, Outcome::Failed, now_ms));
    }
    assert_eq!(waits, [1, 2, 4, 8, 10, 10]);
}

#[test]
fn a_probe_that_tells_nothing_is_followed_by_another_after_the_same_wait() {
    let mut breaker = opened(NOW_MS);
    assert!(ask(&mut breaker, Outcome::Unknown, NOW_MS + 1_000));
    assert_eq!(
        breaker.admit(NOW_MS + 1_000).unwrap_err(),
        Duration::from_secs(1)
    );
}

#[test]
fn a_probe_that_was_dropped_is_followed_by_another() {
    let mut breaker = opened(NOW_MS);
    let _dropped = breaker.admit(NOW_MS + 1_000).unwrap();
    assert!(breaker.admit(NOW_MS + 10_999).is_err());
    assert!(breaker.admit(NOW_MS + 11_000).is_ok());
}

#[test]
fn a_late_answer_changes_nothing() {
    let mut breaker = Breaker::new(LEAST);
    let slow = [breaker.admit(NOW_MS), breaker.admit(NOW_MS)].map(Result::unwrap);
    asked(&mut breaker, Outcome::Failed, 5, NOW_MS);
    breaker.settle(slow[0], Outcome::Answered, NOW_MS + 500, 0.0);
    assert!(breaker.admit(NOW_MS + 500).is_err(), "it stays open");
    assert!(ask(&mut breaker, Outcome::Answered, NOW_MS + 1_000));
    breaker.settle(slow[1], Outcome::Failed, NOW_MS + 1_000, 0.0);
    assert_eq!(asked(&mut breaker, Outcome::Failed, 4, NOW_MS + 1_000), 4);
    assert!(breaker.admit(NOW_MS + 1_000).is_ok(), "it is not counted");
}

#[test]
fn failures_are_forgotten_after_half_a_minute() {
    let mut breaker = Breaker::new(LEAST);
    asked(&mut breaker, Outcome::Failed, 4, NOW_MS);
    assert_eq!(
        asked(&mut breaker, Outcome::Failed, 4, NOW_MS + 30_000),
        4,
        "the window of a process that was frozen is empty"
    );
    assert!(breaker.admit(NOW_MS + 30_000).is_ok());
    asked(&mut breaker, Outcome::Failed, 1, NOW_MS + 33_000);
    assert!(breaker.admit(NOW_MS + 33_000).is_err());
}

#[test]
fn an_open_breaker_that_was_frozen_probes_at_once() {
    let mut breaker = opened(NOW_MS);
    assert!(ask(&mut breaker, Outcome::Answered, NOW_MS + 600_000));
    assert_eq!(
        asked(&mut breaker, Outcome::Answered, 9, NOW_MS + 600_000),
        9
    );
}

#[test]
fn a_clock_that_is_set_back_neither_locks_it_nor_counts_the_future() {
    let mut breaker = opened(NOW_MS);
    assert!(ask(&mut breaker, Outcome::Answered, NOW_MS - 3_600_000));
    let mut breaker = Breaker::new(LEAST);
    asked(&mut breaker, Outcome::Failed, 4, NOW_MS);
    assert_eq!(
        asked(&mut breaker, Outcome::Failed, 4, NOW_MS - 3_600_000),
        4
    );
    assert!(breaker.admit(NOW_MS - 3_600_000).is_ok());
}

#[test]
fn processes_that_saw_the_same_outage_probe_at_different_moments() {
    let waits = [0.0, 0.5, 1.0].map(|jitter| {
        let mut breaker = Breaker::new(1);
        let permit = breaker.admit(NOW_MS).unwrap();
        breaker.settle(permit, Outcome::Failed, NOW_MS, jitter);
        breaker.admit(NOW_MS).unwrap_err().as_millis()
    });
    assert_eq!(waits, [1_000, 750, 500]);
}
