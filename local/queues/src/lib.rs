//! SQS on this machine, and the event source mappings of Lambda that read from it.
//!
//! [`Queues`] are the queues of one stack, in memory. They are reached as on AWS, by the AWS JSON 1.0 protocol
//! ([`Queues::serve`]), and by [`Mapping`]s, each of which invokes a function of the pool with batches of what waits.
//! Time comes from the clock that is handed in: delays, visibility and retention pass as fast as it does.
//!
//! Emulated are standard queues. What is not (FIFO queues, permissions, the XML query protocol of old
//! SDKs) is refused by name. Encryption at rest and IAM policies have no effect here.

mod api;
mod attributes;
mod batch;
mod digest;
mod error;
mod event;
mod ids;
mod mapping;
mod meters;
mod moves;
mod queue;
mod queues;
mod server;

pub use error::SqsError;
pub use mapping::Mapping;
pub use queues::{Queues, QueuesOptions};
