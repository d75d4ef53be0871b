//! Listening: connections are taken until it is time to stop, and each speaks HTTP/1.1.

use std::convert::Infallible;
use std::net::SocketAddr;

use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::gateway::Shared;
use crate::http_service::Answer;

/// Takes connections until `shutdown` is cancelled, and has `answer` answer their requests.
pub(crate) async fn accept<S, F>(
    shared: &Shared,
    listener: TcpListener,
    shutdown: &CancellationToken,
    answer: S,
) where
    S: Fn(SocketAddr, Request<Incoming>) -> F + Clone + Send + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                // Frames are small and each is wanted at once.
                let _only_slower = stream.set_nodelay(true);
                let answer = answer.clone();
                let service = service_fn(move |request| {
                    let answered = answer(peer, request);
                    async move { Ok::<_, Infallible>(answered.await) }
                });
                let mut http = hyper::server::conn::http1::Builder::new();
                let header_bytes =
                    usize::try_from(shared.limits.header_bytes).unwrap_or(usize::MAX);
                // hyper's own bound is for the whole head, the URL included.
                http.max_buf_size((2 * header_bytes).max(8192))
                    .auto_date_header(false)
                    .pipeline_flush(true);
                let connection = http
                    .serve_connection(TokioIo::new(stream), service)
                    .with_upgrades();
                tokio::spawn(async move {
                    // A client that breaks off, or talks no HTTP, is no event here.
                    let _ended = connection.await;
                });
            }
            Err(error) => {
                // Out of file descriptors, say: it passes, or the next accept says so again.
                warn!(%error, "a connection could not be accepted");
                let at_ms = shared.clock.now_ms() + 50;
                shared.clock.sleep_until(at_ms).await;
            }
        }
    }
}
