//! The ports in memory, for tests: as strict as the real ones, and held to the same contract suite.

mod queue;
mod sender;
mod store;

pub use queue::{MemoryQueue, Queued, QueuedNotice};
pub use sender::MemorySender;
pub use store::{MemoryStore, Row, SessionRow, UserRow};
