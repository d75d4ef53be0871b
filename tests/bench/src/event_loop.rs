//! The event loops: one like that of `tidegate dev` for what is measured, one of a single thread for what measures.

use anyhow::{Context, Result};
use tokio::runtime::{Builder, Runtime};

/// As `tidegate dev` has it: half of the machine's threads serve.
pub(crate) fn of_a_server() -> Result<Runtime> {
    let workers = (cores() / 2).max(1);
    let runtime = Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build();
    runtime.context("no event loop can be made")
}

/// One thread, so that it takes no more than it must from what it measures.
pub(crate) fn of_the_load() -> Result<Runtime> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.context("no event loop can be made")
}

/// How many threads the machine runs at once.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
