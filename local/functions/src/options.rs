//! What holds for all functions of a pool.

use std::collections::BTreeMap;
use std::time::Duration;

use tidegate_local_cloud::faults::Faults;

/// What holds for all functions of a pool. The defaults are Lambda's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolOptions {
    /// Variables for every process: credentials, endpoints of the embedded services. They win over a function's own,
    /// so that no function leaves the local runtime by accident.
    pub environment: BTreeMap<String, String>,
    /// How long a process may take to its first `GET …/next`.
    pub init_timeout: Duration,
    /// An environment without work for this long is stopped; `None` keeps it.
    pub idle_timeout: Option<Duration>,
    /// How many invocations of one function may wait for a process to become free, not counting those for which one is
    /// being started.
    pub max_queued: usize,
    /// How long one of them waits at the most, and is refused then. Lambda refuses what finds no environment at once; to
    /// wait without end would be worse, as whoever asked has given up by then and asks again.
    pub max_wait: Duration,
    /// The largest event, in bytes.
    pub max_request_bytes: usize,
    /// The largest response, in bytes.
    pub max_response_bytes: usize,
    /// Where the request ids come from; two pools with the same seed give the same ids. `None` takes the time of the
    /// pool's creation.
    pub seed: Option<u64>,
    /// What goes wrong: slow and crashing handlers, slow starts.
    pub faults: Faults,
}

impl Default for PoolOptions {
    fn default() -> PoolOptions {
        PoolOptions {
            environment: BTreeMap::new(),
            init_timeout: Duration::from_secs(10),
            idle_timeout: Some(Duration::from_mins(10)),
            max_queued: 1_000,
            max_wait: Duration::from_secs(10),
            max_request_bytes: 6 * 1_024 * 1_024,
            // The hundred bytes are Lambda's own: its limit on a response is 6,291,556 bytes.
            max_response_bytes: 6 * 1_024 * 1_024 + 100,
            seed: None,
            faults: Faults::none(),
        }
    }
}
