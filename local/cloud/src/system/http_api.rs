//! An HTTP API, as it is served.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Throttle;
use crate::route_key::RouteKey;

/// An HTTP API.
#[derive(Debug, Clone)]
pub struct HttpApi {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The account that it stands in.
    pub account: String,
    /// Where it is served: `http://127.0.0.1:4002`.
    pub endpoint: String,
    /// What browsers of other origins may do; none when the API says nothing of it.
    pub cors: Option<Cors>,
    /// Its `$default` stage.
    pub stage: Option<HttpStage>,
}

/// What browsers of other origins may do. The gateway answers their preflights by itself and takes what the integration
/// says of it away.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cors {
    /// `*`, `https://*`, `http://*` or origins.
    pub allow_origins: Vec<String>,
    /// `*` or methods.
    pub allow_methods: Vec<String>,
    /// `*` or names of headers.
    pub allow_headers: Vec<String>,
    /// Headers of answers that scripts may read.
    pub expose_headers: Vec<String>,
    /// For how long a preflight holds, in seconds.
    pub max_age_s: Option<i64>,
    /// Whether cookies come along.
    pub allow_credentials: bool,
}

/// The `$default` stage of an HTTP API: what is registered is served at once (`autoDeploy`).
#[derive(Debug, Clone)]
pub struct HttpStage {
    /// Its name.
    pub name: String,
    /// The routes.
    pub routes: Vec<HttpRoute>,
    /// The throttle of routes that have none of their own.
    pub throttle: Throttle,
    /// Throttles by route key.
    pub route_throttles: BTreeMap<String, Throttle>,
    /// Stage variables.
    pub variables: BTreeMap<String, String>,
}

/// A route of an HTTP API.
#[derive(Debug, Clone)]
pub struct HttpRoute {
    /// Its key.
    pub key: RouteKey,
    /// Whether callers must sign for the account (`AWS_IAM`).
    pub iam: bool,
    /// What is invoked.
    pub integration: Option<HttpIntegration>,
}

/// A Lambda function behind a route, which gets events of format 2.0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpIntegration {
    /// The function's name.
    pub function: String,
    /// How long it may take.
    pub timeout: Duration,
    /// Whether the function's policy lets API Gateway invoke it for this route.
    pub permitted: bool,
}
