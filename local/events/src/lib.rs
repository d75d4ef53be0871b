//! EventBridge on this machine: the default bus, its rules and their schedules.
//!
//! An event comes from a caller of `PutEvents` ([`Events::serve`], the AWS JSON 1.1 protocol), from a service of this
//! machine ([`Events::say`]), or from a rule's own schedule ([`Events::run_schedules`]), which goes by the clock that is
//! handed in. Each rule that is for it hands it to its targets: a function, which is invoked asynchronously as on AWS
//! (twice again where it fails, and then no more), or a queue.
//!
//! Not emulated: buses of one's own, archives, pipes, and targets of other kinds; the model of the cloud refuses them.

mod api;
mod deliver;
mod error;
mod event;
mod events;
mod meters;
mod schedule;
mod server;

pub use error::EventsError;
pub use event::NewEvent;
pub use events::{Events, EventsOptions};
