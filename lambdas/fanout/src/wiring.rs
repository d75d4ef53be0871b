//! The service as the environment describes it.

use std::sync::Arc;

use tidegate_aws::{AwsEnvironment, Meter, SqsQueue, SqsQueueOptions};
use tidegate_contract::environment::FanoutEnvironment;
use tidegate_lambda::{Backend, BackendVariables, Edge, StartError};

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
        let FanoutEnvironment {
            table,
            management_urls,
            namespaces,
            fanout_queue,
            dead_letters,
            direct_receivers,
        } = FanoutEnvironment::from_lookup(&lookup).map_err(StartError::because)?;
        let variables = BackendVariables {
            table,
            management_urls: Some(management_urls),
            namespaces,
            fanout_queue,
            direct_receivers: Some(direct_receivers),
            ..BackendVariables::default()
        };
        let aws = AwsEnvironment::from_lookup(&lookup).map_err(StartError::because)?;
        let options = SqsQueueOptions {
            queue_url: dead_letters,
            surroundings: Edge::surroundings(meter),
        };
        let dead_letters = SqsQueue::new(&aws, options).map_err(StartError::because)?;
        Ok(Self {
            backend: Backend::over_aws(&lookup, meter, variables)?,
            dead_letters: Box::new(dead_letters),
        })
    }
}
