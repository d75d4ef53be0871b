//! What processes write.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, BufReader};
use tokio::time::timeout;

/// How long the outputs of a process that has ended are still read: a daemon that it left behind may hold them open.
const LINGER: Duration = Duration::from_secs(5);

/// Writes all that is read, as it comes; and reads on when nobody takes it any more.
pub(crate) async fn forward(from: Option<impl AsyncRead + Unpin>, mut to: impl AsyncWrite + Unpin) {
    let Some(mut from) = from else { return };
    if tokio::io::copy(&mut from, &mut to).await.is_err() {
        // Whoever writes is not to fail of it.
        let _ = tokio::io::copy(&mut from, &mut tokio::io::sink()).await;
    }
}

/// The lines of an output, as they come. What is no text is made one.
pub(crate) struct Lines<R>(Option<BufReader<R>>);

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(crate) fn of(output: Option<R>) -> Self {
        Self(output.map(BufReader::new))
    }

    /// The next one, without its end; `None` when there are no more, or they cannot be read.
    pub(crate) async fn next(&mut self) -> Option<String> {
        let mut line = Vec::new();
        let read = self.0.as_mut()?.read_until(b'\n', &mut line).await;
        if read.is_err() || line.is_empty() {
            self.0 = None;
            return None;
        }
        let text = String::from_utf8_lossy(&line);
        Some(text.trim_end_matches(['\n', '\r']).to_owned())
    }
}

/// Reads while a process runs, and what is left after its end.
pub(crate) async fn while_running<T>(
    reading: impl Future<Output = ()>,
    running: impl Future<Output = T>,
) -> T {
    tokio::pin!(reading);
    tokio::pin!(running);
    let ended = tokio::select! {
        biased;
        ended = &mut running => Some(ended),
        () = &mut reading => None,
    };
    match ended {
        Some(ended) => {
            let _ = timeout(LINGER, reading).await;
            ended
        }
        None => running.await,
    }
}
