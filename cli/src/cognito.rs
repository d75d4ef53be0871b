//! Cognito's API for administrators.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::aws::{Aws, Service};
use crate::place::Place;

static COGNITO: Service = Service {
    name: "Cognito",
    id: "cognito-idp",
    target: "AWSCognitoIdentityProviderService",
    content_type: "application/x-amz-json-1.1",
    endpoint_variable: "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER",
};

/// The user pool of a stack.
pub(crate) struct Cognito {
    aws: Aws,
    pool: String,
}

impl Cognito {
    /// The user pool of this stack, with the credentials of whoever runs this.
    pub(crate) fn of(place: &Place) -> anyhow::Result<Self> {
        let (endpoint, pool) = (place.endpoint.as_deref(), place.user_pool_id.clone());
        Self::new(endpoint, &place.region, pool)
    }

    /// A user pool, at `local` where its stack runs on this machine.
    pub(crate) fn new(local: Option<&str>, region: &str, pool: String) -> anyhow::Result<Self> {
        Ok(Self {
            aws: Aws::new(&COGNITO, local, region)?,
            pool,
        })
    }

    /// Does one operation on the pool.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        mut request: Value,
    ) -> anyhow::Result<T> {
        request["UserPoolId"] = json!(self.pool);
        self.aws.call(operation, &request).await
    }
}
