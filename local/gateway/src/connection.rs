//! One open connection, from its upgrade to its end.

use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::FuturesUnordered;
use futures::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde_json::value::RawValue;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Message, Utf8Bytes};

use crate::close::End;
use crate::connections::Handle;
use crate::disconnect;
use crate::event::{Identity, RequestContext, Texts};
use crate::frame;
use crate::gateway::{ServedStage, Shared};
use crate::ids::Ids;

/// How long a peer may take to answer a close frame.
const CLOSING_MS: u64 = 1_000;
/// What is read at once. Small, since ten thousand idle connections each keep it.
const READ_BUFFER_BYTES: usize = 1_024;

/// A connection as the events of its frames describe it.
pub(crate) struct Caller {
    pub(crate) shared: Arc<Shared>,
    pub(crate) stage: Arc<ServedStage>,
    pub(crate) id: Arc<str>,
    pub(crate) handle: Arc<Handle>,
    pub(crate) domain_name: Box<str>,
    pub(crate) authorizer: Option<Box<RawValue>>,
}

impl Caller {
    /// The context of an event of this connection.
    pub(crate) fn context<'a>(
        &'a self,
        route_key: &'a str,
        event_type: &'static str,
        request_id: &'a str,
        (now_ms, request_time): (u64, &'a str),
    ) -> RequestContext<'a> {
        let identity = Identity {
            source_ip: &self.handle.source_ip,
            user_agent: self.handle.user_agent.as_deref(),
        };
        RequestContext {
            route_key,
            disconnect_status_code: None,
            message_id: None,
            event_type,
            extended_request_id: request_id,
            request_time,
            message_direction: "IN",
            disconnect_reason: None,
            stage: &self.stage.stage.name,
            connected_at: self.handle.connected_at_ms,
            request_time_epoch: now_ms,
            identity,
            request_id,
            domain_name: &self.domain_name,
            connection_id: &self.id,
            api_id: &self.shared.api_id,
            authorizer: self.authorizer.as_deref(),
        }
    }

    /// The stage's variables; events have none where there are none.
    pub(crate) fn stage_variables(&self) -> Option<&Texts> {
        let variables = &self.stage.stage.variables;
        (!variables.is_empty()).then_some(variables)
    }
}

/// A connection that is known but perhaps not upgraded yet.
pub(crate) struct Connection {
    caller: Caller,
    frames: mpsc::Receiver<Utf8Bytes>,
    ids: Ids,
}

type Socket = WebSocketStream<TcpStream>;

impl Connection {
    pub(crate) const fn new(caller: Caller, frames: mpsc::Receiver<Utf8Bytes>, ids: Ids) -> Self {
        Self {
            caller,
            frames,
            ids,
        }
    }

    pub(crate) fn into_caller(self) -> Caller {
        self.caller
    }

    /// Serves the connection to its end, and runs `$disconnect`.
    pub(crate) async fn run(self, upgraded: Upgraded) {
        let Ok(parts) = upgraded.downcast::<TokioIo<TcpStream>>() else {
            return disconnect::run(self.caller, &End::Lost).await;
        };
        let limits = &self.caller.shared.limits;
        let bytes = |limit: u64| usize::try_from(limit).ok();
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(0)
            .max_frame_size(bytes(limits.frame_bytes))
            .max_message_size(bytes(limits.message_bytes));
        let stream = parts.io.into_inner();
        // A copy, nearly always of nothing: the handshake's own buffer has 8 KiB, which the socket would keep for life.
        let early = parts.read_buf.to_vec();
        drop(parts.read_buf);
        let socket =
            WebSocketStream::from_partially_read(stream, early, Role::Server, Some(config)).await;
        let caller = Arc::new(self.caller);
        let mut frames = self.frames;
        let (end, socket) = serve(Arc::clone(&caller), &mut frames, self.ids, socket).await;
        // Posts are told that it is gone from now on, and not only once the peer has answered.
        caller.stage.connections.remove(&caller.id);
        close(&caller, &end, socket, frames).await;
        disconnect::run_shared(&caller, &end).await;
    }
}

async fn serve(
    caller: Arc<Caller>,
    frames: &mut mpsc::Receiver<Utf8Bytes>,
    mut ids: Ids,
    mut socket: Socket,
) -> (End, Socket) {
    let shared = &caller.shared;
    let limits = &shared.limits;
    let most_in_flight = usize::try_from(limits.frames_in_flight).unwrap_or(usize::MAX);
    let mut in_flight = FuturesUnordered::new();
    let lifetime_end = caller
        .handle
        .connected_at_ms
        .saturating_add(limits.connection_lifetime_ms);
    let mut lifetime = pin!(shared.clock.sleep_until(lifetime_end));
    let mut closing = pin!(shared.closing.cancelled());
    let mut deleted = pin!(caller.handle.deleted.notified());
    let mut idle = shared.clock.sleep_until(
        caller
            .handle
            .last_active_ms()
            .saturating_add(limits.idle_timeout_ms),
    );
    let end = loop {
        let outgoing = tokio::select! {
            // The sender is in the handle that `caller` has: there is always one.
            Some(text) = frames.recv() => Some(text),
            Some(reply) = in_flight.next(), if !in_flight.is_empty() => match reply {
                Some(text) => Some(text),
                None => continue,
            },
            incoming = socket.next(), if in_flight.len() < most_in_flight => match received(incoming) {
                Received::Text(text) => {
                    caller.handle.touch(shared.clock.now_ms());
                    in_flight.push(frame::handle(Arc::clone(&caller), text, ids.next(), ids.next()));
                    continue;
                }
                // The answer to a ping waits until something is flushed.
                Received::Control => None,
                Received::End(end) => break end,
            },
            () = &mut idle => {
                let idle_end = caller.handle.last_active_ms().saturating_add(limits.idle_timeout_ms);
                if shared.clock.now_ms() >= idle_end {
                    break End::Idle;
                }
                idle = shared.clock.sleep_until(idle_end);
                continue;
            }
            () = &mut deleted => break End::Deleted,
            () = &mut lifetime => break End::Lifetime,
            () = &mut closing => break End::Shutdown,
        };
        let is_message = outgoing.is_some();
        // A client that reads nothing holds up its own connection only, and not beyond its life.
        let sent = tokio::select! {
            biased;
            sent = send(&mut socket, outgoing, frames) => sent,
            () = &mut deleted => break End::Deleted,
            () = &mut lifetime => break End::Lifetime,
            () = &mut closing => break End::Shutdown,
        };
        if sent.is_err() {
            break End::Lost;
        }
        if is_message {
            caller.handle.touch(shared.clock.now_ms());
        }
    };
    drop(in_flight);
    (end, socket)
}

/// Sends a frame, and whatever else waits to be sent, in one go. What comes meanwhile is sent in the next one, so that a
/// client that is posted to without end is still read from.
async fn send(
    socket: &mut Socket,
    next: Option<Utf8Bytes>,
    frames: &mut mpsc::Receiver<Utf8Bytes>,
) -> Result<(), tungstenite::Error> {
    if let Some(text) = next {
        socket.feed(Message::Text(text)).await?;
    }
    for _frame in 0..frames.len() {
        let Ok(text) = frames.try_recv() else { break };
        socket.feed(Message::Text(text)).await?;
    }
    socket.flush().await
}

enum Received {
    Text(Utf8Bytes),
    Control,
    End(End),
}

fn received(incoming: Option<Result<Message, tungstenite::Error>>) -> Received {
    Received::End(match incoming {
        Some(Ok(Message::Text(text))) => return Received::Text(text),
        Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {
            return Received::Control;
        }
        Some(Ok(Message::Binary(_))) => End::Binary,
        Some(Ok(Message::Close(frame))) => {
            End::ByClient(frame.map(|frame| (frame.code.into(), frame.reason.as_str().to_owned())))
        }
        Some(Err(tungstenite::Error::Capacity(_))) => End::TooLarge,
        Some(Err(tungstenite::Error::Protocol(
            tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
        ))) => End::Lost,
        Some(Err(tungstenite::Error::Protocol(_) | tungstenite::Error::Utf8(_))) => End::Protocol,
        Some(Err(_)) | None => End::Lost,
    })
}

/// Says why, and gives the peer a moment to hear it.
async fn close(
    caller: &Caller,
    end: &End,
    mut socket: Socket,
    mut frames: mpsc::Receiver<Utf8Bytes>,
) {
    let deadline = caller.shared.clock.now_ms() + CLOSING_MS;
    let farewell = async {
        if *end == End::Deleted {
            // Frames that were taken before are sent before.
            send(&mut socket, None, &mut frames).await?;
        }
        if let Some(frame) = end.frame() {
            socket.close(Some(frame)).await?;
        } else if matches!(end, End::ByClient(_)) {
            socket.flush().await?;
        }
        if matches!(end, End::TooLarge) {
            // The rest of the frame is still on its way: closing over unread bytes would reset the connection, and the
            // client would never see the close frame.
            let stream = socket.get_mut();
            stream.shutdown().await?;
            let mut rest = Bytes::from_static(&[]).try_into_mut().unwrap_or_default();
            while stream.read_buf(&mut rest).await? > 0 {
                rest.clear();
            }
        } else if !matches!(end, End::Lost) {
            while let Some(Ok(_)) = socket.next().await {}
        }
        Ok::<_, tungstenite::Error>(())
    };
    tokio::select! {
        // Whatever fails here, the connection is over.
        _over = farewell => {}
        () = caller.shared.clock.sleep_until(deadline) => {}
    }
}
