//! Ctrl-C in the middle.

use std::fs;
use std::future::Future;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tempfile::NamedTempFile;
use tidegate_e2e::{PATIENCE, eventually};

use crate::project::{Project, Stack, made};
use crate::run::Run;

impl Stack<'_> {
    /// `pulumi up`, interrupted as soon as `state` is there.
    ///
    /// # Panics
    /// When it does not start, the state does not come, or it does not end.
    pub async fn interrupted_up<F: Future<Output = Option<()>>>(
        &self,
        state: impl FnMut() -> F,
    ) -> Run {
        let output = made(NamedTempFile::new());
        let mut child = made(
            self.command(&["up", "--yes", "--skip-preview"])
                .stdin(Stdio::null())
                .stdout(made(output.reopen()))
                .stderr(made(output.reopen()))
                .kill_on_drop(true)
                .spawn(),
        );
        eventually("what is waited for", state).await;
        let pid = child.id().and_then(|pid| Pid::from_raw(pid.cast_signed()));
        if let Some(pid) = pid {
            made(kill_process(pid, Signal::INT));
        }
        let ended = tokio::time::timeout(PATIENCE, child.wait()).await;
        let text = made(fs::read_to_string(output.path()));
        match ended {
            Ok(status) => Run {
                status: made(status),
                stdout: text.clone(),
                text,
            },
            Err(_) => panic!("the CLI does not end when it is interrupted:\n{text}"),
        }
    }
}

/// The program that noted its process in the project's folder, as long as it runs.
#[must_use]
pub fn running(project: &Project) -> Option<Pid> {
    let noted = fs::read_to_string(project.directory().join("program.pid")).ok()?;
    let pid = Pid::from_raw(noted.trim().parse().ok()?)?;
    test_kill_process(pid).is_ok().then_some(pid)
}
