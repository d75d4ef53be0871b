//! Reading a request's body.

use http::HeaderMap;
use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Incoming};

/// What was read.
#[derive(Debug)]
pub(super) enum Read {
    /// All of it.
    Whole {
        body: Bytes,
        /// The trailers of a chunked body, if it has any.
        trailers: Option<HeaderMap>,
    },
    /// More than it may be. It was read to its end, for the process is told only when it has sent it all.
    TooLarge,
    /// The connection ended in the middle of it.
    Broken,
}

/// Reads a body of at most `limit` bytes; one that comes in one piece is not copied.
pub(super) async fn read(mut body: Incoming, limit: usize) -> Read {
    let mut first = Bytes::new();
    let mut rest = Vec::new();
    let mut trailers = None;
    let mut length = 0;
    while !body.is_end_stream() {
        let frame = match body.frame().await {
            Some(Ok(frame)) => frame,
            Some(Err(_)) => return Read::Broken,
            None => break,
        };
        match frame.into_data() {
            Ok(data) => {
                length += data.len();
                if length > limit {
                    first = Bytes::new();
                    rest = Vec::new();
                } else if first.is_empty() {
                    first = data;
                } else {
                    if rest.is_empty() {
                        let expected = usize::try_from(body.size_hint().lower())
                            .unwrap_or(0)
                            .min(limit);
                        rest.reserve(first.len() + data.len() + expected);
                        rest.extend_from_slice(&first);
                    }
                    rest.extend_from_slice(&data);
                }
            }
            Err(frame) => trailers = frame.into_trailers().ok(),
        }
    }
    if length > limit {
        return Read::TooLarge;
    }
    Read::Whole {
        body: if rest.is_empty() { first } else { rest.into() },
        trailers,
    }
}
