//! A server in a process of its own, as whoever measures it sees it.

use std::ffi::OsString;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::binaries::Binaries;
use crate::clock;
use crate::serve::stack::Status;

/// How long the end of a server may take before it is killed. It gives itself ten seconds.
const END: Duration = Duration::from_secs(15);
const STEP: Duration = Duration::from_millis(5);
/// How long what is under way may take to come to rest.
const REST: Duration = Duration::from_secs(60);

/// A server. Dropping it ends it, and waits for its end: nothing is left behind, whichever way a measurement ends.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// Closed, it tells the server to end.
    stdin: Option<ChildStdin>,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Server {
    /// Starts this binary as a server, and waits until it says that it is ready.
    pub(crate) async fn start<R: DeserializeOwned>(
        binaries: &Binaries,
        arguments: impl IntoIterator<Item = OsString>,
    ) -> Result<(Self, R)> {
        let mut child = Command::new(binaries.this())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Ctrl-C is for this process, which then ends its servers in order.
            .process_group(0)
            .spawn()
            .context("a server cannot be started")?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().context("a server without output")?;
        let lines = BufReader::new(stdout).lines();
        let mut server = Self {
            child,
            stdin,
            lines,
        };
        let ready = server.line().await?;
        Ok((server, ready))
    }

    /// Its process.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// How it is.
    pub(crate) async fn status(&mut self) -> Result<Status> {
        let stdin = self.stdin.as_mut().context("the server is ending")?;
        stdin.write_all(b"\n").await.context("the server is gone")?;
        self.line().await
    }

    /// Waits until nothing is under way and `connections` are open.
    pub(crate) async fn at_rest(&mut self, connections: usize) -> Result<Status> {
        let start = clock::now();
        loop {
            let status = self.status().await?;
            if status.connections == connections && status.under_way == 0 {
                return Ok(status);
            }
            if clock::now() - start > REST {
                bail!("the stack does not come to rest: {status:?}");
            }
            tokio::time::sleep(STEP).await;
        }
    }

    async fn line<R: DeserializeOwned>(&mut self) -> Result<R> {
        match self.lines.next_line().await? {
            Some(line) => {
                serde_json::from_str(&line).with_context(|| format!("a server says {line}"))
            }
            None => bail!("a server has ended ({})", self.child.wait().await?),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stdin.take());
        end(&mut self.child);
    }
}

/// Waits for the end of a process that has been told to end.
pub(crate) fn end(child: &mut Child) {
    let start = clock::now();
    while let Ok(None) = child.try_wait() {
        if clock::now() - start > END {
            eprintln!("a server does not end, and is killed");
            let _killed = child.start_kill();
            return;
        }
        std::thread::sleep(STEP);
    }
}
