//! The service as the environment describes it.

use std::sync::Arc;

use tidegate_aws::{AwsEnvironment, Connections, ConnectionsOptions, DynamoRegistry, Meter};
use tidegate_contract::environment::MessageEnvironment;
use tidegate_lambda::{Edge, StartError};

use crate::Service;

impl Service {
    /// A service over DynamoDB and the management API.
    ///
    /// # Errors
    /// When a variable is missing or cannot be read.
    pub fn from_environment(
        lookup: impl Fn(&str) -> Option<String>,
        meter: Arc<Meter>,
    ) -> Result<Self, StartError> {
        let environment = MessageEnvironment::from_lookup(&lookup).map_err(StartError::because)?;
        let MessageEnvironment {
            table,
            management_url,
            namespaces,
        } = environment;
        let aws = AwsEnvironment::from_lookup(&lookup).map_err(StartError::because)?;
        let sender = Connections::new(ConnectionsOptions {
            url: management_url,
            region: aws.region.clone(),
            credentials: aws.credentials.clone(),
            now: Edge::now,
            jitter: Edge::jitter,
        });
        let registry = DynamoRegistry::new(&aws, table, meter);
        let namespaces = serde_json::from_str(&namespaces).map_err(StartError::because)?;
        Ok(Self::new(
            Box::new(registry),
            Box::new(sender.map_err(StartError::because)?),
            namespaces,
        ))
    }
}
