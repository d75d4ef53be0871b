//! `tidegate dev`.

mod console;

use std::sync::Arc;

use anyhow::Context;
use tidegate_local_cloud::faults::Faults;
use tidegate_local_cloud::limits::Limits;
use tidegate_local_runtime::{Runtime, RuntimeOptions, build};
use tokio::signal::unix::{SignalKind, signal};

use self::console::Console;
use crate::arguments::DevArguments;
use crate::machine;

pub(crate) fn run(arguments: DevArguments) -> anyhow::Result<()> {
    let project = machine::project()?;
    let state = machine::state(&project, &arguments.stack);
    // Wrong configuration is the quickest thing to find, and a build the slowest.
    let config = project.stack(
        &arguments.stack.stack,
        arguments.stack.config_file.as_deref(),
    )?;
    let mut limits = Limits::default();
    for limit in &arguments.limits {
        limits.set(limit)?;
    }
    let fault_seed = arguments.fault_seed.unwrap_or_else(|| fastrand::u64(..));
    let faults = Faults::seeded(fault_seed);
    for setting in &arguments.faults {
        faults.set(setting.fault, setting.probability);
    }
    // One socket each for ten thousand clients; a limit that cannot be raised is met later, and said then.
    let _raised = rlimit::increase_nofile_limit(u64::MAX);

    let console = Arc::new(Console::new(arguments.log_format));
    console.start_logging();
    if !arguments.faults.is_empty() {
        console.faults(&arguments.faults, fault_seed);
    }
    let built = build(&project, &machine::build_options(&state, arguments.release))?;
    let built_ms = machine::now_ms();
    let options = RuntimeOptions {
        project,
        stack: arguments.stack.stack,
        config,
        program: built.program,
        manifest: built.manifest,
        port: arguments.port,
        limits,
        state,
        clock: machine::clock(),
        faults,
        seed: fastrand::u64(..),
        log_sink: console.log_sink(),
        on_message: console.on_message(),
        on_alarm: console.on_alarm(),
    };
    event_loop()?.block_on(serve(options, &console, built_ms))
}

/// Half of the machine's threads serve, so that the functions find the other half.
fn event_loop() -> anyhow::Result<tokio::runtime::Runtime> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from) / 2;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads.max(1))
        .enable_all()
        .build();
    runtime.context("no event loop can be made")
}

async fn serve(options: RuntimeOptions, console: &Console, built_ms: u64) -> anyhow::Result<()> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let mut stopped = async || {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    };
    // Dropped where it is, the start takes with it whatever it had started.
    let runtime = tokio::select! {
        started = Runtime::start(options) => started?,
        () = stopped() => return Ok(()),
    };
    console.ready(&runtime, machine::now_ms().saturating_sub(built_ms));
    stopped().await;
    console.stopping();
    // Who asks twice does not want to wait for connections to close.
    tokio::select! {
        () = runtime.shutdown() => {}
        () = stopped() => {}
    }
    Ok(())
}
