//! One task per environment: starts the process, watches the clock and the process, kills and reaps it.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use tidegate_local_cloud::faults::{COLD_MS, Fault};
use tokio::net::TcpListener;
use tokio::process::Child;
use tokio::task::JoinSet;

use crate::api::{self, Session};
use crate::function::Shared;
use crate::logs::Output;
use crate::process::{self, Place};
use crate::scheduler::{InitEnd, Look, Reply, Start, Verdict};
use crate::{Exit, FunctionSpec, InitFailure, InvokeError, RequestId};

/// How long to wait after a connection could not be accepted: out of file descriptors, most likely.
const ACCEPT_PAUSE_MS: u64 = 50;

/// How an environment ended.
struct End {
    exit: io::Result<Exit>,
    output: Option<Arc<Output>>,
}

/// Runs an environment from its start to its end.
pub(crate) async fn supervise(shared: &Arc<Shared>, start: Start) {
    let end = run(shared, &start).await;
    let (verdict, effects) = shared
        .scheduler()
        .ended(start.id, shared.pool.clock.now_ms());
    pass_on(shared, &start.spec, verdict, end);
    shared.apply(effects);
}

async fn run(shared: &Arc<Shared>, start: &Start) -> End {
    let mut output = None;
    let exit = live(shared, start, &mut output).await;
    End { exit, output }
}

async fn live(
    shared: &Arc<Shared>,
    start: &Start,
    kept: &mut Option<Arc<Output>>,
) -> io::Result<Exit> {
    let pool = &shared.pool;
    let log_stream: Arc<str> = pool.ids.log_stream(pool.clock.now_ms()).into();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let (output, streams) = Output::new(
        Arc::clone(&shared.name),
        Arc::clone(&log_stream),
        Arc::clone(&pool.sink),
        Arc::clone(&pool.clock),
    )?;
    let output = Arc::clone(kept.insert(Arc::new(output)));
    let place = Place {
        api: listener.local_addr()?,
        log_stream: &log_stream,
        environment: &pool.options.environment,
    };
    let mut command = process::command(&start.spec, place, streams)?;
    start_late(shared, start).await;
    // The function may have been closed or replaced meanwhile. From here on every look ends in a kill.
    if look(shared, start) == Look::Kill {
        return Err(io::ErrorKind::Interrupted.into());
    }
    // Starting a process blocks for as long as the system takes for it; and with `command` go our copies of the
    // process's ends of the pipes.
    let mut child = pool
        .tasks
        .spawn_blocking(move || command.spawn())
        .await
        .map_err(io::Error::other)??;

    let mut tasks = JoinSet::new();
    tasks.spawn({
        let output = Arc::clone(&output);
        async move { output.drain().await }
    });
    let session = Arc::new(Session::new(Arc::clone(shared), start, Arc::clone(&output)));
    watch(shared, start, &mut child, &listener, &session, &mut tasks).await
}

/// Serves the process's Runtime API until the process is gone.
async fn watch(
    shared: &Arc<Shared>,
    start: &Start,
    child: &mut Child,
    listener: &TcpListener,
    session: &Arc<Session>,
    tasks: &mut JoinSet<()>,
) -> io::Result<Exit> {
    let clock = &shared.pool.clock;
    loop {
        let Look::SleepUntil(until) = look(shared, start) else {
            process::kill(child);
            return Ok(child.wait().await?.into());
        };
        let mut alarm = clock.sleep_until(until);
        // Connections are no reason to look at the clock again.
        loop {
            tokio::select! {
                status = child.wait() => return Ok(status?.into()),
                () = start.attention.notified() => break,
                // It was told to: what follows is what follows any crash.
                () = start.crash.notified() => process::kill(child),
                () = &mut alarm => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        tasks.spawn(api::serve(stream, Arc::clone(session)));
                    }
                    Err(error) => {
                        tracing::warn!(function = %shared.name, %error, "cannot accept a process's connection");
                        clock.sleep_until(clock.now_ms() + ACCEPT_PAUSE_MS).await;
                    }
                },
                // Takes ended connections out of the set.
                Some(_) = tasks.join_next() => {}
            }
        }
    }
}

/// Waits for as long as a slow start takes, if this is to be one, but not longer than the process may live.
async fn start_late(shared: &Arc<Shared>, start: &Start) {
    let pool = &shared.pool;
    let Some(late_ms) = pool.options.faults.delay_ms(Fault::ColdStartSlow, COLD_MS) else {
        return;
    };
    tracing::info!(function = %shared.name, late_ms, "fault: a process starts late");
    let until_ms = pool.clock.now_ms().saturating_add(late_ms);
    let mut late = pool.clock.sleep_until(until_ms);
    while let Look::SleepUntil(look_ms) = look(shared, start) {
        tokio::select! {
            () = &mut late => return,
            () = start.attention.notified() => {}
            () = pool.clock.sleep_until(look_ms) => {}
        }
    }
}

fn look(shared: &Arc<Shared>, start: &Start) -> Look {
    let (look, effects) = shared
        .scheduler()
        .look(start.id, shared.pool.clock.now_ms());
    shared.apply(effects);
    look
}

/// Tells the caller, and the function's log, what the end of the process means.
fn pass_on(shared: &Shared, spec: &FunctionSpec, verdict: Verdict, end: End) {
    let finish = |request: Option<RequestId>, text: &dyn Fn(&End) -> String| {
        let Some(output) = &end.output else {
            return Vec::new();
        };
        let stderr = output.finish(request);
        output.say(request, text(&end));
        stderr
    };
    match verdict {
        Verdict::Quiet => {
            if let Some(output) = &end.output {
                output.finish(None);
            }
        }
        Verdict::ShutDown(reply) => {
            if let Some(output) = &end.output {
                output.finish(None);
            }
            fail(shared, Some(reply), InvokeError::ShuttingDown);
        }
        Verdict::TimedOut(id, reply) => {
            let after = spec.timeout;
            finish(Some(id), &|_| {
                format!(
                    "{id} Task timed out after {:.2} seconds",
                    after.as_secs_f64()
                )
            });
            fail(shared, Some(reply), InvokeError::TimedOut { after });
        }
        Verdict::Crashed(id, reply) => {
            let stderr = finish(Some(id), &|end| {
                format!(
                    "RequestId: {id} Error: Runtime exited with error: {}",
                    described(&end.exit)
                )
            });
            let error = match end.exit {
                Ok(exit) => InvokeError::Crashed { exit, stderr },
                Err(source) => InvokeError::Spawn {
                    path: spec.binary.clone(),
                    source,
                },
            };
            fail(shared, Some(reply), error);
        }
        Verdict::InitFailed(how, reply) => {
            let stderr = finish(None, &|end| {
                format!("INIT_REPORT Status: error: {}", described(&end.exit))
            });
            fail(
                shared,
                reply,
                init_error(
                    spec,
                    how,
                    end.exit,
                    shared.pool.options.init_timeout,
                    stderr,
                ),
            );
        }
    }
}

fn init_error(
    spec: &FunctionSpec,
    how: InitEnd,
    exit: io::Result<Exit>,
    limit: Duration,
    stderr: Vec<String>,
) -> InvokeError {
    let cause = match (how, exit) {
        (
            InitEnd::Reported {
                error_type,
                message,
            },
            _,
        ) => InitFailure::Reported {
            error_type,
            message,
        },
        (InitEnd::TimedOut, _) => InitFailure::TimedOut { after: limit },
        (InitEnd::Ended, Ok(exit)) => InitFailure::Exited { exit },
        (InitEnd::Ended, Err(source)) => {
            return InvokeError::Spawn {
                path: spec.binary.clone(),
                source,
            };
        }
    };
    InvokeError::InitFailed { cause, stderr }
}

fn described(exit: &io::Result<Exit>) -> String {
    match exit {
        Ok(exit) => exit.to_string(),
        Err(error) => error.to_string(),
    }
}

fn fail(shared: &Shared, reply: Option<Reply>, error: InvokeError) {
    let Some(reply) = reply else {
        tracing::debug!(function = %shared.name, %error, "an environment ended that nobody waited for");
        return;
    };
    shared.scheduler().count_end(true);
    let _ = reply.send(Err(error));
}
