//! Answers that come in parts.

use std::pin::Pin;

use futures::Stream;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::Status;

/// What of an output is sent at once.
const CHUNK: usize = 16 * 1024;
/// How much may wait for an engine that is slow to take it.
const PARTS: usize = 16;

/// An answer that comes in parts.
pub(crate) type Answer<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;
/// Sends the parts of one answer.
pub(crate) type Parts<T> = mpsc::Sender<Result<T, Status>>;

/// An answer whose parts a task of its own sends. The task is stopped when nobody waits for them any more.
pub(crate) fn answer<T, F>(
    tasks: &TaskTracker,
    stop: &CancellationToken,
    work: impl FnOnce(Parts<T>, CancellationToken) -> F,
) -> Answer<T>
where
    T: Send + 'static,
    F: Future<Output = Result<(), crate::Error>> + Send + 'static,
{
    let (parts, receiver) = mpsc::channel(PARTS);
    let stop = stop.child_token();
    let work = work(parts.clone(), stop.clone());
    tasks.spawn(async move {
        let watched = parts.clone();
        let ended = async {
            if let Err(error) = work.await {
                // Nobody waits for it, if this fails.
                let _ = parts.send(Err(error.into())).await;
            }
        };
        tokio::pin!(ended);
        tokio::select! {
            () = &mut ended => {}
            () = watched.closed() => {
                stop.cancel();
                ended.await;
            }
        }
    });
    Box::pin(ReceiverStream::new(receiver))
}

/// Sends an output as it comes.
pub(crate) async fn send<T>(
    output: Option<impl AsyncRead + Unpin>,
    parts: &Parts<T>,
    part: impl Fn(Vec<u8>) -> T,
) {
    let Some(mut output) = output else { return };
    let mut chunk = vec![0; CHUNK];
    while let Ok(length) = output.read(&mut chunk).await {
        if length == 0 {
            break;
        }
        // What nobody waits for is read nevertheless: whoever writes is not to wait.
        let _ = parts.send(Ok(part(chunk[..length].to_vec()))).await;
    }
}
