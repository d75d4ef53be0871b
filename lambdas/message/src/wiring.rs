//! The service as the environment describes it.

use std::sync::Arc;

use tidegate_aws::{
    AwsEnvironment, Connections, ConnectionsOptions, DynamoRegistry, ManagementUrls, Meter,
    SqsQueue, SqsQueueOptions,
};
use tidegate_contract::environment::MessageEnvironment;
use tidegate_lambda::{Edge, StartError};

use crate::{Parts, Service};

impl Service {
    /// A service over DynamoDB, the management APIs and SQS.
    ///
    /// # Errors
    /// When a variable is missing or cannot be read.
    pub fn from_environment(
        lookup: impl Fn(&str) -> Option<String>,
        meter: &Arc<Meter>,
    ) -> Result<Self, StartError> {
        let environment = MessageEnvironment::from_lookup(&lookup).map_err(StartError::because)?;
        let MessageEnvironment {
            table,
            management_urls,
            namespaces,
            fanout_queue,
            direct_receivers,
        } = environment;
        let aws = AwsEnvironment::from_lookup(&lookup).map_err(StartError::because)?;
        let sender = Connections::new(ConnectionsOptions {
            urls: ManagementUrls::parse(&management_urls).map_err(StartError::because)?,
            region: aws.region.clone(),
            credentials: aws.credentials.clone(),
            surroundings: Edge::surroundings(meter),
        });
        let queue = SqsQueueOptions {
            queue_url: fanout_queue,
            surroundings: Edge::surroundings(meter),
        };
        Ok(Self::new(Parts {
            registry: Box::new(DynamoRegistry::new(&aws, table, Edge::surroundings(meter))),
            sender: Box::new(sender),
            queue: Box::new(SqsQueue::new(&aws, queue).map_err(StartError::because)?),
            timer: Box::new(Edge),
            namespaces: serde_json::from_str(&namespaces).map_err(StartError::because)?,
            direct_receivers: direct_receivers.parse().map_err(StartError::because)?,
        }))
    }
}
