//! Thousands of clients of `tidegate.v1` in one process, and what became of what they published.
//!
//! Each user is the real client's state machine (`tidegate_client::machine`) with a socket of small buffers. What users do
//! is a [`Mix`]; [`run`] lets so many of them do it, and gives an [`Outcome`]: times, rates second by second, and whether
//! anything was lost. [`verdict`] holds it against quotas, and [`report`] writes it as a page.
//!
//! The check does not trust the client: each user notes the place of everything that the application is handed, and all
//! of them together know what was acked. What nobody was told to be lost, and did not come, was lost in silence.

mod clock;
mod connection;
mod ledger;
pub mod mix;
mod outcome;
mod plan;
mod receiver;
pub mod report;
mod run;
pub mod saturation;
mod tally;
mod timeline;
mod user;
pub mod verdict;

pub use self::mix::{Mix, MixError};
pub use self::outcome::{Counts, Outcome, Percentiles, Publications, Second};
pub use self::run::{Load, LoadError, Progress, Stage, TokenSource, run};
