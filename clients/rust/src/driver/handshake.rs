//! The handshake: where to, in which session, with which token.

use http::{HeaderValue, Request, Uri};
use tidegate_protocol::{BEARER_PREFIX, SESSION_PARAMETER, SUBPROTOCOL, SessionId};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_tls_with_config};

use super::tls;
use crate::error::BuildError;
use crate::machine::AccessToken;

/// API Gateway sends messages of at most 128 KB (`Amazon API Gateway quotas for WebSocket APIs`).
const LARGEST_MESSAGE: usize = 128 * 1024;
/// What a token that cannot stand in a header counts as: refused.
const UNAUTHORIZED: u16 = 401;

/// A connection that is open.
pub type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Where to connect, and in which session: for whoever drives the machine on tokio without this crate's own driver.
#[derive(Debug)]
pub struct Handshake {
    url: String,
    is_tls: bool,
    config: WebSocketConfig,
}

/// Why a handshake failed.
#[derive(Debug)]
pub struct Failure {
    /// The HTTP status of the refusal, where there was an answer.
    pub status: Option<u16>,
    /// What went wrong, for people.
    pub problem: String,
}

impl Handshake {
    /// The handshake of this session at this URL.
    ///
    /// # Errors
    /// When this is no URL of a socket.
    pub fn new(url: &str, session: &SessionId) -> Result<Self, BuildError> {
        let invalid = || BuildError::InvalidUrl {
            url: url.to_owned(),
        };
        let parsed: Uri = url.parse().map_err(|_| invalid())?;
        let is_tls = match parsed.scheme_str() {
            Some("wss") => true,
            Some("ws") => false,
            _ => return Err(invalid()),
        };
        if parsed.host().is_none_or(str::is_empty) {
            return Err(invalid());
        }
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair(SESSION_PARAMETER, session.as_str())
            .finish();
        let joint = if parsed.query().is_some() { '&' } else { '?' };
        Ok(Self {
            url: format!("{url}{joint}{query}"),
            is_tls,
            config: WebSocketConfig::default()
                .max_message_size(Some(LARGEST_MESSAGE))
                .max_frame_size(Some(LARGEST_MESSAGE)),
        })
    }

    /// Reads into buffers of so many bytes, and writes without any: for thousands of connections in one process.
    #[must_use]
    pub fn small_buffers(mut self, bytes: usize) -> Self {
        self.config = self.config.read_buffer_size(bytes).write_buffer_size(0);
        self
    }

    fn request(&self, token: &AccessToken) -> Result<Request<()>, Failure> {
        let mut request = (&*self.url)
            .into_client_request()
            .map_err(|error| Failure {
                status: None,
                problem: error.to_string(),
            })?;
        let offered = format!("{SUBPROTOCOL}, {BEARER_PREFIX}{}", token.reveal());
        let mut offered = HeaderValue::from_str(&offered).map_err(|_| Failure {
            status: Some(UNAUTHORIZED),
            problem: "the token has characters that no token has".to_owned(),
        })?;
        offered.set_sensitive(true);
        request
            .headers_mut()
            .insert(http::header::SEC_WEBSOCKET_PROTOCOL, offered);
        Ok(request)
    }

    /// Connects with this token.
    ///
    /// # Errors
    /// When there is no connection, with the status of the refusal.
    pub async fn connect(&self, token: &AccessToken) -> Result<Stream, Failure> {
        let request = self.request(token)?;
        let connector = if self.is_tls {
            let connector = tls::connector().map_err(|error| Failure {
                status: None,
                problem: error.to_string(),
            })?;
            Some(connector)
        } else {
            None
        };
        let connected =
            connect_async_tls_with_config(request, Some(self.config), true, connector).await;
        match connected {
            Ok((stream, _)) => Ok(stream),
            Err(tungstenite::Error::Http(response)) => {
                let status = response.status().as_u16();
                Err(Failure {
                    status: Some(status),
                    problem: format!("the server answered with status {status}"),
                })
            }
            Err(error) => Err(Failure {
                status: None,
                problem: error.to_string(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(url: &str) -> Result<String, BuildError> {
        let session = SessionId::new("s-12345678").unwrap();
        Handshake::new(url, &session).map(|handshake| handshake.url)
    }

    #[test]
    fn the_session_is_in_the_query_and_the_token_is_not_in_the_url() {
        assert_eq!(
            url("wss://example.com/dev").unwrap(),
            "wss://example.com/dev?session=s-12345678"
        );
        assert_eq!(
            url("ws://localhost:1/dev?room_id=a").unwrap(),
            "ws://localhost:1/dev?room_id=a&session=s-12345678"
        );
        let session = SessionId::new("s-12345678").unwrap();
        let handshake = Handshake::new("ws://localhost:1/dev", &session).unwrap();
        let request = handshake.request(&AccessToken::new("secret")).unwrap();
        assert_eq!(
            request.headers()["sec-websocket-protocol"],
            "tidegate.v1, bearer.secret"
        );
        assert!(!request.uri().to_string().contains("secret"));
        assert!(!format!("{request:?}").contains("secret"));
    }

    #[test]
    fn what_is_no_url_of_a_socket_is_refused() {
        for wrong in [
            "",
            "example.com",
            "https://example.com",
            "wss:///dev",
            "ws://a b",
        ] {
            assert!(
                matches!(url(wrong), Err(BuildError::InvalidUrl { .. })),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_token_that_can_stand_in_no_header_counts_as_refused() {
        let session = SessionId::new("s-12345678").unwrap();
        let handshake = Handshake::new("ws://localhost:1/dev", &session).unwrap();
        let failure = handshake.request(&AccessToken::new("a\nb")).unwrap_err();
        assert_eq!(failure.status, Some(401));
        assert!(!failure.problem.contains("a\nb"));
    }
}
