//! The service as the environment describes it.

use std::sync::Arc;

use tidegate_aws::{
    AwsEnvironment, Connections, ConnectionsOptions, DynamoRegistry, ManagementUrls, Meter,
    SqsQueue, SqsQueueOptions,
};
use tidegate_contract::environment::FanoutEnvironment;
use tidegate_lambda::{Edge, StartError};

use crate::Service;

impl Service {
    /// A service over DynamoDB, the management APIs and SQS.
    ///
    /// # Errors
    /// When a variable is missing or cannot be read.
    pub fn from_environment(
        lookup: impl Fn(&str) -> Option<String>,
        meter: &Arc<Meter>,
    ) -> Result<Self, StartError> {
        let environment = FanoutEnvironment::from_lookup(&lookup).map_err(StartError::because)?;
        let FanoutEnvironment {
            table,
            management_urls,
            fanout_queue,
            dead_letters,
        } = environment;
        let aws = AwsEnvironment::from_lookup(&lookup).map_err(StartError::because)?;
        let sender = Connections::new(ConnectionsOptions {
            urls: ManagementUrls::parse(&management_urls).map_err(StartError::because)?,
            region: aws.region.clone(),
            credentials: aws.credentials.clone(),
            surroundings: Edge::surroundings(meter),
        });
        let queue = |queue_url| {
            let options = SqsQueueOptions {
                queue_url,
                surroundings: Edge::surroundings(meter),
            };
            SqsQueue::new(&aws, options).map_err(StartError::because)
        };
        Ok(Self {
            registry: Box::new(DynamoRegistry::new(&aws, table, Edge::surroundings(meter))),
            sender: Box::new(sender),
            queue: Box::new(queue(fanout_queue)?),
            dead_letters: Box::new(queue(dead_letters)?),
            timer: Box::new(Edge),
        })
    }
}
