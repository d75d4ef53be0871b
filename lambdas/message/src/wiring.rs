//! The service as the environment describes it.

use std::sync::Arc;

use tidegate_aws::{HttpKeySource, Meter};
use tidegate_contract::environment::MessageEnvironment;
use tidegate_lambda::{Backend, BackendVariables, Edge, StartError};
use tidegate_tokens::{KeyCache, Verifier};

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
        let environment = MessageEnvironment::from_lookup(&lookup).map_err(StartError::because)?;
        let MessageEnvironment {
            table,
            management_urls,
            namespaces,
            limits,
            issuer,
            client_id,
            fanout_queue,
            direct_receivers,
            reconnect_window_ms,
            presence,
        } = environment;
        let variables = BackendVariables {
            table,
            management_urls: Some(management_urls),
            namespaces,
            limits: Some(limits),
            fanout_queue,
            direct_receivers: Some(direct_receivers),
            reconnect_window_ms: Some(reconnect_window_ms),
            presence: Some(presence),
        };
        let keys = HttpKeySource::of_issuer(&issuer, Edge::surroundings(meter));
        let keys = KeyCache::new(Box::new(keys));
        Ok(Self::new(
            Backend::over_aws(&lookup, meter, variables)?,
            Verifier::new(issuer, client_id, keys),
        ))
    }
}
