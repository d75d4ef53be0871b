//! How many processes there are, and which one gets an invocation.

mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use support::{bench, bench_with, bounded, call, event, spawn, spec, until_stats};
use tidegate_local_functions::{FunctionSpec, InvokeError, PoolOptions};

fn up_to(max_processes: usize) -> FunctionSpec {
    FunctionSpec {
        max_processes,
        ..spec()
    }
}

#[tokio::test]
async fn no_process_starts_before_the_first_invocation() {
    let bench = bench(up_to(4));
    assert_eq!(bench.function.stats(), Default::default());
}

#[tokio::test]
async fn one_caller_after_another_needs_one_process() {
    let bench = bench(up_to(4));
    let first = call(&bench.function, "pid").await.unwrap();
    for _ in 0..50 {
        assert_eq!(call(&bench.function, "pid").await.unwrap(), first);
    }
    assert_eq!(bench.function.stats().cold_starts, 1);
}

#[tokio::test]
async fn each_concurrent_invocation_has_a_process_of_its_own() {
    let bench = bench(up_to(3));
    let calls: Vec<_> = (0..3)
        .map(|_| spawn(&bench.function, "sleep:300"))
        .collect();
    until_stats(&bench.function, "three are busy", |stats| {
        stats.busy == 3 && stats.processes == 3
    })
    .await;
    for call in calls {
        call.await.unwrap().unwrap();
    }
    until_stats(&bench.function, "all are idle", |stats| {
        stats.idle == 3 && stats.busy == 0
    })
    .await;
    assert_eq!(bench.function.stats().cold_starts, 3);
}

#[tokio::test]
async fn there_are_never_more_processes_than_allowed() {
    let bench = bench(up_to(2));
    let calls: Vec<_> = (0..20).map(|_| spawn(&bench.function, "pid")).collect();
    let mut pids = BTreeSet::new();
    for call in calls {
        pids.insert(call.await.unwrap().unwrap());
    }
    assert!(pids.len() <= 2, "{pids:?}");
    assert!(bench.function.stats().cold_starts <= 2);
}

#[tokio::test]
async fn the_process_that_was_used_last_is_used_first() {
    let bench = bench(up_to(2));
    // Two processes: one is held while the other is asked for its id.
    let held = spawn(&bench.function, "sleep:200");
    until_stats(&bench.function, "one is busy", |stats| stats.busy == 1).await;
    let second = call(&bench.function, "pid").await.unwrap();
    held.await.unwrap().unwrap();
    // The held one was free last.
    let last = call(&bench.function, "pid").await.unwrap();
    assert_ne!(last, second);
    for _ in 0..10 {
        assert_eq!(call(&bench.function, "pid").await.unwrap(), last);
    }
}

#[tokio::test]
async fn what_waits_is_served_when_a_process_is_free() {
    let bench = bench(up_to(1));
    let held = spawn(&bench.function, "sleep:200");
    until_stats(&bench.function, "one is busy", |stats| stats.busy == 1).await;
    let waiting: Vec<_> = (0..5)
        .map(|number| spawn(&bench.function, &number.to_string()))
        .collect();
    until_stats(&bench.function, "five wait", |stats| stats.queued == 5).await;
    held.await.unwrap().unwrap();
    for (number, call) in waiting.into_iter().enumerate() {
        assert_eq!(call.await.unwrap().unwrap(), number.to_string());
    }
    assert_eq!(bench.function.stats().cold_starts, 1);
}

#[tokio::test]
async fn more_than_may_wait_are_throttled() {
    let bench = bench_with(
        up_to(1),
        PoolOptions {
            max_queued: 2,
            ..PoolOptions::default()
        },
    );
    let held = spawn(&bench.function, "sleep:500");
    until_stats(&bench.function, "one is busy", |stats| stats.busy == 1).await;
    let waiting = [spawn(&bench.function, "a"), spawn(&bench.function, "b")];
    until_stats(&bench.function, "two wait", |stats| stats.queued == 2).await;
    let error = call(&bench.function, "c").await.unwrap_err();
    assert!(
        matches!(
            error,
            InvokeError::Throttled {
                processes: 1,
                queued: 2
            }
        ),
        "{error:?}"
    );
    assert_eq!(error.error_type(), "TooManyRequestsException");
    held.await.unwrap().unwrap();
    for call in waiting {
        call.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_function_without_concurrency_is_throttled() {
    let bench = bench(up_to(0));
    assert!(matches!(
        call(&bench.function, "a").await,
        Err(InvokeError::Throttled { .. })
    ));
}

#[tokio::test]
async fn a_dropped_caller_does_not_end_the_invocation() {
    let bench = bench(up_to(1));
    let pid = call(&bench.function, "pid").await.unwrap();
    let function = bench.function.clone();
    let caller = tokio::spawn(async move { function.invoke(event("sleep:100")).await });
    until_stats(&bench.function, "it is busy", |stats| stats.busy == 1).await;
    caller.abort();
    until_stats(&bench.function, "it is idle", |stats| stats.idle == 1).await;
    assert_eq!(call(&bench.function, "pid").await.unwrap(), pid);
    assert_eq!(bench.function.stats().errors, 0);
}

#[tokio::test]
async fn an_idle_process_ends_after_its_time() {
    let options = PoolOptions {
        idle_timeout: Some(Duration::from_millis(50)),
        ..PoolOptions::default()
    };
    let bench = bench_with(up_to(1), options);
    let pid = call(&bench.function, "pid").await.unwrap();
    until_stats(&bench.function, "none is left", |stats| {
        stats.processes == 0
    })
    .await;
    assert!(!support::is_running(&pid));
    assert_ne!(call(&bench.function, "pid").await.unwrap(), pid);
}

#[tokio::test]
async fn a_replaced_function_answers_from_new_processes_and_loses_nothing() {
    let bench = bench(up_to(2));
    let before = call(&bench.function, "pid").await.unwrap();
    let held = spawn(&bench.function, "sleep:300");
    until_stats(&bench.function, "one is busy", |stats| stats.busy == 1).await;
    let mut changed = up_to(2);
    changed
        .environment
        .insert("RELEASE".to_owned(), "two".to_owned());
    bench.function.replace(changed);
    assert_eq!(call(&bench.function, "env:RELEASE").await.unwrap(), "two");
    assert_eq!(held.await.unwrap().unwrap(), "slept");
    until_stats(&bench.function, "the old one is gone", |stats| {
        stats.processes == 1
    })
    .await;
    assert!(!support::is_running(&before));
    assert_eq!(call(&bench.function, "env:RELEASE").await.unwrap(), "two");
}

#[tokio::test]
async fn a_removed_function_ends_what_runs_and_takes_nothing_new() {
    let bench = bench(up_to(1));
    let held = spawn(&bench.function, "sleep:200");
    until_stats(&bench.function, "one is busy", |stats| stats.busy == 1).await;
    let waiting = spawn(&bench.function, "a");
    until_stats(&bench.function, "one waits", |stats| stats.queued == 1).await;
    bench.function.remove();
    assert!(matches!(
        waiting.await.unwrap(),
        Err(InvokeError::ShuttingDown)
    ));
    assert!(matches!(
        call(&bench.function, "b").await,
        Err(InvokeError::ShuttingDown)
    ));
    assert_eq!(held.await.unwrap().unwrap(), "slept");
    until_stats(&bench.function, "none is left", |stats| {
        stats.processes == 0
    })
    .await;
    bounded(bench.pool.shutdown()).await;
}
