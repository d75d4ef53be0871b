//! What all tests need: an engine, the host, a project.

mod engine;
mod host;
mod project;
mod scripts;
mod watched;

use std::time::Duration;

pub(crate) use engine::FakeEngine;
pub(crate) use host::{Host, one_line};
pub(crate) use project::{Project, program};
pub(crate) use scripts::write_script;
pub(crate) use watched::Watched;

/// How long anything may take: much longer than it does.
pub(crate) const BOUND: Duration = Duration::from_secs(60);

/// What a future comes to, if it does so in time.
pub(crate) async fn in_time<T>(what: &str, future: impl Future<Output = T>) -> T {
    let Ok(done) = tokio::time::timeout(BOUND, future).await else {
        panic!("{what} took too long");
    };
    done
}
