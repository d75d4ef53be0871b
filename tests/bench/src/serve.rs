//! What is measured, each in a process of its own: this binary, started by itself with a hidden command.
//!
//! A server writes one line of JSON when it is ready, one more for each line that it reads, and ends when there is
//! nothing more to read: so it ends with whoever started it, whichever way that ends.

pub(crate) mod echo;
pub(crate) mod floor;
pub(crate) mod processes;
pub(crate) mod stack;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, BufReader, stdin};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::arguments::Serve;
use crate::event_loop;

/// Where a bare server listens.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Listening {
    pub(crate) url: String,
}

/// Serves until standard input ends.
pub(crate) fn serve(command: Serve) -> Result<()> {
    event_loop::of_a_server()?.block_on(async {
        match command {
            Serve::Echo => echo::serve().await,
            Serve::Floor(arguments) => floor::serve(arguments).await,
            Serve::Stack(arguments) => stack::serve(arguments).await,
        }
    })
}

/// Says that it is ready, then how it is whenever it is asked, until nobody can ask any more.
async fn attend<S: Serialize>(ready: &impl Serialize, status: impl Fn() -> S) -> Result<()> {
    println!("{}", serde_json::to_string(ready)?);
    let mut lines = BufReader::new(stdin()).lines();
    while lines.next_line().await?.is_some() {
        println!("{}", serde_json::to_string(&status())?);
    }
    Ok(())
}

async fn listen() -> Result<(TcpListener, Listening)> {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .context("no port can be listened on")?;
    let url = format!("ws://{}/", listener.local_addr()?);
    Ok((listener, Listening { url }))
}

/// The buffers of both bare servers: small, as the gateway's.
fn small_buffers() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(1_024)
        .write_buffer_size(0)
}
