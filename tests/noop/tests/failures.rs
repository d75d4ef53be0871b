//! Processes that crash, hang, or never start.

mod support;

use std::path::PathBuf;
use std::time::Duration;

use support::{
    bench, bench_with, call, held, is_running, kill, spawn, spec, until, until_stats, with_init,
};
use tidegate_local_functions::{
    Exit, FunctionSpec, InitFailure, InvokeError, LogStream, PoolOptions,
};

#[tokio::test]
async fn a_timed_out_process_is_killed_and_the_next_invocation_works() {
    let bench = bench(FunctionSpec {
        timeout: Duration::from_millis(250),
        ..spec()
    });
    let pid = call(&bench.function, "pid").await.unwrap();
    for hang in ["sleep:60000", "block:60000"] {
        let error = call(&bench.function, hang).await.unwrap_err();
        assert!(matches!(error, InvokeError::TimedOut { .. }), "{error:?}");
        assert_eq!(error.to_string(), "Task timed out after 0.25 seconds");
        assert!(!is_running(&pid));
        assert_eq!(call(&bench.function, "hello").await.unwrap(), "hello");
    }
    let said = bench.lines.of(LogStream::Platform);
    assert_eq!(said.len(), 2);
    assert!(
        said[0].text.ends_with(" Task timed out after 0.25 seconds"),
        "{said:?}"
    );
    assert!(said[0].request_id.is_some());
}

#[tokio::test]
async fn time_spent_idle_does_not_count_towards_the_timeout() {
    let bench = bench(FunctionSpec {
        timeout: Duration::from_millis(400),
        ..spec()
    });
    let pid = call(&bench.function, "pid").await.unwrap();
    for _ in 0..4 {
        assert_eq!(call(&bench.function, "sleep:200").await.unwrap(), "slept");
    }
    assert_eq!(call(&bench.function, "pid").await.unwrap(), pid);
}

#[tokio::test]
async fn a_crash_reaches_its_caller_and_the_next_invocation_works() {
    let bench = bench(spec());
    assert_eq!(
        call(&bench.function, "stderr:unrelated").await.unwrap(),
        "unrelated"
    );
    match call(&bench.function, "crash").await.unwrap_err() {
        InvokeError::Crashed { exit, stderr } => {
            assert_eq!(
                exit,
                Exit {
                    code: Some(3),
                    signal: None
                }
            );
            assert_eq!(stderr, ["about to crash"]);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(call(&bench.function, "hello").await.unwrap(), "hello");
    assert_eq!(bench.function.stats().cold_starts, 2);
}

#[tokio::test]
async fn a_crash_says_how_in_the_words_of_lambda() {
    let bench = bench(spec());
    let error = call(&bench.function, "crash").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Runtime exited with error: exit status 3\n  about to crash"
    );
    assert_eq!(error.error_type(), "Runtime.ExitError");
    match call(&bench.function, "abort").await.unwrap_err() {
        InvokeError::Crashed { exit, .. } => assert_eq!(exit.to_string(), "signal: 6"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_process_killed_from_outside_in_an_invocation_is_a_crash() {
    let bench = bench(spec());
    let running = spawn(&bench.function, "hold");
    let pids = held(&bench.lines, 1).await;
    kill(&pids[0]);
    match running.await.unwrap() {
        Err(InvokeError::Crashed { exit, .. }) => assert_eq!(exit.signal, Some(9)),
        other => panic!("{other:?}"),
    }
    assert_ne!(call(&bench.function, "pid").await.unwrap(), pids[0]);
}

#[tokio::test]
async fn a_process_killed_while_idle_is_replaced_on_demand() {
    let bench = bench(spec());
    let pid = call(&bench.function, "pid").await.unwrap();
    kill(&pid);
    until_stats(&bench.function, "it is gone", |stats| stats.processes == 0).await;
    assert!(!is_running(&pid));
    assert_eq!(
        bench.function.stats().cold_starts,
        1,
        "nothing starts without an invocation"
    );
    assert_ne!(call(&bench.function, "pid").await.unwrap(), pid);
}

#[tokio::test]
async fn a_process_that_ends_before_its_first_invocation_fails_the_caller() {
    let bench = bench(with_init("exit"));
    match call(&bench.function, "hello").await.unwrap_err() {
        InvokeError::InitFailed {
            cause: InitFailure::Exited { exit },
            stderr,
        } => {
            assert_eq!(exit.code, Some(1));
            assert_eq!(stderr, ["no configuration found"]);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(bench.function.stats().processes, 0);
}

#[tokio::test]
async fn every_caller_of_a_function_that_does_not_start_is_told() {
    let bench = bench(with_init("exit"));
    let calls: Vec<_> = (0..5).map(|_| spawn(&bench.function, "hello")).collect();
    for call in calls {
        assert!(matches!(
            call.await.unwrap(),
            Err(InvokeError::InitFailed { .. })
        ));
    }
    assert_eq!(bench.function.stats().queued, 0);
}

#[tokio::test]
async fn a_function_that_reports_its_own_init_error_is_quoted() {
    let bench = bench(with_init("error"));
    match call(&bench.function, "hello").await.unwrap_err() {
        InvokeError::InitFailed {
            cause:
                InitFailure::Reported {
                    error_type,
                    message,
                },
            ..
        } => {
            assert_eq!(
                (error_type.as_str(), message.as_str()),
                ("Config.Missing", "no table")
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_function_that_hangs_in_its_start_is_killed_after_the_init_limit() {
    let limit = Duration::from_millis(200);
    let bench = bench_with(
        with_init("hang"),
        PoolOptions {
            init_timeout: limit,
            ..PoolOptions::default()
        },
    );
    let error = call(&bench.function, "hello").await.unwrap_err();
    match &error {
        InvokeError::InitFailed {
            cause: InitFailure::TimedOut { after },
            ..
        } => assert_eq!(*after, limit),
        other => panic!("{other:?}"),
    }
    until("the process is gone", || bench.pool.processes() == 0).await;
}

#[tokio::test]
async fn a_fixed_function_works_at_once() {
    let bench = bench(with_init("exit"));
    call(&bench.function, "hello").await.unwrap_err();
    bench.function.replace(spec());
    assert_eq!(call(&bench.function, "hello").await.unwrap(), "hello");
}

#[tokio::test]
async fn a_binary_that_is_not_there_is_named() {
    let missing = PathBuf::from("/nowhere/bootstrap");
    let bench = bench(FunctionSpec {
        binary: missing.clone(),
        ..spec()
    });
    match call(&bench.function, "hello").await.unwrap_err() {
        InvokeError::Spawn { path, source } => {
            assert_eq!(path, missing);
            assert_eq!(source.kind(), std::io::ErrorKind::NotFound);
        }
        other => panic!("{other:?}"),
    }
}
