//! (b): the least that a frame through a Lambda can cost.
//!
//! A frame is handed, by the task that read it, straight to a process that waits: no router, no event but the body, no
//! timers, no other task, no HTTP library. What remains is what nothing can leave out: reading and writing the socket,
//! reading and writing the process's Runtime API, and escaping the frame into JSON and out of it.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::Args;
use futures::{SinkExt, StreamExt};
use serde::{Deserialize, Serialize};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::accept_async_with_config;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::processes::Processes;
use super::{attend, listen, small_buffers};

#[derive(Debug, Args)]
pub(crate) struct FloorArguments {
    /// The function's executable.
    #[arg(long)]
    pub(crate) function: PathBuf,
    /// How many processes there are of it.
    #[arg(long)]
    pub(crate) processes: usize,
}

/// The smallest event that the no-op takes.
#[derive(Serialize)]
struct Event<'a> {
    body: &'a str,
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    body: Cow<'a, str>,
}

/// Serves until standard input ends.
pub(crate) async fn serve(arguments: FloorArguments) -> Result<()> {
    let processes = Processes::start(&arguments.function, &[], arguments.processes).await?;
    let processes = Arc::new(processes);
    let (listener, listening) = listen().await?;
    let accepting = tokio::spawn(accept(listener, processes));
    attend(&listening, || ()).await?;
    accepting.abort();
    Ok(())
}

async fn accept(listener: TcpListener, processes: Arc<Processes>) {
    while let Ok((stream, _)) = listener.accept().await {
        let processes = Arc::clone(&processes);
        tokio::spawn(async move {
            if let Err(error) = connection(stream, &processes).await {
                eprintln!("(b) a connection ended: {error:#}");
            }
        });
    }
}

async fn connection(stream: TcpStream, processes: &Processes) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut socket = accept_async_with_config(stream, Some(small_buffers())).await?;
    let mut event = Vec::new();
    while let Some(message) = socket.next().await {
        let frame = match message {
            Ok(Message::Text(frame)) => frame,
            Ok(_) => continue,
            // The client went away without a word.
            Err(_) => break,
        };
        event.clear();
        serde_json::to_writer(&mut event, &Event { body: &frame })?;
        let reply = processes.invoke(&event, reply).await??;
        socket.send(Message::Text(reply)).await?;
    }
    Ok(())
}

fn reply(answer: &[u8]) -> Result<Utf8Bytes> {
    let answer: Answer = serde_json::from_slice(answer).context("no proxy answer")?;
    Ok(answer.body.into_owned().into())
}
