//! One connection, as a client of the protocol.

use std::time::Duration;

use anyhow::{Context, bail};
use futures::{SinkExt, StreamExt};
use http::HeaderValue;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use tidegate_core::channel::Channel;
use tidegate_core::protocol::{BEARER_PREFIX, SUBPROTOCOL};
use tokio::net::TcpStream;
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::failure::Refused;

/// API Gateway ends a connection without a message for ten minutes.
const PING_EVERY: Duration = Duration::from_secs(4 * 60);

/// A connection that is open.
pub(crate) struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pings: Interval,
    next_id: u64,
    unanswered: usize,
}

/// A frame of the server, as far as it is of interest here.
#[derive(Debug, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub(crate) enum Frame {
    Subscribed {},
    Ack {},
    Publication {
        user: String,
        data: serde_json::Value,
    },
    Error {
        code: String,
        message: String,
    },
    Goodbye {
        reason: String,
    },
    Pong {},
    #[serde(other)]
    Other,
}

/// What arrived.
#[derive(Debug)]
pub(crate) enum Incoming {
    Subscribed,
    Ack {
        frame: String,
    },
    Publication {
        user: String,
        data: serde_json::Value,
        frame: String,
    },
    Error {
        code: String,
        message: String,
        frame: String,
    },
    Goodbye {
        reason: String,
        frame: String,
    },
    Other {
        frame: String,
    },
}

/// A frame of the gateway itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GatewayFrame {
    message: String,
    #[serde(rename = "connectionId")]
    _connection_id: String,
}

impl Client {
    /// Connects with the token as a sub-protocol, as a browser would.
    pub(crate) async fn connect(url: &str, token: &str) -> anyhow::Result<Self> {
        let mut request = url
            .into_client_request()
            .with_context(|| format!("`{url}` is no URL of a socket"))?;
        let offered = HeaderValue::from_str(&format!("{SUBPROTOCOL}, {BEARER_PREFIX}{token}"));
        let offered = offered.context("the token has characters that no token has")?;
        request
            .headers_mut()
            .insert("Sec-WebSocket-Protocol", offered);
        let (socket, _) = connect_async(request)
            .await
            .map_err(|error| explain(error, url))?;
        let mut pings = interval(PING_EVERY);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        pings.reset();
        Ok(Self {
            socket,
            pings,
            next_id: 1,
            unanswered: 0,
        })
    }

    pub(crate) async fn subscribe(&mut self, channel: &Channel) -> anyhow::Result<()> {
        let id = self.id();
        self.send(json!({ "action": "subscribe", "id": id, "channel": channel }).to_string())
            .await
    }

    pub(crate) async fn publish(
        &mut self,
        channel: &Channel,
        data: &RawValue,
    ) -> anyhow::Result<()> {
        let id = self.id();
        let data = data.get();
        self.unanswered += 1;
        self.send(format!(
            r#"{{"action":"publish","id":"{id}","channel":"{channel}","data":{data}}}"#
        ))
        .await
    }

    /// How many publications have no ack yet.
    pub(crate) const fn unanswered(&self) -> usize {
        self.unanswered
    }

    /// The next frame that is of interest.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Incoming> {
        loop {
            let message = tokio::select! {
                message = self.socket.next() => message,
                _ = self.pings.tick() => {
                    self.send(r#"{"action":"ping"}"#.to_owned()).await?;
                    continue;
                }
            };
            match message {
                Some(Ok(Message::Text(text))) => {
                    if let Some(incoming) = self.understand(text.as_str().to_owned())? {
                        return Ok(incoming);
                    }
                }
                Some(Ok(Message::Close(frame))) => {
                    let why = frame
                        .map(|frame| format!(" ({} {})", u16::from(frame.code), frame.reason))
                        .unwrap_or_default();
                    bail!("the server ended the connection{why}");
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error).context("the connection is lost"),
                None => bail!("the connection is lost"),
            }
        }
    }

    pub(crate) async fn close(mut self) -> anyhow::Result<()> {
        // Everything was acked: whether the farewell arrives changes nothing.
        let _closed = self.socket.close(None).await;
        Ok(())
    }

    fn understand(&mut self, frame: String) -> anyhow::Result<Option<Incoming>> {
        let parsed = match serde_json::from_str::<Frame>(&frame) {
            Ok(parsed) => parsed,
            Err(_) => {
                let said: GatewayFrame =
                    serde_json::from_str(&frame).context("the server sent what is no frame")?;
                self.unanswered = self.unanswered.saturating_sub(1);
                return Ok(Some(Incoming::Error {
                    code: "gateway".to_owned(),
                    message: said.message,
                    frame,
                }));
            }
        };
        Ok(match parsed {
            Frame::Subscribed {} => Some(Incoming::Subscribed),
            Frame::Ack {} => {
                self.unanswered = self.unanswered.saturating_sub(1);
                Some(Incoming::Ack { frame })
            }
            Frame::Publication { user, data } => Some(Incoming::Publication { user, data, frame }),
            Frame::Error { code, message } => {
                self.unanswered = self.unanswered.saturating_sub(1);
                Some(Incoming::Error {
                    code,
                    message,
                    frame,
                })
            }
            Frame::Goodbye { reason } => Some(Incoming::Goodbye { reason, frame }),
            Frame::Pong {} => None,
            Frame::Other => Some(Incoming::Other { frame }),
        })
    }

    fn id(&mut self) -> String {
        let id = self.next_id;
        self.next_id += 1;
        id.to_string()
    }

    async fn send(&mut self, frame: String) -> anyhow::Result<()> {
        self.socket
            .send(Message::text(frame))
            .await
            .context("the connection is lost")
    }
}

/// What a failed handshake means, and what to do.
fn explain(error: tungstenite::Error, url: &str) -> anyhow::Error {
    let tungstenite::Error::Http(response) = error else {
        return anyhow::Error::new(error).context(format!("{url} cannot be reached"));
    };
    let what = match response.status().as_u16() {
        401 => "the token is missing, wrong or expired: get a new one",
        403 => "the token is right, but its user may not do this here; or there is no such stage",
        429 => "the server takes no more connections for now: try again",
        _ => "the server refuses the connection",
    };
    Refused(format!(
        "{what} (status {} from {url})",
        response.status().as_u16()
    ))
    .into()
}
