//! The task of one connection: frames both ways, and nothing else.

use std::sync::Arc;

use futures::{SinkExt, StreamExt};
use tidegate_client::Handshake;
use tidegate_client::machine::{AccessToken, FrameText, SocketId};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

/// What a connection tells its user.
pub(crate) enum Signal {
    Opened(SocketId),
    Failed {
        socket: SocketId,
        status: Option<u16>,
        problem: String,
    },
    Frame {
        socket: SocketId,
        text: FrameText,
    },
    Closed {
        socket: SocketId,
        code: Option<u16>,
    },
    Token(Result<AccessToken, String>),
}

/// Connects and hands frames on, until the connection ends, or the sender of `frames` is dropped. Aborted, it breaks off.
pub(crate) async fn run(
    socket: SocketId,
    handshake: Arc<Handshake>,
    token: AccessToken,
    mut frames: mpsc::UnboundedReceiver<String>,
    signals: mpsc::Sender<Signal>,
) {
    let connected = handshake.connect(&token).await;
    drop(token);
    let mut stream = match connected {
        Ok(stream) => stream,
        Err(failure) => {
            let failed = Signal::Failed {
                socket,
                status: failure.status,
                problem: failure.problem,
            };
            // The user may have ended meanwhile; so below.
            let _ended = signals.send(failed).await;
            return;
        }
    };
    if signals.send(Signal::Opened(socket)).await.is_err() {
        return;
    }
    let code = loop {
        let signal = tokio::select! {
            frame = frames.recv() => match frame {
                Some(text) => {
                    if stream.send(Message::text(text)).await.is_err() {
                        break None;
                    }
                    continue;
                }
                None => {
                    // Whether the farewell arrives changes nothing.
                    let _parted = stream.close(None).await;
                    return;
                }
            },
            message = stream.next() => match message {
                Some(Ok(Message::Text(text))) => Signal::Frame {
                    socket,
                    text: FrameText::new(text.as_str()),
                },
                Some(Ok(Message::Close(frame))) => break frame.map(|frame| frame.code.into()),
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => break None,
            },
        };
        if signals.send(signal).await.is_err() {
            return;
        }
    };
    let _ended = signals.send(Signal::Closed { socket, code }).await;
}
