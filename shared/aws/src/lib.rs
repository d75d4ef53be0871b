//! The AWS adapters of the domain's ports: the registry in DynamoDB, the sender over the `@connections` management API,
//! and the keys of a token issuer over HTTPS.
//!
//! The only crate that knows the wire formats of AWS.

mod connections;
mod dynamodb;
mod environment;
mod http_client;
mod jwks;
mod meter;

pub use connections::{Connections, ConnectionsOptions, InvalidUrl};
pub use dynamodb::DynamoRegistry;
pub use environment::{AwsEnvironment, MissingAwsVariable};
pub use jwks::HttpKeySource;
pub use meter::{Meter, Units};
