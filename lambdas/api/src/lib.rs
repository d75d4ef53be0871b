//! The HTTP API: what stands beside the socket for those who cannot ask through it.

mod connect_check;

use std::sync::Arc;

use tidegate_access::AccessControl;
use tidegate_aws::{HttpKeySource, Meter};
use tidegate_contract::environment::ApiEnvironment;
use tidegate_contract::http::HttpRoute;
use tidegate_core::namespace::Namespaces;
use tidegate_lambda::{Edge, HttpEvent, Reply, Report, StartError};
use tidegate_tokens::{KeyCache, Verifier};

/// Answers the routes of the HTTP API.
pub struct Api {
    access: AccessControl,
}

impl Api {
    /// An API over these parts.
    #[must_use]
    pub const fn new(verifier: Verifier, namespaces: Namespaces) -> Self {
        Self {
            access: AccessControl::new(verifier, namespaces),
        }
    }

    /// An API as the environment describes it.
    ///
    /// # Errors
    /// When a variable is missing or cannot be read.
    pub fn from_environment(
        lookup: impl Fn(&str) -> Option<String>,
        meter: &Arc<Meter>,
    ) -> Result<Self, StartError> {
        let environment = ApiEnvironment::from_lookup(lookup).map_err(StartError::because)?;
        let ApiEnvironment {
            issuer,
            client_id,
            namespaces,
        } = environment;
        let namespaces = serde_json::from_str(&namespaces).map_err(StartError::because)?;
        let keys = HttpKeySource::of_issuer(&issuer, Edge::surroundings(meter));
        let keys = KeyCache::new(Box::new(keys));
        Ok(Self::new(
            Verifier::new(issuer, client_id, keys),
            namespaces,
        ))
    }

    /// Answers one request.
    pub async fn handle(&self, event: &HttpEvent, now_ms: u64) -> (Result<Reply, String>, Report) {
        let (reply, outcome) = match HttpRoute::from_key(&event.route_key) {
            Some(HttpRoute::ConnectCheck) => {
                let checked = connect_check::check(&self.access, event, now_ms).await;
                (Ok(checked.reply()), checked.outcome())
            }
            None => {
                let problem = "the function has no such route: deploy program and function from the same commit";
                (Err(problem.to_owned()), "unknown_route")
            }
        };
        let report = Report {
            route: event.route_key.clone(),
            outcome,
            ..Report::default()
        };
        (reply, report)
    }
}
