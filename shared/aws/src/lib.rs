//! The AWS adapters of the domain's ports: the store in DynamoDB, the sender over the `@connections` management API,
//! the fan-out queue in SQS, and the keys of a token issuer over HTTPS.
//!
//! The only crate that knows the wire formats of AWS.

mod connections;
mod downstream;
mod dynamodb;
mod environment;
mod http_client;
mod jwks;
mod meter;
mod signed;
mod sqs;
mod surroundings;

pub use connections::{Connections, ConnectionsOptions, InvalidUrls, ManagementUrls};
pub use dynamodb::DynamoStore;
pub use environment::{AwsEnvironment, MissingAwsVariable};
pub use jwks::HttpKeySource;
pub use meter::{Meter, Trouble, Troubles, Units};
pub use sqs::{InvalidQueueUrl, SqsQueue, SqsQueueOptions};
pub use surroundings::Surroundings;
