//! The registry in one DynamoDB table.

mod errors;
mod items;
mod registry;

pub use registry::DynamoRegistry;
