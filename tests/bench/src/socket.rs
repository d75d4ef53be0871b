//! The client's side: sockets with small buffers, and tokens for them.

use anyhow::{Context, Result, anyhow, bail, ensure};
use futures::{SinkExt, StreamExt, TryStreamExt, stream};
use http::{HeaderValue, Uri, header};
use serde::Deserialize;
use serde_json::json;
use tidegate_local_runtime::Running;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// How many handshakes are under way at once.
const HANDSHAKES: usize = 32;
const BUFFER_BYTES: usize = 2_048;

/// One connected socket.
#[derive(Debug)]
pub(crate) struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    /// Connects; a socket there is only after the server's 101.
    pub(crate) async fn connect(url: &str, token: Option<&str>) -> Result<Self> {
        let mut request = url.into_client_request()?;
        if let Some(token) = token {
            let bearer = HeaderValue::from_str(&format!("Bearer {token}"))?;
            request.headers_mut().insert(header::AUTHORIZATION, bearer);
        }
        let stream = TcpStream::connect(authority(request.uri())?).await?;
        stream.set_nodelay(true)?;
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER_BYTES)
            .write_buffer_size(0);
        let connected = client_async_with_config(request, stream, Some(config)).await;
        let (socket, _) = connected.with_context(|| format!("no socket at {url}"))?;
        Ok(Self(socket))
    }

    /// Connects `count` sockets, some at a time. The tokens are used in turn.
    pub(crate) async fn connect_many(
        url: &str,
        tokens: &[String],
        count: usize,
    ) -> Result<Vec<Self>> {
        let token = |number: usize| tokens.get(number % tokens.len().max(1)).map(String::as_str);
        stream::iter(0..count)
            .map(|number| Self::connect(url, token(number)))
            .buffer_unordered(HANDSHAKES)
            .try_collect()
            .await
    }

    pub(crate) async fn send(&mut self, frame: Utf8Bytes) -> Result<()> {
        Ok(self.0.send(Message::Text(frame)).await?)
    }

    /// The next text frame.
    pub(crate) async fn receive(&mut self) -> Result<Utf8Bytes> {
        match self.0.next().await {
            Some(Ok(Message::Text(text))) => Ok(text),
            Some(Ok(other)) => bail!("instead of a text came {other:?}"),
            Some(Err(error)) => Err(error.into()),
            None => bail!("the socket has ended"),
        }
    }
}

/// Access tokens of the stack's local user pool, each of another user.
pub(crate) async fn tokens(running: &Running, count: usize) -> Result<Vec<String>> {
    stream::iter(0..count)
        .map(|number| token(running, number))
        .buffered(HANDSHAKES)
        .try_collect()
        .await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Token {
    access_token: String,
}

async fn token(running: &Running, number: usize) -> Result<String> {
    let url: Uri = format!("{}/local/token", running.issuer).parse()?;
    let body = json!({"user": format!("user-{number}")}).to_string();
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        url.path(),
        authority(&url)?,
        body.len(),
    );
    let mut stream = TcpStream::connect(authority(&url)?).await?;
    stream.write_all((head + &body).as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    ensure!(answer.starts_with("HTTP/1.1 200 "), "no token: {answer}");
    let (_, body) = answer.split_once("\r\n\r\n").context("half an answer")?;
    Ok(serde_json::from_str::<Token>(body)?.access_token)
}

fn authority(url: &Uri) -> Result<&str> {
    let authority = url
        .authority()
        .ok_or_else(|| anyhow!("{url} names no host"))?;
    Ok(authority.as_str())
}
