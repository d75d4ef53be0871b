//! What there is to serve: the registered resources, put together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::selection::SelectionExpression;
use crate::template::Template;

/// Everything that the program registered and that is served.
#[derive(Debug, Clone, Default)]
pub struct System {
    /// The functions, by name.
    pub functions: BTreeMap<String, Function>,
    /// The tables, by name.
    pub tables: BTreeMap<String, Table>,
    /// The WebSocket APIs, in the order in which they were registered.
    pub apis: Vec<WebSocketApi>,
    /// The user pools, by id.
    pub user_pools: BTreeMap<String, UserPool>,
    /// The queues, by name.
    pub queues: BTreeMap<String, Queue>,
    /// What invokes functions with the messages of queues.
    pub mappings: Vec<EventSourceMapping>,
}

/// A Lambda function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The executable.
    pub bootstrap: PathBuf,
    /// The handler's name, which a custom runtime makes of what it likes.
    pub handler: String,
    /// Its own environment variables.
    pub environment: BTreeMap<String, String>,
    /// How long one invocation may take.
    pub timeout: Duration,
    /// Its memory, in MB.
    pub memory_mb: u32,
    /// How many environments it may have; none for as many as there can be.
    pub reserved_concurrency: Option<u32>,
    /// Its log group.
    pub log_group: Option<String>,
    /// How many environments are started before they are needed.
    pub provisioned_concurrency: u32,
}

/// A DynamoDB table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// The partition key: name and type (`S`, `N` or `B`).
    pub hash_key: (String, String),
    /// The sort key.
    pub range_key: Option<(String, String)>,
    /// The attribute by which items expire.
    pub ttl_attribute: Option<String>,
}

/// An SQS queue, of the standard kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// How long a message that was received is hidden.
    pub visibility_timeout: Duration,
    /// How long a message is kept.
    pub retention: Duration,
    /// How long a message that was sent is held back.
    pub delay: Duration,
    /// How long a call waits for a message.
    pub receive_wait: Duration,
    /// The longest message, its attributes included.
    pub max_message_bytes: usize,
    /// Where messages go that are received too often.
    pub redrive: Option<Redrive>,
}

/// A redrive policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redrive {
    /// The name of the dead-letter queue.
    pub dead_letter_queue: String,
    /// How often a message may be received before it goes there.
    pub max_receive_count: u32,
}

/// What invokes a function with the messages of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSourceMapping {
    /// Its id.
    pub id: String,
    /// The queue's name.
    pub queue: String,
    /// The function's name.
    pub function: String,
    /// The most messages of one invocation.
    pub batch_size: usize,
    /// How long it waits for a batch to become full.
    pub window: Duration,
    /// Whether the function's answer says which messages come again; otherwise it is ignored.
    pub reports_failures: bool,
    /// The most batches at once.
    pub maximum_concurrency: Option<u32>,
    /// Whether it polls at all.
    pub enabled: bool,
}

/// A Cognito user pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserPool {
    /// Its id.
    pub id: String,
    /// Its app clients: the id, and for how long its access tokens hold.
    pub clients: BTreeMap<String, Duration>,
}

/// A WebSocket API and its stages.
#[derive(Debug, Clone)]
pub struct WebSocketApi {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where it is served, without the stage: `ws://127.0.0.1:4000`.
    pub endpoint: String,
    /// Its stages, by name.
    pub stages: BTreeMap<String, Stage>,
}

/// A stage: a deployment and how it is limited.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Its name, which is the path of its URL.
    pub name: String,
    /// The ARN under which its routes are executed.
    pub execution_arn: String,
    /// What is deployed there.
    pub deployment: Arc<Deployment>,
    /// The throttle of routes that have none of their own.
    pub throttle: Throttle,
    /// Throttles by route key.
    pub route_throttles: BTreeMap<String, Throttle>,
    /// Stage variables.
    pub variables: BTreeMap<String, String>,
}

/// A rate and a burst. AWS takes settings without numbers for zero: nothing gets through.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Throttle {
    /// Requests per second.
    pub rate: f64,
    /// Requests at once.
    pub burst: f64,
}

/// An API as it was when it was deployed. What is registered later is not served until the next deployment.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// Its id.
    pub id: String,
    /// How a frame chooses its route.
    pub selection: SelectionExpression,
    /// The routes, by key.
    pub routes: BTreeMap<String, Route>,
}

/// A route.
#[derive(Debug, Clone)]
pub struct Route {
    /// Its key.
    pub key: String,
    /// Who decides, on `$connect`.
    pub authorizer: Option<Authorizer>,
    /// What is invoked.
    pub integration: Option<Integration>,
    /// Whether the integration's answer goes back to the client: the route has the expression *and* a route response.
    pub two_way: bool,
}

/// A REQUEST authorizer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorizer {
    /// The function's name.
    pub function: String,
    /// The headers and parameters without which it is not even asked.
    pub identity_sources: Vec<IdentitySource>,
    /// What follows the API's ARN in the ARN for which the function is invoked: `authorizers/{id}`.
    pub arn_suffix: String,
    /// Whether the function's policy lets API Gateway invoke it.
    pub permitted: bool,
}

/// What must be in a handshake for the authorizer to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdentitySource {
    /// A header.
    Header(String),
    /// A parameter of the query.
    Query(String),
}

/// What a route invokes.
#[derive(Debug, Clone)]
pub enum Integration {
    /// A Lambda function, with the event as it is.
    Function {
        /// Its name.
        name: String,
        /// How long it may take.
        timeout: Duration,
        /// Whether the function's policy lets API Gateway invoke it for this route.
        permitted: bool,
    },
    /// The gateway itself.
    Mock {
        /// The status that the request template gives.
        status: u16,
        /// What is sent back.
        response: Option<Template>,
    },
}

impl System {
    /// The log groups that functions write to.
    #[must_use]
    pub fn log_groups(&self) -> BTreeSet<&str> {
        self.functions
            .values()
            .filter_map(|function| function.log_group.as_deref())
            .collect()
    }
}
