//! The issuer over HTTP.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tidegate_local_identity::Identity;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// An issuer that listens.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) ended: tokio::task::JoinHandle<()>,
}

impl Served {
    pub(crate) async fn start(identity: Identity) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let ended = tokio::spawn(Arc::new(identity).serve(listener, async {
            let _ = stopped.await;
        }));
        Self {
            address,
            stop,
            ended,
        }
    }

    /// The answer, with its body as JSON where it is any.
    pub(crate) async fn ask(&self, request: Request<Full<Bytes>>) -> (Response<()>, Value) {
        let (response, body) = self.ask_for_text(request).await;
        (response, serde_json::from_str(&body).unwrap_or_default())
    }

    pub(crate) async fn ask_for_text(
        &self,
        request: Request<Full<Bytes>>,
    ) -> (Response<()>, String) {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .unwrap();
        tokio::spawn(connection);
        let response = sender.send_request(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (
            Response::from_parts(parts, ()),
            String::from_utf8(body.to_vec()).unwrap(),
        )
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        let (response, body) = self.ask(request(Method::GET, path, "")).await;
        (response.status(), body)
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> (StatusCode, Value) {
        let (response, body) = self.ask(request(Method::POST, path, body)).await;
        (response.status(), body)
    }
}

pub(crate) fn request(method: Method, path: &str, body: &str) -> Request<Full<Bytes>> {
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", "evil.test")
        .body(Full::from(body.to_owned()))
        .unwrap()
}
