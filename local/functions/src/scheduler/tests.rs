use std::collections::BTreeMap;
use std::path::PathBuf;

use bytes::Bytes;
use http::HeaderValue;
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

use super::*;
use crate::ids::Ids;

type Outcome = oneshot::Receiver<Result<Bytes, InvokeError>>;

const TIMEOUT: u64 = 3_000;
const INIT: u64 = 10_000;
const IDLE: u64 = 600_000;
const WAIT: u64 = 10_000;

struct Bench {
    scheduler: Scheduler,
    ids: Ids,
}

fn spec(max_processes: usize) -> FunctionSpec {
    FunctionSpec {
        name: "f".to_owned(),
        arn: "arn".to_owned(),
        binary: PathBuf::from("f"),
        handler: "bootstrap".to_owned(),
        environment: BTreeMap::new(),
        timeout: Duration::from_millis(TIMEOUT),
        memory_mb: 128,
        max_processes,
        log_group: None,
        region: "us-east-1".to_owned(),
    }
}

fn bench(max_processes: usize) -> Bench {
    let options = PoolOptions {
        init_timeout: Duration::from_millis(INIT),
        idle_timeout: Some(Duration::from_millis(IDLE)),
        max_queued: 10,
        max_wait: Duration::from_millis(WAIT),
        ..PoolOptions::default()
    };
    Bench {
        scheduler: Scheduler::new(Arc::new(spec(max_processes)), &options),
        ids: Ids::new(1),
    }
}

impl Bench {
    /// Submits an invocation; gives its outcome and the environments to start.
    fn submit(&mut self, now: u64) -> (RequestId, Outcome, Vec<Start>) {
        let (reply, outcome) = oneshot::channel();
        let id = self.ids.request_id();
        let trace = HeaderValue::from_static("trace");
        let job = Job {
            id,
            since: now,
            payload: Bytes::new(),
            trace,
            client_context: None,
            reply,
        };
        let effects = self.scheduler.submit(job, now).unwrap();
        (id, outcome, effects.start)
    }

    /// Submits an invocation that needs a new environment.
    fn submit_cold(&mut self, now: u64) -> (RequestId, Outcome, Start) {
        let (id, outcome, mut start) = self.submit(now);
        assert_eq!(start.len(), 1);
        (id, outcome, start.remove(0))
    }

    fn next(&mut self, start: &Start, now: u64) -> Option<Delivery> {
        match self.scheduler.next(start.id, Waker::noop(), now) {
            Next::Deliver(delivery) => Some(delivery),
            Next::Wait => None,
            Next::Busy => panic!("busy"),
        }
    }

    fn complete(&mut self, start: &Start, id: RequestId, now: u64) {
        let (reply, effects) = self.scheduler.complete(start.id, id, now).unwrap();
        assert!(effects.start.is_empty());
        reply.send(Ok(Bytes::from_static(b"done"))).unwrap();
    }

    /// An environment that has served one invocation and waits for the next.
    fn warm(&mut self, now: u64) -> Start {
        let (id, _outcome, start) = self.submit_cold(now);
        self.next(&start, now).unwrap();
        let (reply, _) = self.scheduler.complete(start.id, id, now).unwrap();
        drop(reply);
        assert!(self.next(&start, now).is_none());
        start
    }
}

fn is_pending(outcome: &mut Outcome) -> bool {
    matches!(outcome.try_recv(), Err(TryRecvError::Empty))
}

/// Whether the supervisor was called, without waiting for it.
fn called(start: &Start) -> bool {
    let mut notified = Box::pin(start.attention.notified());
    notified
        .as_mut()
        .poll(&mut std::task::Context::from_waker(Waker::noop()))
        .is_ready()
}

#[test]
fn the_deadline_counts_from_the_delivery_not_from_the_wait() {
    let mut bench = bench(1);
    let (_, _outcome, start) = bench.submit_cold(0);
    assert_eq!(bench.next(&start, 500).unwrap().deadline_ms, 500 + TIMEOUT);
}

#[test]
fn a_start_that_lost_the_race_becomes_idle() {
    let mut bench = bench(2);
    let warm = bench.warm(0);
    let (first, _a, none) = bench.submit(0);
    assert!(none.is_empty());
    bench.next(&warm, 0).unwrap();
    let (second, _b, cold) = bench.submit_cold(0);
    bench.complete(&warm, first, 1);
    assert_eq!(bench.next(&warm, 1).unwrap().id, second);
    assert!(bench.next(&cold, 2).is_none());
    assert_eq!(bench.scheduler.stats().idle, 1);
}

#[test]
fn what_was_handed_to_a_process_that_ends_first_goes_to_another() {
    let mut bench = bench(1);
    let warm = bench.warm(0);
    let (id, mut outcome, _) = bench.submit(5);
    let (verdict, effects) = bench.scheduler.ended(warm.id, 6);
    assert!(matches!(verdict, Verdict::Quiet));
    assert!(is_pending(&mut outcome));
    assert_eq!(bench.next(&effects.start[0], 7).unwrap().id, id);
}

#[test]
fn what_was_handed_to_a_process_that_does_not_come_back_goes_to_another() {
    let mut bench = bench(2);
    let warm = bench.warm(0);
    let (id, mut outcome, _) = bench.submit(5);
    assert_eq!(
        bench.scheduler.look(warm.id, 5).0,
        Look::SleepUntil(5 + TIMEOUT)
    );
    let (look, effects) = bench.scheduler.look(warm.id, 5 + TIMEOUT);
    assert_eq!(look, Look::Kill);
    assert!(is_pending(&mut outcome));
    assert_eq!(bench.next(&effects.start[0], 5 + TIMEOUT).unwrap().id, id);
}

#[test]
fn a_process_whose_time_is_up_is_killed_and_its_response_refused() {
    let mut bench = bench(1);
    let (id, _outcome, start) = bench.submit_cold(0);
    bench.next(&start, 0).unwrap();
    assert_eq!(
        bench.scheduler.look(start.id, TIMEOUT - 1).0,
        Look::SleepUntil(TIMEOUT)
    );
    assert_eq!(bench.scheduler.look(start.id, TIMEOUT).0, Look::Kill);
    assert_eq!(
        bench.scheduler.complete(start.id, id, TIMEOUT).unwrap_err(),
        NotCurrent::Unknown
    );
    let (verdict, _) = bench.scheduler.ended(start.id, TIMEOUT);
    assert!(matches!(verdict, Verdict::TimedOut(of, _) if of == id));
}

#[test]
fn a_response_is_taken_once() {
    let mut bench = bench(1);
    let (id, _outcome, start) = bench.submit_cold(0);
    bench.next(&start, 0).unwrap();
    bench.complete(&start, id, 0);
    assert_eq!(
        bench.scheduler.complete(start.id, id, 0).unwrap_err(),
        NotCurrent::Answered
    );
    let other = bench.ids.request_id();
    assert_eq!(
        bench.scheduler.complete(start.id, other, 0).unwrap_err(),
        NotCurrent::Unknown
    );
}

#[test]
fn an_invocation_calls_the_supervisor_only_when_it_is_due_before_the_next_look() {
    let mut bench = bench(1);
    let warm = bench.warm(0);
    // The first deadline is before the init limit, so the supervisor was called for it; it finds nothing to do.
    assert!(called(&warm));
    assert_eq!(bench.scheduler.look(warm.id, 0).0, Look::SleepUntil(IDLE));
    for (now, expected) in [(100, true), (200, false), (300, false)] {
        let (id, _outcome, _) = bench.submit(now);
        bench.next(&warm, now).unwrap();
        assert_eq!(called(&warm), expected, "at {now}");
        if expected {
            assert_eq!(
                bench.scheduler.look(warm.id, now).0,
                Look::SleepUntil(now + TIMEOUT)
            );
        }
        bench.complete(&warm, id, now);
    }
}

#[test]
fn a_failed_start_fails_one_invocation_and_the_next_gets_its_own() {
    let mut bench = bench(1);
    let (_, _first, start) = bench.submit_cold(0);
    let (_, mut second, none) = bench.submit(0);
    assert!(none.is_empty());
    let (verdict, effects) = bench.scheduler.ended(start.id, 1);
    assert!(matches!(
        verdict,
        Verdict::InitFailed(InitEnd::Ended, Some(_))
    ));
    assert!(is_pending(&mut second));
    assert_eq!(effects.start.len(), 1);
}

#[test]
fn a_failed_start_whose_invocation_was_served_fails_nobody() {
    let mut bench = bench(3);
    let warm = bench.warm(0);
    let (first, _a, _) = bench.submit(0);
    bench.next(&warm, 0).unwrap();
    let (_, _b, failing) = bench.submit_cold(0);
    let (_, mut third, _starting) = bench.submit_cold(0);
    bench.complete(&warm, first, 0);
    let (verdict, effects) = bench.scheduler.ended(failing.id, 1);
    assert!(matches!(verdict, Verdict::InitFailed(InitEnd::Ended, None)));
    assert!(effects.start.is_empty());
    assert!(is_pending(&mut third));
}

#[test]
fn a_reported_init_error_is_kept_when_the_process_hangs_on() {
    let mut bench = bench(1);
    let (_, _outcome, start) = bench.submit_cold(0);
    assert!(
        bench
            .scheduler
            .report_init_error(start.id, "T".to_owned(), "m".to_owned())
    );
    assert!(
        bench.next(&start, 1).is_none(),
        "it has said that it cannot"
    );
    assert_eq!(bench.scheduler.look(start.id, INIT).0, Look::Kill);
    let (verdict, _) = bench.scheduler.ended(start.id, INIT);
    assert!(matches!(
        verdict,
        Verdict::InitFailed(InitEnd::Reported { .. }, Some(_))
    ));
}

#[test]
fn an_environment_that_was_replaced_ends_with_its_invocation() {
    let mut bench = bench(2);
    let (id, mut outcome, old) = bench.submit_cold(0);
    bench.next(&old, 0).unwrap();
    assert!(
        bench
            .scheduler
            .replace(Arc::new(spec(2)), 1)
            .start
            .is_empty()
    );
    bench.complete(&old, id, 2);
    assert!(outcome.try_recv().unwrap().is_ok());
    // It is still at what it does after its answer.
    assert!(matches!(
        bench.scheduler.look(old.id, 2).0,
        Look::SleepUntil(_)
    ));
    assert!(bench.next(&old, 3).is_none());
    assert_eq!(bench.scheduler.look(old.id, 3).0, Look::Kill);
    assert_eq!(bench.scheduler.stats().idle, 0);
}

#[test]
fn an_environment_that_answered_and_does_not_come_back_is_ended_in_its_time() {
    let mut bench = bench(1);
    let (id, _outcome, old) = bench.submit_cold(0);
    bench.next(&old, 0).unwrap();
    bench.complete(&old, id, 1);
    let effects = bench.scheduler.replace(Arc::new(spec(1)), 2);
    assert!(effects.start.is_empty() && called(&old));
    let (Look::SleepUntil(until), _) = bench.scheduler.look(old.id, 2) else {
        panic!("it is not given any time");
    };
    assert_eq!(bench.scheduler.look(old.id, until).0, Look::Kill);
    assert!(matches!(
        bench.scheduler.ended(old.id, until).0,
        Verdict::Quiet
    ));
}

#[test]
fn what_waits_for_a_start_that_is_replaced_gets_a_new_one() {
    let mut bench = bench(1);
    let (id, _outcome, old) = bench.submit_cold(0);
    // Its place is free only when its process is gone.
    assert!(
        bench
            .scheduler
            .replace(Arc::new(spec(1)), 1)
            .start
            .is_empty()
    );
    assert_eq!(bench.scheduler.look(old.id, 1).0, Look::Kill);
    let (verdict, effects) = bench.scheduler.ended(old.id, 2);
    assert!(matches!(verdict, Verdict::Quiet));
    assert_eq!(bench.next(&effects.start[0], 3).unwrap().id, id);
}

#[test]
fn an_idle_environment_ends_after_its_time() {
    let mut bench = bench(1);
    let warm = bench.warm(0);
    assert_eq!(
        bench.scheduler.look(warm.id, IDLE - 1).0,
        Look::SleepUntil(IDLE)
    );
    assert_eq!(bench.scheduler.look(warm.id, IDLE).0, Look::Kill);
    // It is no longer given anything, although its process is still there.
    let (_, mut outcome, start) = bench.submit(IDLE);
    assert!(start.is_empty() && is_pending(&mut outcome));
    assert_eq!(bench.scheduler.ended(warm.id, IDLE).1.start.len(), 1);
}

#[test]
fn a_closed_function_refuses_what_no_process_has_seen() {
    let mut bench = bench(1);
    let warm = bench.warm(0);
    let (_, mut handed, _) = bench.submit(0);
    let (_, mut queued, _) = bench.submit(0);
    let refused = bench.scheduler.close(false, 0);
    assert_eq!(refused.len(), 2);
    drop(refused);
    assert!(!is_pending(&mut handed) && !is_pending(&mut queued));
    assert!(bench.next(&warm, 0).is_none());
    assert_eq!(bench.scheduler.look(warm.id, 0).0, Look::Kill);
    assert!(bench.scheduler.ended(warm.id, 0).1.start.is_empty());
}

#[test]
fn an_idle_time_that_ends_before_the_next_look_calls_the_supervisor() {
    let options = PoolOptions {
        idle_timeout: Some(Duration::from_millis(50)),
        ..PoolOptions::default()
    };
    let mut bench = Bench {
        scheduler: Scheduler::new(Arc::new(spec(1)), &options),
        ids: Ids::new(1),
    };
    let warm = bench.warm(0);
    assert!(called(&warm));
    assert_eq!(bench.scheduler.look(warm.id, 0).0, Look::SleepUntil(50));
}

#[test]
fn provisioned_environments_are_started_before_they_are_needed_and_taken_first() {
    let mut bench = bench(3);
    let warmed = bench.scheduler.warm(2, 0).start;
    assert_eq!(warmed.len(), 2);
    assert!(bench.next(&warmed[0], 0).is_none());
    let (_, _, started) = bench.submit(0);
    assert!(started.is_empty(), "one is there already");
    assert!(bench.next(&warmed[0], 0).is_some());
    assert!(bench.scheduler.warm(2, 0).start.is_empty());
    assert_eq!(
        bench.scheduler.warm(9, 0).start.len(),
        1,
        "no more than may be"
    );
}

#[test]
fn what_has_waited_for_too_long_is_refused_and_what_came_later_is_done() {
    let mut bench = bench(1);
    let warm = bench.warm(0);
    let (first, _running, _) = bench.submit(0);
    assert!(bench.next(&warm, 0).is_some());
    let (_, mut stale, _) = bench.submit(1);
    let (fresh, mut waiting, _) = bench.submit(2);
    assert!(is_pending(&mut stale));
    bench.complete(&warm, first, WAIT + 2);
    assert!(matches!(
        stale.try_recv(),
        Ok(Err(InvokeError::Throttled { queued: 1, .. }))
    ));
    assert!(is_pending(&mut waiting), "it waited for as long as it may");
    assert_eq!(bench.next(&warm, WAIT + 2).unwrap().id, fresh);
    let stats = bench.scheduler.stats();
    assert_eq!((stats.invocations, stats.errors), (3, 1));
}
