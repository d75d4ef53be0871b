//! What there is to serve: the registered resources, put together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

mod distribution;
mod events;
mod http_api;

use serde_json::Value;

use crate::alarms::Alarms;

pub use self::distribution::{
    Comparison, Distribution, Field, OriginHeaders, RuleAction, Statement, WebAcl, WebAclRule,
};
pub use self::events::{EventDestination, EventRule, EventTarget};
pub use self::http_api::{Cors, HttpApi, HttpIntegration, HttpRoute, HttpStage};
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
    /// The alarms.
    pub alarms: Alarms,
    /// The bodies of the dashboards, by name.
    pub dashboards: BTreeMap<String, Value>,
    pub(crate) notes: BTreeSet<String>,
    /// The HTTP APIs, in the order in which they were registered.
    pub http_apis: Vec<HttpApi>,
    /// The distributions, in the order in which they were registered.
    pub distributions: Vec<Distribution>,
    /// The queues, by name.
    pub queues: BTreeMap<String, Queue>,
    /// What invokes functions with the messages of queues.
    pub mappings: Vec<EventSourceMapping>,
    /// The rules of EventBridge.
    pub event_rules: Vec<EventRule>,
    /// Events that AWS would lose without a word, as nobody lets EventBridge hand them over: a sentence for each target.
    pub lost_events: Vec<String>,
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
    /// The prefix of its domain; without one it has no pages to sign in on.
    pub domain: Option<String>,
    /// What its users' passwords must be like.
    pub password_policy: PasswordPolicy,
    /// Its app clients, by id.
    pub clients: BTreeMap<String, AppClient>,
}

/// What passwords must be like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// How many characters there must be.
    pub minimum_length: usize,
    /// Whether there must be a lowercase letter.
    pub lowercase: bool,
    /// Whether there must be an uppercase letter.
    pub uppercase: bool,
    /// Whether there must be a digit.
    pub numbers: bool,
    /// Whether there must be a character that is neither letter nor digit.
    pub symbols: bool,
}

/// What Cognito takes where the program says nothing.
impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            minimum_length: 8,
            lowercase: true,
            uppercase: true,
            numbers: true,
            symbols: true,
        }
    }
}

/// An app client of a user pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppClient {
    /// For how long its access tokens hold.
    pub access_token: Duration,
    /// For how long its ID tokens hold.
    pub id_token: Duration,
    /// For how long its refresh tokens hold.
    pub refresh_token: Duration,
    /// Whether a refresh token can be revoked.
    pub revokes: bool,
    /// How people sign in with it in a browser; none where they do not.
    pub oauth: Option<OAuth>,
}

/// The authorization code flow of an app client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuth {
    /// What may be asked for.
    pub scopes: BTreeSet<String>,
    /// Where the browser may be sent back to.
    pub callback_urls: Vec<String>,
    /// Where it may be sent after signing out.
    pub logout_urls: Vec<String>,
    /// Whether the pool's own users may sign in. Without any provider the page has nothing to show.
    pub own_users: bool,
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
    /// Whether its metrics are also made by route.
    pub detailed_metrics: bool,
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
    /// What the program registered and what does not happen on this machine, a sentence each: said once, so that nobody
    /// waits for it.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        self.notes.iter().cloned().collect()
    }

    /// The log groups that functions write to.
    #[must_use]
    pub fn log_groups(&self) -> BTreeSet<&str> {
        self.functions
            .values()
            .filter_map(|function| function.log_group.as_deref())
            .collect()
    }
}
