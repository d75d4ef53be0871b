//! The API as the environment describes it.

use std::sync::Arc;

use tidegate_access::AccessControl;
use tidegate_aws::{AwsEnvironment, DynamoStore, HttpKeySource, Meter};
use tidegate_contract::environment::ApiEnvironment;
use tidegate_lambda::{Edge, StartError};
use tidegate_tokens::{KeyCache, Verifier};

use crate::Api;

impl Api {
    /// An API over DynamoDB and the issuer of the tokens.
    ///
    /// # Errors
    /// When a variable is missing or cannot be read.
    pub fn from_environment(
        lookup: impl Fn(&str) -> Option<String>,
        meter: &Arc<Meter>,
    ) -> Result<Self, StartError> {
        let ApiEnvironment {
            issuer,
            client_id,
            namespaces,
            table,
        } = ApiEnvironment::from_lookup(&lookup).map_err(StartError::because)?;
        let aws = AwsEnvironment::from_lookup(&lookup).map_err(StartError::because)?;
        let namespaces = serde_json::from_str(&namespaces).map_err(StartError::because)?;
        let keys = HttpKeySource::of_issuer(&issuer, Edge::surroundings(meter));
        let keys = KeyCache::new(Box::new(keys));
        let verifier = Verifier::new(issuer, client_id, keys);
        let kept = DynamoStore::new(&aws, table, Edge::surroundings(meter));
        Ok(Self::new(
            AccessControl::new(verifier, namespaces),
            Box::new(kept),
            Edge::random,
        ))
    }
}
