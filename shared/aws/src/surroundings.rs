//! What an adapter needs of the process that it runs in.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use crate::meter::Meter;

/// Time, randomness, and where what was consumed and what went wrong is counted: all of them from the edge.
#[derive(Clone)]
pub struct Surroundings {
    /// Tells the wall clock's time: for signatures, and for guards, which live through minutes in which the process is
    /// frozen.
    pub now: fn() -> SystemTime,
    /// A random number from 0 to 1, by which waits differ.
    pub jitter: fn() -> f64,
    /// The meter of the function, whose log line it ends in.
    pub meter: Arc<Meter>,
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").finish_non_exhaustive()
    }
}
