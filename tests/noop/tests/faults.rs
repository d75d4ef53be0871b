//! Functions that are slow, crash, or start late because they were told to.

mod support;

use std::sync::Arc;
use std::time::Duration;

use support::{Bench, Lines, bounded, call, spawn, spec, until};
use tidegate_local_cloud::clock::{Clock, VirtualClock};
use tidegate_local_cloud::faults::{Fault, Faults, Probability};
use tidegate_local_functions::{FunctionSpec, InvokeError, Pool, PoolOptions};

const NOW_MS: u64 = 1_790_000_000_000;

/// A pool whose time passes as it is told, where this goes wrong every time.
fn always(fault: Fault, spec: FunctionSpec) -> (Bench, VirtualClock, Faults) {
    let faults = Faults::seeded(7);
    faults.set(fault, Probability::ALWAYS);
    let options = PoolOptions {
        faults: faults.clone(),
        ..PoolOptions::default()
    };
    let clock = VirtualClock::at(NOW_MS);
    let lines = Lines::default();
    let pool = Pool::new(Arc::new(clock.clone()), lines.sink(), options);
    let function = pool.add(spec);
    let bench = Bench {
        pool,
        function,
        lines,
    };
    (bench, clock, faults)
}

/// Lets the time pass, a tenth of a second at a time, until `condition`.
async fn pass_until(clock: &VirtualClock, what: &str, condition: impl Fn() -> bool) {
    until(what, || {
        let done = condition();
        if !done {
            clock.advance(Duration::from_millis(100));
        }
        done
    })
    .await;
}

#[tokio::test]
async fn a_slow_function_answers_seconds_later() {
    let (bench, clock, faults) = always(Fault::HandlerSlow, spec());
    let answer = spawn(&bench.function, "done");
    pass_until(&clock, "the answer", || answer.is_finished()).await;
    assert_eq!(bounded(answer).await.unwrap().unwrap(), "done");
    let took_ms = clock.now_ms() - NOW_MS;
    assert!((1_000..=60_000).contains(&took_ms), "{took_ms}");
    assert_eq!(faults.struck(Fault::HandlerSlow), 1);
    faults.set(Fault::HandlerSlow, Probability::NEVER);
    let before_ms = clock.now_ms();
    assert_eq!(call(&bench.function, "again").await.unwrap(), "again");
    assert_eq!(clock.now_ms(), before_ms);
    bounded(bench.pool.shutdown()).await;
}

#[tokio::test]
async fn a_function_that_is_slower_than_it_may_be_times_out() {
    let short = FunctionSpec {
        timeout: Duration::from_millis(500),
        ..spec()
    };
    let (bench, clock, _) = always(Fault::HandlerSlow, short);
    bench.function.warm(1);
    until("it has started", || bench.function.stats().idle == 1).await;
    let answer = spawn(&bench.function, "done");
    pass_until(&clock, "the answer", || answer.is_finished()).await;
    let error = bounded(answer).await.unwrap().unwrap_err();
    assert!(matches!(error, InvokeError::TimedOut { .. }), "{error}");
    bounded(bench.pool.shutdown()).await;
}

#[tokio::test]
async fn a_function_crashes_before_or_after_its_work_and_is_there_again() {
    let (bench, _clock, faults) = always(Fault::HandlerCrash, spec());
    let crashes = 8;
    for _time in 0..crashes {
        let error = call(&bench.function, "stdout:worked").await.unwrap_err();
        assert!(matches!(error, InvokeError::Crashed { .. }), "{error}");
    }
    assert_eq!(faults.struck(Fault::HandlerCrash), crashes);
    let lines = bench.lines.all();
    let worked = lines.iter().filter(|it| it.text == "worked").count();
    // Of those that were killed as they began, some get that far all the same: the signal takes its time.
    assert!(worked > 0, "some are killed only when their work is done");
    assert_eq!(bench.function.stats().cold_starts, crashes);
    faults.set(Fault::HandlerCrash, Probability::NEVER);
    assert_eq!(call(&bench.function, "again").await.unwrap(), "again");
    bounded(bench.pool.shutdown()).await;
}

#[tokio::test]
async fn a_process_that_starts_late_lets_its_first_invocation_wait() {
    let (bench, clock, faults) = always(Fault::ColdStartSlow, spec());
    let answer = spawn(&bench.function, "done");
    pass_until(&clock, "the answer", || answer.is_finished()).await;
    assert_eq!(bounded(answer).await.unwrap().unwrap(), "done");
    assert!(clock.now_ms() - NOW_MS >= 1_000);
    assert_eq!(faults.struck(Fault::ColdStartSlow), 1);
    // The second finds it warm.
    let before_ms = clock.now_ms();
    assert_eq!(call(&bench.function, "again").await.unwrap(), "again");
    assert_eq!(clock.now_ms(), before_ms);
    bounded(bench.pool.shutdown()).await;
}

#[tokio::test]
async fn a_pool_that_ends_does_not_wait_for_a_late_start() {
    let (bench, _clock, faults) = always(Fault::ColdStartSlow, spec());
    let answer = spawn(&bench.function, "done");
    until("it is to start", || {
        faults.struck(Fault::ColdStartSlow) == 1
    })
    .await;
    bounded(bench.pool.shutdown()).await;
    assert!(bounded(answer).await.unwrap().is_err());
}
