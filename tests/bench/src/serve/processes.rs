//! The processes of the floor, behind the least Runtime API: HTTP/1.1 by hand, with answers that are always the same.

use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;

/// An event's head, up to its length. Without these two headers `lambda_runtime` takes none.
const EVENT_HEAD: &[u8] = b"HTTP/1.1 200 OK\r\n\
    lambda-runtime-aws-request-id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
    lambda-runtime-deadline-ms: 4102444800000\r\n\
    content-length: ";
const ACCEPTED: &[u8] = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n";
const END_OF_HEAD: &[u8] = b"\r\n\r\n";
const LENGTH: &[u8] = b"\r\ncontent-length: ";
const BUFFER_BYTES: usize = 4_096;

/// All processes.
pub(crate) struct Processes {
    free: Semaphore,
    /// The one that was used last is used next, as on Lambda.
    idle: Mutex<Vec<Process>>,
}

impl Processes {
    /// Starts them, and waits until each asks for an event.
    pub(crate) async fn start(
        function: &Path,
        arguments: &[OsString],
        count: usize,
    ) -> Result<Self> {
        let mut idle = Vec::with_capacity(count);
        for _ in 0..count {
            idle.push(Process::start(function, arguments).await?);
        }
        let idle = Mutex::new(idle);
        Ok(Self {
            free: Semaphore::new(count),
            idle,
        })
    }

    /// Hands the event to one that is free, as soon as there is one, and has `read` take its answer. Whoever came first
    /// gets the next one.
    pub(crate) async fn invoke<R>(&self, event: &[u8], read: impl FnOnce(&[u8]) -> R) -> Result<R> {
        let _permit = self.free.acquire().await?;
        let process = self.idle().pop();
        // One that fails is not put back: the next in line then says that it is missing.
        let mut process = process.context("a process was lost")?;
        let answer = process.invoke(event).await.map(read)?;
        self.idle().push(process);
        Ok(answer)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Process>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One process, and its only connection.
struct Process {
    _child: Child,
    stream: TcpStream,
    received: Vec<u8>,
    outgoing: Vec<u8>,
}

impl Process {
    async fn start(function: &Path, arguments: &[OsString]) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let child = Command::new(function)
            .args(arguments)
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", listener.local_addr()?.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", "floor")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("TIDEGATE_STACK", "tidegate/bench")
            .env("TIDEGATE_LOG_LEVEL", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", function.display()))?;
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            _child: child,
            stream,
            received: Vec::with_capacity(BUFFER_BYTES),
            outgoing: Vec::with_capacity(BUFFER_BYTES),
        })
    }

    /// Hands it an event: its answer.
    async fn invoke(&mut self, event: &[u8]) -> Result<&[u8]> {
        // `GET …/next`: a head, and nothing else, as no one asks for more before this is answered.
        self.received.clear();
        self.head().await?;
        self.outgoing.clear();
        self.outgoing.extend_from_slice(EVENT_HEAD);
        self.outgoing
            .extend_from_slice(event.len().to_string().as_bytes());
        self.outgoing.extend_from_slice(END_OF_HEAD);
        self.outgoing.extend_from_slice(event);
        self.stream.write_all(&self.outgoing).await?;
        // `POST …/response`.
        self.received.clear();
        let head = self.head().await?;
        let end = head + length(&self.received[..head])?;
        while self.received.len() < end {
            self.more().await?;
        }
        self.stream.write_all(ACCEPTED).await?;
        Ok(&self.received[head..end])
    }

    /// Reads up to the end of a head: where it is.
    async fn head(&mut self) -> Result<usize> {
        loop {
            if let Some(at) = find(&self.received, END_OF_HEAD) {
                return Ok(at + END_OF_HEAD.len());
            }
            self.more().await?;
        }
    }

    async fn more(&mut self) -> Result<()> {
        let read = self.stream.read_buf(&mut self.received).await?;
        ensure!(read > 0, "the function has closed its connection");
        Ok(())
    }
}

fn length(head: &[u8]) -> Result<usize> {
    let at = find(head, LENGTH).context("an answer without a length")? + LENGTH.len();
    let digits = head[at..].iter().take_while(|byte| byte.is_ascii_digit());
    Ok(digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0')))
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len())
        .position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_read_from_a_head() {
        let head = b"POST /x HTTP/1.1\r\nhost: y\r\ncontent-length: 27\r\n\r\n";
        assert_eq!(length(head).unwrap(), 27);
        assert!(length(b"POST /x HTTP/1.1\r\n\r\n").is_err());
    }
}
