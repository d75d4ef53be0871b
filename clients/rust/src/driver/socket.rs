//! The task of one connection.

use std::sync::Arc;
use std::time::Duration;

use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

use super::handshake::{Handshake, Stream};
use crate::machine::{AccessToken, FrameText, SocketId};
use crate::token::{Token, TokenError};

/// How long the other side has to answer a farewell.
const FAREWELL: Duration = Duration::from_secs(1);

/// What a task tells the client.
pub(super) enum Signal {
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
    Token(Result<Token, TokenError>),
}

/// Connects and hands frames both ways, until the connection ends, or the sender of `frames` is dropped.
pub(super) async fn run(
    socket: SocketId,
    handshake: Arc<Handshake>,
    token: AccessToken,
    mut frames: mpsc::UnboundedReceiver<String>,
    signals: mpsc::Sender<Signal>,
) {
    let connected = tokio::select! {
        connected = handshake.connect(&token) => connected,
        // Nothing is sent before it is open, so that this is its end: it was given up.
        _ = frames.recv() => return,
    };
    drop(token);
    let stream = match connected {
        Ok(stream) => stream,
        Err(failure) => {
            let failed = Signal::Failed {
                socket,
                status: failure.status,
                problem: failure.problem,
            };
            // The client may have ended meanwhile; so below.
            let _ended = signals.send(failed).await;
            return;
        }
    };
    if signals.send(Signal::Opened(socket)).await.is_err() {
        return;
    }
    let (mut sink, mut stream) = stream.split();
    tokio::select! {
        code = read(socket, &mut stream, &signals) => {
            let _ended = signals.send(Signal::Closed { socket, code }).await;
        }
        () = write(&mut sink, &mut frames) => farewell(sink, stream).await,
    }
}

/// Hands on what arrives: the close code, when nothing does any more.
async fn read(
    socket: SocketId,
    stream: &mut SplitStream<Stream>,
    signals: &mpsc::Sender<Signal>,
) -> Option<u16> {
    loop {
        match stream.next().await? {
            Ok(Message::Text(text)) => {
                let text = FrameText::new(text.as_str());
                if signals.send(Signal::Frame { socket, text }).await.is_err() {
                    return None;
                }
            }
            Ok(Message::Close(frame)) => return frame.map(|frame| frame.code.into()),
            // The protocol has text frames only; pings and pongs of WebSocket are answered below this.
            Ok(_) => {}
            Err(_) => return None,
        }
    }
}

/// Sends what is to be sent, until nothing is any more.
async fn write(
    sink: &mut SplitSink<Stream, Message>,
    frames: &mut mpsc::UnboundedReceiver<String>,
) {
    let mut is_broken = false;
    while let Some(text) = frames.recv().await {
        // The end of a broken connection is told by its reading side.
        is_broken = is_broken || sink.send(Message::text(text)).await.is_err();
    }
}

async fn farewell(mut sink: SplitSink<Stream, Message>, mut stream: SplitStream<Stream>) {
    let parting = async {
        if sink.send(Message::Close(None)).await.is_ok() {
            while let Some(Ok(_)) = stream.next().await {}
        }
    };
    // Whether it arrives changes nothing.
    let _parted = tokio::time::timeout(FAREWELL, parting).await;
}
