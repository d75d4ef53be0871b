//! A process with all that it starts.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How long a process that is asked to end may take. The engine ends the host itself after five seconds.
const PATIENCE: Duration = Duration::from_secs(3);

/// A process that leads a group of its own: none of the group outlives this value.
#[derive(Debug)]
pub(crate) struct Group {
    child: Child,
    id: Option<Pid>,
}

impl Group {
    /// Starts a command, without input and with outputs to be read.
    pub(crate) fn start(command: &mut Command) -> io::Result<Self> {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A Ctrl-C is the engine's to see: it then says what is to end, and when.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Ok(Self {
            id: id.and_then(Pid::from_raw),
            child,
        })
    }

    /// Its outputs, once.
    pub(crate) fn outputs(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        (self.child.stdout.take(), self.child.stderr.take())
    }

    /// Waits for its end, and ends what it leaves behind; `None` when it was stopped before.
    pub(crate) async fn wait(
        &mut self,
        stop: &CancellationToken,
    ) -> io::Result<Option<ExitStatus>> {
        tokio::select! {
            status = self.child.wait() => {
                self.signal(Signal::KILL);
                self.id = None;
                status.map(Some)
            }
            () = stop.cancelled() => {
                self.stop().await?;
                Ok(None)
            }
        }
    }

    /// Asks all of the group to end, and after a while does not ask any more.
    async fn stop(&mut self) -> io::Result<()> {
        self.signal(Signal::TERM);
        let ended = timeout(PATIENCE, self.child.wait()).await;
        self.signal(Signal::KILL);
        if ended.is_err() {
            self.child.wait().await?;
        }
        self.id = None;
        Ok(())
    }

    fn signal(&self, signal: Signal) {
        if let Some(id) = self.id {
            // A group of which nothing is left needs no signal.
            let _ = kill_process_group(id, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}
