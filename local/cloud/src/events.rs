//! What rules of EventBridge are made of: patterns, schedules, and what of an event a target gets.

mod input;
mod path;
mod pattern;
mod policy;
mod schedule;

pub use self::input::{InputError, TargetInput};
pub use self::pattern::EventPattern;
pub(crate) use self::policy::{QueuePolicy, Sender};
pub use self::schedule::Schedule;

pub(crate) use self::input::Transformer;
