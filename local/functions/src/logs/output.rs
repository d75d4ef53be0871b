//! The pipes of one process.
//!
//! A task drains them whenever there is something, so that a process never waits for us. The lines that a process
//! wrote before its response are read when the response comes: their readiness and the response's arrive in any order,
//! and a line must not be taken for one of the next invocation.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, PipeWriter, Read};
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

use tidegate_local_cloud::clock::SharedClock;
use tokio::net::unix::pipe::Receiver;

use super::lines::Lines;
use super::{LogLine, LogStream, SharedLogSink};
use crate::RequestId;

const BUFFER: usize = 16 * 1_024;
/// How much is read in one go before others have their turn.
const READS: usize = 64;
/// How many lines of stderr are kept for the message of a crash, and how much of each.
const TAIL_LINES: usize = 20;
const TAIL_LINE: usize = 1_024;

/// The child's ends of the pipes.
#[derive(Debug)]
pub(crate) struct Streams {
    pub(crate) stdout: Stdio,
    pub(crate) stderr: Stdio,
}

/// What one process writes.
#[derive(Debug)]
pub(crate) struct Output {
    function: Arc<str>,
    log_stream: Arc<str>,
    sink: SharedLogSink,
    clock: SharedClock,
    stdout: Receiver,
    stderr: Receiver,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    stdout: Pipe,
    stderr: Pipe,
    request: Option<RequestId>,
    tail: VecDeque<(Option<RequestId>, String)>,
    buffer: Box<[u8]>,
}

/// Our end of a pipe, for reading without waiting: the same open file as the [`Receiver`]'s.
#[derive(Debug)]
struct Pipe {
    file: File,
    lines: Lines,
}

impl Output {
    pub(crate) fn new(
        function: Arc<str>,
        log_stream: Arc<str>,
        sink: SharedLogSink,
        clock: SharedClock,
    ) -> io::Result<(Output, Streams)> {
        let (stdout, stdout_file, child_stdout) = pipe()?;
        let (stderr, stderr_file, child_stderr) = pipe()?;
        let state = State {
            stdout: Pipe {
                file: stdout_file,
                lines: Lines::default(),
            },
            stderr: Pipe {
                file: stderr_file,
                lines: Lines::default(),
            },
            request: None,
            tail: VecDeque::new(),
            buffer: vec![0; BUFFER].into_boxed_slice(),
        };
        let output = Output {
            function,
            log_stream,
            sink,
            clock,
            stdout,
            stderr,
            state: Mutex::new(state),
        };
        Ok((
            output,
            Streams {
                stdout: child_stdout.into(),
                stderr: child_stderr.into(),
            },
        ))
    }

    /// Drains both pipes until the process and whoever else has them has closed them.
    pub(crate) async fn drain(&self) {
        tokio::join!(
            self.drain_one(LogStream::Stdout),
            self.drain_one(LogStream::Stderr)
        );
    }

    /// From now on the process is at this invocation.
    pub(crate) fn begin(&self, request: RequestId) {
        self.lock().request = Some(request);
    }

    /// Takes what was written so far.
    pub(crate) fn catch_up(&self) {
        let mut state = self.lock();
        for stream in [LogStream::Stdout, LogStream::Stderr] {
            for _ in 0..READS {
                let State {
                    stdout,
                    stderr,
                    buffer,
                    ..
                } = &mut *state;
                let pipe = if stream == LogStream::Stdout {
                    stdout
                } else {
                    stderr
                };
                match pipe.file.read(buffer) {
                    Ok(0) => break,
                    Ok(length) => self.take(&mut state, stream, length),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(_) => break,
                }
            }
        }
    }

    /// Takes the rest, and gives the last lines of stderr that belong to `request`, or to the start.
    pub(crate) fn finish(&self, request: Option<RequestId>) -> Vec<String> {
        self.catch_up();
        let mut state = self.lock();
        for stream in [LogStream::Stdout, LogStream::Stderr] {
            let lines = if stream == LogStream::Stdout {
                &mut state.stdout.lines
            } else {
                &mut state.stderr.lines
            };
            let mut last = None;
            lines.finish(|line| last = Some(line));
            if let Some(line) = last {
                self.emit(&mut state, stream, line);
            }
        }
        state
            .tail
            .drain(..)
            .filter(|(of, _)| *of == request)
            .map(|(_, line)| line)
            .collect()
    }

    /// Says what Lambda would say in the function's log.
    pub(crate) fn say(&self, request: Option<RequestId>, text: String) {
        self.send(LogStream::Platform, request, text);
    }

    async fn drain_one(&self, stream: LogStream) {
        let receiver = if stream == LogStream::Stdout {
            &self.stdout
        } else {
            &self.stderr
        };
        while receiver.readable().await.is_ok() {
            if self.read_ready(receiver, stream) {
                break;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Reads through the receiver, which thereby learns when there is no more. True at the end of the pipe.
    fn read_ready(&self, receiver: &Receiver, stream: LogStream) -> bool {
        let mut state = self.lock();
        for _ in 0..READS {
            match receiver.try_read(&mut state.buffer) {
                Ok(0) => return true,
                Ok(length) => self.take(&mut state, stream, length),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    tracing::warn!(function = %self.function, %error, "cannot read a process's output");
                    return true;
                }
            }
        }
        false
    }

    fn take(&self, state: &mut State, stream: LogStream, length: usize) {
        let mut found = Vec::new();
        let lines = if stream == LogStream::Stdout {
            &mut state.stdout.lines
        } else {
            &mut state.stderr.lines
        };
        lines.push(&state.buffer[..length], |line| found.push(line));
        for line in found {
            self.emit(state, stream, line);
        }
    }

    fn emit(&self, state: &mut State, stream: LogStream, line: String) {
        let request = state.request;
        if stream == LogStream::Stderr {
            if state.tail.len() == TAIL_LINES {
                state.tail.pop_front();
            }
            let end = line.floor_char_boundary(TAIL_LINE);
            state.tail.push_back((request, line[..end].to_owned()));
        }
        self.send(stream, request, line);
    }

    fn send(&self, stream: LogStream, request_id: Option<RequestId>, text: String) {
        self.sink.line(LogLine {
            function: Arc::clone(&self.function),
            log_stream: Arc::clone(&self.log_stream),
            stream,
            request_id,
            text,
            at_ms: self.clock.now_ms(),
        });
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn pipe() -> io::Result<(Receiver, File, PipeWriter)> {
    let (reader, writer) = io::pipe()?;
    let reader = OwnedFd::from(reader);
    let file = File::from(reader.try_clone()?);
    // Makes the pipe non-blocking, and with it `file`: the flag belongs to what both are handles of.
    Ok((Receiver::from_owned_fd(reader)?, file, writer))
}
