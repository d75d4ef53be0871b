//! The fan-out queue in SQS.

mod batch;
mod queue;

pub use queue::{InvalidQueueUrl, SqsQueue, SqsQueueOptions};
