//! The program's process.

use std::collections::VecDeque;
use std::io;
use std::process::{ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};

use crate::message::Source;

/// How long to wait for the rest of the output of a program that has ended: something that it started, and that left
/// its process group, may hold the pipes open for ever.
const DRAIN: Duration = Duration::from_secs(1);

/// How many lines of a program's standard error are kept for the report of its failure.
const KEPT_LINES: usize = 20;

/// How a program ended.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) exit: ExitStatus,
    pub(crate) last_lines: Vec<String>,
}

/// A running program. Dropping it kills it, and whatever it started in its process group.
#[derive(Debug)]
pub(crate) struct Program {
    child: Child,
    group: Option<Pid>,
}

impl Program {
    pub(crate) fn spawn(mut command: Command) -> io::Result<Self> {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C in the terminal is for who runs the engine, which then drops the run.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        let group = id.and_then(Pid::from_raw);
        Ok(Self { child, group })
    }

    /// Waits for the end, and passes on each line that the program writes.
    pub(crate) async fn wait(&mut self, on_line: impl Fn(Source, String)) -> io::Result<End> {
        let last_lines = Mutex::new(VecDeque::new());
        let stdout = self.child.stdout.take();
        let stderr = self.child.stderr.take();
        let output = async {
            tokio::join!(
                each_line(stdout, |line| on_line(Source::Stdout, line)),
                each_line(stderr, |line| {
                    let mut kept = last_lines.lock().unwrap_or_else(PoisonError::into_inner);
                    kept.push_back(line.clone());
                    if kept.len() > KEPT_LINES {
                        kept.pop_front();
                    }
                    drop(kept);
                    on_line(Source::Stderr, line);
                }),
            );
        };
        tokio::pin!(output);
        let mut drained = false;
        let exit = loop {
            tokio::select! {
                exit = self.child.wait() => break exit?,
                () = &mut output, if !drained => drained = true,
            }
        };
        self.kill();
        if !drained {
            // What is not there by now belongs to somebody else.
            let _ = tokio::time::timeout(DRAIN, &mut output).await;
        }
        let kept = std::mem::take(&mut *last_lines.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(End {
            exit,
            last_lines: kept.into(),
        })
    }

    fn kill(&mut self) {
        if let Some(group) = self.group.take() {
            // There may be nobody left in it.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

async fn each_line<R: AsyncRead + Unpin>(stream: Option<R>, on_line: impl Fn(String)) {
    let Some(stream) = stream else {
        return;
    };
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    // A pipe that cannot be read any more is at its end.
    while stream
        .read_until(b'\n', &mut line)
        .await
        .is_ok_and(|read| read > 0)
    {
        let text = String::from_utf8_lossy(&line);
        on_line(text.trim_end_matches(['\r', '\n']).to_owned());
        line.clear();
    }
}
