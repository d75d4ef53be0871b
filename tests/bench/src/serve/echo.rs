//! (c): a bare echo, to know what sockets alone cost.

use anyhow::Result;
use futures::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::accept_async_with_config;
use tokio_tungstenite::tungstenite::Message;

use super::{attend, listen, small_buffers};

/// Serves until standard input ends.
pub(crate) async fn serve() -> Result<()> {
    let (listener, listening) = listen().await?;
    let accepting = tokio::spawn(accept(listener));
    attend(&listening, || ()).await?;
    accepting.abort();
    Ok(())
}

async fn accept(listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(async move {
            // A client that breaks off is seen where it is counted.
            let _ended = echo(stream).await;
        });
    }
}

async fn echo(stream: TcpStream) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut socket = accept_async_with_config(stream, Some(small_buffers())).await?;
    while let Some(message) = socket.next().await {
        if let message @ Message::Text(_) = message? {
            socket.send(message).await?;
        }
    }
    Ok(())
}
