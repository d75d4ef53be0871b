//! A WebSocket client for tests.

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::eventually::PATIENCE;

/// An open connection.
pub struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The sub-protocol that the server chose.
    pub protocol: Option<String>,
    next_id: u64,
}

/// A handshake that was refused.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: String,
}

impl Client {
    /// Connects with these headers.
    ///
    /// # Errors
    /// The status with which the handshake was refused.
    ///
    /// # Panics
    /// When there is no HTTP answer at all.
    pub async fn connect(url: &str, headers: &[(&str, &str)]) -> Result<Self, Refusal> {
        let mut request = url
            .into_client_request()
            .unwrap_or_else(|error| panic!("{url}: {error}"));
        for (name, value) in headers {
            let name: HeaderName = name
                .parse()
                .unwrap_or_else(|_| panic!("{name} is no header"));
            let value =
                HeaderValue::from_str(value).unwrap_or_else(|_| panic!("{value} is no value"));
            request.headers_mut().append(name, value);
        }
        match connect_async(request).await {
            Ok((socket, response)) => {
                let protocol = response.headers().get("sec-websocket-protocol");
                let protocol =
                    protocol.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
                Ok(Self {
                    socket,
                    protocol,
                    next_id: 1,
                })
            }
            Err(tungstenite::Error::Http(response)) => {
                let body = response
                    .body()
                    .as_deref()
                    .map(String::from_utf8_lossy)
                    .unwrap_or_default()
                    .into_owned();
                Err(Refusal {
                    status: response.status().as_u16(),
                    body,
                })
            }
            Err(error) => panic!("{url}: {error}"),
        }
    }

    /// Connects with a token as a sub-protocol, as a browser does.
    ///
    /// # Errors
    /// The status with which the handshake was refused.
    pub async fn with_token(url: &str, token: &str) -> Result<Self, Refusal> {
        Self::connect(
            url,
            &[(
                "Sec-WebSocket-Protocol",
                &format!("tidegate.v1, bearer.{token}"),
            )],
        )
        .await
    }

    /// Sends a text frame.
    ///
    /// # Panics
    /// When the connection is lost.
    pub async fn send(&mut self, text: impl Into<String>) {
        self.send_message(Message::text(text.into())).await;
    }

    /// Sends any frame.
    ///
    /// # Panics
    /// When the connection is lost.
    pub async fn send_message(&mut self, message: Message) {
        self.socket
            .send(message)
            .await
            .unwrap_or_else(|error| panic!("cannot send: {error}"));
    }

    /// Sends a frame that may end the connection while it is still being sent.
    pub async fn try_send(&mut self, message: Message) {
        let _may_be_cut_off = self.socket.send(message).await;
    }

    /// The next text frame, as JSON.
    ///
    /// # Panics
    /// When the connection ends instead, or nothing comes in time.
    pub async fn receive(&mut self) -> Value {
        let text = self.receive_text().await;
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    /// The next text frame, as it is.
    ///
    /// # Panics
    /// When the connection ends instead, or nothing comes in time.
    pub async fn receive_text(&mut self) -> String {
        match self.next().await {
            Some(Ok(Message::Text(text))) => text.as_str().to_owned(),
            other => panic!("expected a text frame, got {other:?}"),
        }
    }

    /// The close code with which the server ends the connection.
    ///
    /// # Panics
    /// When it sends anything else, or nothing in time.
    pub async fn closed(&mut self) -> u16 {
        match self.next().await {
            Some(Ok(Message::Close(Some(frame)))) => frame.code.into(),
            other => panic!("expected a close frame with a code, got {other:?}"),
        }
    }

    async fn next(&mut self) -> Option<Result<Message, tungstenite::Error>> {
        tokio::time::timeout(PATIENCE, self.socket.next())
            .await
            .unwrap_or_else(|_| panic!("nothing came in time"))
    }

    /// Sends an action and returns the reply, which echoes its id. Publications that come before are dropped.
    ///
    /// # Panics
    /// When no reply comes.
    pub async fn request(&mut self, action: &str, mut fields: Value) -> Value {
        let id = self.next_id.to_string();
        self.next_id += 1;
        fields["action"] = json!(action);
        fields["id"] = json!(id);
        self.send(fields.to_string()).await;
        loop {
            let frame = self.receive().await;
            if frame["id"] == json!(id) || frame.get("connectionId").is_some() {
                return frame;
            }
        }
    }

    /// Joins a channel.
    ///
    /// # Panics
    /// When it may not.
    pub async fn join(&mut self, channel: &str) {
        let reply = self
            .request("subscribe", json!({ "channel": channel }))
            .await;
        assert_eq!(reply["type"], "subscribed", "{reply}");
    }

    /// Closes as a client does that says why.
    ///
    /// # Panics
    /// When the connection is lost already.
    pub async fn close(mut self) {
        self.socket
            .close(None)
            .await
            .unwrap_or_else(|error| panic!("cannot close: {error}"));
        while let Some(Ok(_)) = self.socket.next().await {}
    }

    /// Breaks off without a word, as a client does that is killed.
    pub fn kill(self) {
        drop(self.socket);
    }
}
