//! The cloud: what there is, and the folder that keeps it.
//!
//! ```text
//! cloud.json        what there is: tests may read it, and change it as somebody in the console would
//! operations.jsonl  what was done, a line each, in the order in which it was done
//! fail.json         what a test wants to fail or to take its time (see [`Faults`])
//! lock              held by the process that works on the folder
//! ```

mod faults;
mod folder;
mod ids;
mod journal;
mod record;

pub(crate) use faults::{Faults, Verb};
pub(crate) use folder::{Folder, FolderError, Session};
pub(crate) use ids::Ids;
pub(crate) use journal::Entry;
pub(crate) use record::{Account, Cloud, Record, key, text};
