//! Waiting for a state, within a bound.

use std::future::Future;
use std::time::Duration;

/// How long a test waits for what should come at once. Long, since machines are slow now and then; what should come
/// and does not is a failure all the same.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until `state` gives something.
///
/// # Panics
/// When it has given nothing within [`PATIENCE`].
pub async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut state: impl FnMut() -> F,
) -> T {
    let looking = async {
        loop {
            if let Some(found) = state().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    match tokio::time::timeout(PATIENCE, looking).await {
        Ok(found) => found,
        Err(_) => panic!("{what} did not come within {} s", PATIENCE.as_secs()),
    }
}
