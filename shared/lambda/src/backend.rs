//! What a function stands on: the ports, over AWS, and the rules of its stack.

use std::sync::Arc;

use tidegate_aws::{
    AwsEnvironment, Connections, ConnectionsOptions, DynamoStore, ManagementUrls, Meter, SqsQueue,
    SqsQueueOptions,
};
use tidegate_core::broker::{Broker, Rules};
use tidegate_core::fanout::FanoutQueue;
use tidegate_core::sender::Sender;
use tidegate_core::store::Store;
use tidegate_core::timer::Timer;

use crate::edge::Edge;
use crate::moment::Moment;
use crate::serve::StartError;

/// The ports of a function, and the rules of its stack.
pub struct Backend {
    /// What is kept.
    pub store: Box<dyn Store>,
    /// By which connections are reached.
    pub sender: Box<dyn Sender>,
    /// What others do later.
    pub queue: Box<dyn FanoutQueue>,
    /// By which the time is kept to.
    pub timer: Box<dyn Timer>,
    /// What the stack is configured with.
    pub rules: Rules,
}

/// The variables of a function that say what it stands on. What a function is not told, it does not need: then nobody is
/// reached, and the rules are those of a stack that does not say.
#[derive(Debug, Clone, Default)]
pub struct BackendVariables {
    /// The name of the table.
    pub table: String,
    /// Where the management APIs are, as JSON.
    pub management_urls: Option<String>,
    /// The namespaces, as JSON.
    pub namespaces: String,
    /// The limits, as JSON.
    pub limits: Option<String>,
    /// The URL of the fan-out queue.
    pub fanout_queue: String,
    /// A publication with more receivers than this goes by way of the queue.
    pub direct_receivers: Option<String>,
    /// Over how many milliseconds clients that all lost their connections are to come back.
    pub reconnect_window_ms: Option<String>,
    /// How presence is told, as JSON.
    pub presence: Option<String>,
}

impl Backend {
    /// A backend over DynamoDB, the management APIs and SQS.
    ///
    /// # Errors
    /// When a variable cannot be read.
    pub fn over_aws(
        lookup: impl Fn(&str) -> Option<String>,
        meter: &Arc<Meter>,
        variables: BackendVariables,
    ) -> Result<Self, StartError> {
        let aws = AwsEnvironment::from_lookup(lookup).map_err(StartError::because)?;
        let urls = match &variables.management_urls {
            Some(urls) => ManagementUrls::parse(urls).map_err(StartError::because)?,
            None => ManagementUrls::none(),
        };
        let sender = Connections::new(ConnectionsOptions {
            urls,
            region: aws.region.clone(),
            credentials: aws.credentials.clone(),
            surroundings: Edge::surroundings(meter),
        });
        let rules = rules(&variables)?;
        let options = SqsQueueOptions {
            queue_url: variables.fanout_queue,
            surroundings: Edge::surroundings(meter),
        };
        let queue = SqsQueue::new(&aws, options).map_err(StartError::because)?;
        let table = variables.table;
        Ok(Self {
            store: Box::new(DynamoStore::new(&aws, table, Edge::surroundings(meter))),
            sender: Box::new(sender),
            queue: Box::new(queue),
            timer: Box::new(Edge),
            rules,
        })
    }

    /// The use cases, at this moment.
    #[must_use]
    pub fn broker<'a>(&'a self, moment: &Moment<'a>) -> Broker<'a> {
        Broker {
            store: &*self.store,
            sender: &*self.sender,
            queue: &*self.queue,
            timer: &*self.timer,
            rules: &self.rules,
            circumstances: moment.circumstances(),
        }
    }
}

fn rules(variables: &BackendVariables) -> Result<Rules, StartError> {
    let mut rules = Rules {
        namespaces: serde_json::from_str(&variables.namespaces).map_err(StartError::because)?,
        ..Rules::default()
    };
    if let Some(limits) = &variables.limits {
        rules.limits = serde_json::from_str(limits).map_err(StartError::because)?;
    }
    if let Some(presence) = &variables.presence {
        rules.presence = serde_json::from_str(presence).map_err(StartError::because)?;
    }
    if let Some(direct) = &variables.direct_receivers {
        rules.direct_receivers = direct.parse().map_err(StartError::because)?;
    }
    if let Some(window) = &variables.reconnect_window_ms {
        rules.reconnect_window_ms = window.parse().map_err(StartError::because)?;
    }
    Ok(rules)
}
