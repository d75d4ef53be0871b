//! The registry in one DynamoDB table.

mod client;
mod errors;
mod items;
mod registry;

pub use registry::DynamoRegistry;
