//! The processes themselves: their environment, their output, their end.

mod support;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use support::{
    MISBEHAVE, bench, bench_with, bounded, call, event, held, is_running, leads_a_group, spawn,
    spec, until, until_stats,
};
use tidegate_local_functions::{FunctionSpec, InvokeError, InvokeOptions, LogStream, PoolOptions};

#[tokio::test]
async fn a_process_has_the_variables_of_lambda_and_its_own_and_no_others() {
    let options = PoolOptions {
        environment: BTreeMap::from([(
            "AWS_ENDPOINT_URL_DYNAMODB".to_owned(),
            "http://127.0.0.1:1".to_owned(),
        )]),
        ..PoolOptions::default()
    };
    let own = BTreeMap::from([("TABLE".to_owned(), "connections".to_owned())]);
    let bench = bench_with(
        FunctionSpec {
            environment: own,
            ..spec()
        },
        options,
    );
    let mut names: Vec<&str> = vec![
        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL_DYNAMODB",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "HOME",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
        "LANG",
        "PATH",
        "TABLE",
        "TZ",
        "_HANDLER",
        // Set by `lambda_runtime` itself.
        "_X_AMZN_TRACE_ID",
    ];
    // macOS gives it to every process.
    if cfg!(target_os = "macos") {
        names.push("__CF_USER_TEXT_ENCODING");
    }
    names.sort_unstable();
    assert_eq!(
        call(&bench.function, "names").await.unwrap(),
        names.join(" ")
    );
    for (name, value) in [
        ("TABLE", "connections"),
        ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_LAMBDA_FUNCTION_NAME", "misbehave"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/misbehave"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("TZ", ":UTC"),
        ("_HANDLER", "bootstrap"),
    ] {
        assert_eq!(
            call(&bench.function, &format!("env:{name}")).await.unwrap(),
            value,
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_function_may_set_its_path_but_not_what_is_lambdas() {
    let own = BTreeMap::from([
        ("PATH".to_owned(), "/opt/mine".to_owned()),
        ("AWS_REGION".to_owned(), "mars-north-1".to_owned()),
    ]);
    let bench = bench(FunctionSpec {
        environment: own,
        ..spec()
    });
    assert_eq!(
        call(&bench.function, "env:PATH").await.unwrap(),
        "/opt/mine"
    );
    assert_eq!(
        call(&bench.function, "env:AWS_REGION").await.unwrap(),
        "eu-central-1"
    );
}

#[tokio::test]
async fn a_log_line_is_there_before_the_response_and_bears_its_request_id() {
    let bench = bench(spec());
    for (told, stream) in [("stdout", LogStream::Stdout), ("stderr", LogStream::Stderr)] {
        for number in 0..20 {
            let id = bench.function.new_request_id();
            let options = InvokeOptions {
                request_id: Some(id),
                ..InvokeOptions::default()
            };
            let text = format!("line {number}");
            bounded(
                bench
                    .function
                    .invoke_with(event(&format!("{told}:{text}")), options),
            )
            .await
            .unwrap();
            let lines = bench.lines.of(stream);
            let line = lines
                .last()
                .unwrap_or_else(|| panic!("no {told} after invocation {number}"));
            assert_eq!(
                (&*line.text, line.request_id, &*line.function),
                (&*text, Some(id), "misbehave")
            );
        }
    }
    let stream = call(&bench.function, "env:AWS_LAMBDA_LOG_STREAM_NAME")
        .await
        .unwrap();
    assert!(
        bench
            .lines
            .all()
            .iter()
            .all(|line| *line.log_stream == *stream)
    );
}

#[tokio::test]
async fn a_flood_of_output_neither_blocks_the_process_nor_loses_a_line() {
    let bench = bench(spec());
    assert_eq!(
        call(&bench.function, "flood:5000").await.unwrap(),
        "flooded"
    );
    // The last kilobytes may be read after the response if they are many.
    for stream in [LogStream::Stdout, LogStream::Stderr] {
        until("all lines are there", || {
            bench.lines.of(stream).len() == 5_000
        })
        .await;
        assert!(
            bench
                .lines
                .of(stream)
                .iter()
                .all(|line| line.text.len() == 1_000 && line.request_id.is_some())
        );
    }
}

#[tokio::test]
async fn a_process_leads_a_group_of_its_own() {
    let bench = bench(spec());
    let pid = call(&bench.function, "pid").await.unwrap();
    assert!(leads_a_group(&pid), "Ctrl-C would reach it");
}

#[tokio::test]
async fn shutdown_leaves_no_process_and_fails_who_waits() {
    let bench = bench(FunctionSpec {
        max_processes: 3,
        ..spec()
    });
    let mut calls = vec![
        spawn(&bench.function, "hold"),
        spawn(&bench.function, "hold"),
    ];
    let mut pids = held(&bench.lines, 2).await;
    pids.push(call(&bench.function, "pid").await.unwrap());
    until_stats(&bench.function, "one is idle", |stats| stats.idle == 1).await;
    let other = bench.pool.add(spec());
    calls.push(spawn(&other, "hold"));
    pids = held(&bench.lines, 3)
        .await
        .into_iter()
        .chain(pids)
        .collect();
    calls.push(spawn(&other, "a"));
    until_stats(&other, "one waits", |stats| stats.queued == 1).await;
    assert_eq!(bench.pool.processes(), 4);

    bounded(bench.pool.shutdown()).await;

    assert_eq!(bench.pool.processes(), 0);
    assert_eq!(
        bench.function.stats().processes + other.stats().processes,
        0
    );
    assert!(pids.iter().all(|pid| !is_running(pid)));
    for call in calls {
        assert!(matches!(
            call.await.unwrap(),
            Err(InvokeError::ShuttingDown)
        ));
    }
    assert!(matches!(
        call(&bench.function, "b").await,
        Err(InvokeError::ShuttingDown)
    ));
    assert!(matches!(
        call(&bench.pool.add(spec()), "c").await,
        Err(InvokeError::ShuttingDown)
    ));
}

#[tokio::test]
async fn a_shutdown_in_the_middle_of_a_start_leaves_no_process() {
    for _ in 0..20 {
        let bench = bench(FunctionSpec {
            max_processes: 4,
            ..spec()
        });
        let calls: Vec<_> = (0..4).map(|_| spawn(&bench.function, "pid")).collect();
        until_stats(&bench.function, "something starts", |stats| {
            stats.cold_starts > 0
        })
        .await;
        bounded(bench.pool.shutdown()).await;
        assert_eq!(bench.function.stats().processes, 0);
        for call in calls {
            if let Ok(pid) = call.await.unwrap() {
                assert!(!is_running(&pid));
            }
        }
    }
}

#[tokio::test]
async fn dropping_the_pool_ends_its_processes() {
    let bench = bench(spec());
    let pid = call(&bench.function, "pid").await.unwrap();
    drop(bench);
    until("the process is gone", || !is_running(&pid)).await;
}

#[test]
fn dropping_the_tokio_runtime_ends_the_processes() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let bench = runtime.block_on(async { bench(spec()) });
    let pid = runtime.block_on(call(&bench.function, "pid")).unwrap();
    drop(runtime);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(until("the process is gone", || !is_running(&pid)));
}

/// Not a test: the process that the next one kills. It runs until its stdin ends.
#[tokio::test]
#[ignore = "started by a_killed_runtime_leaves_no_bootstraps"]
async fn host_of_bootstraps() {
    let bench = bench(FunctionSpec {
        max_processes: 2,
        ..spec()
    });
    let busy = call(&bench.function, "pid").await.unwrap();
    let running = spawn(&bench.function, "sleep:1000");
    until_stats(&bench.function, "one is busy", |stats| stats.busy == 1).await;
    let idle = call(&bench.function, "pid").await.unwrap();
    writeln!(std::io::stdout(), "pids {busy} {idle}").unwrap();
    let ended = tokio::task::spawn_blocking(|| std::io::stdin().lines().count());
    let _ = tokio::time::timeout(Duration::from_secs(30), ended).await;
    drop(running);
}

#[tokio::test]
async fn a_killed_runtime_leaves_no_bootstraps() {
    let mut host = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "host_of_bootstraps", "--ignored", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = BufReader::new(host.stdout.take().unwrap());
    let pids = stdout
        .lines()
        .map(Result::unwrap)
        .find_map(|line| line.split_once("pids ").map(|(_, pids)| pids.to_owned()))
        .expect("the host says the pids");
    let (busy, idle) = pids.split_once(' ').unwrap();
    assert_ne!(busy, idle);
    assert!(
        is_running(busy) && is_running(idle),
        "{MISBEHAVE} runs twice"
    );

    host.kill().unwrap();
    host.wait().unwrap();

    until("the idle bootstrap is gone", || !is_running(idle)).await;
    until("the busy bootstrap is gone", || !is_running(busy)).await;
}
