//! Where the browser comes back to: one of the ports that the app client knows, on this machine only.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, bail};
use bytes::Bytes;
use futures::future::{Either, pending};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tidegate_contract::sign_in::{CALLBACK_PATH, CALLBACK_PORTS};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::attempt::{Attempt, Outcome};

/// The listener. `localhost` is either address, as the browser likes.
pub(super) struct Callback {
    port: u16,
    v4: TcpListener,
    v6: Option<TcpListener>,
}

impl Callback {
    /// Listens on the first port that is free.
    pub(super) async fn listen() -> anyhow::Result<Self> {
        for port in CALLBACK_PORTS {
            match Self::bind(port).await {
                Ok(callback) => return Ok(callback),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                Err(error) => {
                    return Err(error)
                        .with_context(|| format!("cannot listen on localhost:{port}"));
                }
            }
        }
        let ports = CALLBACK_PORTS.map(|port| port.to_string()).join(", ");
        bail!(
            "the ports {ports} are all taken, and the browser can come back to no other: end what listens there (perhaps \
             another `tidegate login`)"
        )
    }

    async fn bind(port: u16) -> io::Result<Self> {
        let v4 = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
        let v6 = match TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port))).await {
            Ok(listener) => Some(listener),
            // Somebody else would be given the code.
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
            // A machine without IPv6.
            Err(_) => None,
        };
        Ok(Self { port, v4, v6 })
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    /// Waits until the browser comes back, and has been answered.
    pub(super) async fn outcome(&self, attempt: &Arc<Attempt>) -> anyhow::Result<Outcome> {
        // A browser opens connections that it may never use: each is served beside the others.
        let mut connections = JoinSet::new();
        loop {
            let v6 = match &self.v6 {
                Some(listener) => Either::Left(listener.accept()),
                None => Either::Right(pending()),
            };
            let accepted = tokio::select! {
                accepted = self.v4.accept() => accepted,
                accepted = v6 => accepted,
                Some(served) = connections.join_next() => match served {
                    Ok(Some(outcome)) => return Ok(outcome),
                    _ => continue,
                },
            };
            let (stream, _) = accepted.context("the browser's connection cannot be taken")?;
            connections.spawn(serve(stream, Arc::clone(attempt)));
        }
    }
}

/// Answers one request. Gives the outcome once the answer has been written.
async fn serve(stream: TcpStream, attempt: Arc<Attempt>) -> Option<Outcome> {
    let found = Arc::new(Mutex::new(None));
    let kept = Arc::clone(&found);
    let service = service_fn(move |request: Request<Incoming>| {
        let (answer, outcome) = answer(&request, &attempt);
        if outcome.is_some() {
            *kept.lock().unwrap_or_else(PoisonError::into_inner) = outcome;
        }
        async move { Ok::<_, Infallible>(answer) }
    });
    // However the connection ended: what the browser brought is there.
    let _served = http1::Builder::new()
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    found.lock().unwrap_or_else(PoisonError::into_inner).take()
}

fn answer(
    request: &Request<Incoming>,
    attempt: &Attempt,
) -> (Response<Full<Bytes>>, Option<Outcome>) {
    if request.uri().path() != CALLBACK_PATH {
        return (page(StatusCode::NOT_FOUND, "There is nothing here."), None);
    }
    if request.method() != Method::GET {
        let page = page(StatusCode::METHOD_NOT_ALLOWED, "This takes GET only.");
        return (page, None);
    }
    let outcome = attempt.outcome(request.uri().query().unwrap_or_default());
    let page = match &outcome {
        Some(Outcome::Code(_)) => page(
            StatusCode::OK,
            "You are signed in. The terminal goes on, and this page can be closed.",
        ),
        Some(Outcome::Refused { .. } | Outcome::Nothing) => page(
            StatusCode::BAD_REQUEST,
            "You are not signed in. The terminal says why, and this page can be closed.",
        ),
        None => page(
            StatusCode::BAD_REQUEST,
            "This is not the answer to the sign-in that the terminal waits for, and it goes on waiting: follow the page that \
             it opened.",
        ),
    };
    (page, outcome)
}

fn page(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Tidegate</title></head><body><p>{text}</p>\
         </body></html>\n"
    );
    let mut page = Response::new(Full::from(html));
    *page.status_mut() = status;
    let headers = page.headers_mut();
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    page
}
