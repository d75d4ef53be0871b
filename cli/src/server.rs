//! The routes for backends of a stack, on this machine or deployed.

use anyhow::Context;
use aws_credential_types::Credentials;
use serde::Deserialize;
use serde_json::{Value, json};
use tidegate_local_runtime::{ACCESS_KEY_ID, Running, SECRET_ACCESS_KEY};
use tidegate_server_client::{Error, ServerClient};

use crate::arguments::PlaceArguments;
use crate::aws::AwsRefusal;
use crate::cognito::Cognito;
use crate::failure::Refused;
use crate::place::{Located, announce_here};
use crate::{credentials, machine};

/// A stack's routes for backends, and its user pool, where it has one.
pub(crate) struct Server {
    /// None where the stack's configuration wants no such routes.
    routes: Option<ServerClient>,
    cognito: Option<Cognito>,
}

/// What the program exports.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outputs {
    region: String,
    http_url: Option<String>,
    server_routes_arn: Option<String>,
    user_pool_id: Option<String>,
}

impl Server {
    /// Finds the stack, and says which it is.
    pub(crate) fn find(arguments: &PlaceArguments) -> anyhow::Result<Self> {
        match Located::find(arguments)? {
            Located::Here(running) => {
                announce_here(&running);
                Self::here(&running)
            }
            Located::Deployed(deployed) => {
                let outputs: Outputs = deployed.outputs()?;
                deployed.announce(&outputs.region);
                let credentials = credentials::find(&machine::environment())?;
                Self::new(outputs, None, credentials)
            }
        }
    }

    fn here(running: &Running) -> anyhow::Result<Self> {
        let pool = &running.user_pool_id;
        let endpoint = running.issuer.strip_suffix(&format!("/{pool}"));
        let outputs = Outputs {
            region: running.region.clone(),
            http_url: running.http_url.clone(),
            server_routes_arn: running.outputs.get("serverRoutesArn").cloned(),
            user_pool_id: (!pool.is_empty()).then(|| pool.clone()),
        };
        let (key, secret) = (ACCESS_KEY_ID, SECRET_ACCESS_KEY);
        let credentials = Credentials::new(key, secret, None, None, "local");
        Self::new(outputs, endpoint, credentials)
    }

    fn new(
        outputs: Outputs,
        local: Option<&str>,
        credentials: Credentials,
    ) -> anyhow::Result<Self> {
        let Outputs {
            region,
            http_url,
            server_routes_arn,
            user_pool_id,
        } = outputs;
        let routes = match (http_url, server_routes_arn) {
            (Some(url), Some(_)) => {
                let builder = ServerClient::builder(url, &region).credentials(credentials);
                Some(builder.build()?)
            }
            _ => None,
        };
        let cognito = user_pool_id
            .map(|pool| Cognito::new(local, &region, pool))
            .transpose()?;
        Ok(Self { routes, cognito })
    }

    /// The routes for backends.
    pub(crate) fn client(&self) -> anyhow::Result<&ServerClient> {
        self.routes.as_ref().context(
            "the stack has no routes for backends: `tidegate:http` must have `enabled` and `serverRoutes` (both are the \
             default)",
        )
    }

    /// The subject of a user's tokens. Whoever the pool does not know by this name may be meant by the subject.
    pub(crate) async fn subject(&self, user: &str) -> anyhow::Result<String> {
        let Some(cognito) = &self.cognito else {
            return Ok(user.to_owned());
        };
        let found = cognito.call("AdminGetUser", json!({ "Username": user }));
        match found.await {
            Ok(found) => subject_in(&found)
                .with_context(|| format!("Cognito does not tell the subject of `{user}`")),
            Err(error) if is_no_such_user(&error) => Ok(user.to_owned()),
            Err(error) => Err(error),
        }
    }
}

impl Server {
    /// Signs a user out of the pool, and returns the subject of the user's tokens. Without a pool of the stack's own,
    /// whoever issues the tokens signs out.
    pub(crate) async fn sign_out(&self, user: &str) -> anyhow::Result<String> {
        if self.cognito.is_none() {
            self.client()?;
        }
        let subject = self.subject(user).await?;
        if let Some(cognito) = &self.cognito {
            let request = json!({ "Username": user });
            let _nothing: Value = cognito
                .call("AdminUserGlobalSignOut", request)
                .await
                .with_context(|| format!("nothing was done to `{user}`"))?;
        }
        Ok(subject)
    }
}

fn is_no_such_user(error: &anyhow::Error) -> bool {
    let refused = error.downcast_ref::<AwsRefusal>();
    refused.is_some_and(|refused| refused.name == "UserNotFoundException")
}

fn subject_in(user: &Value) -> Option<String> {
    let mut attributes = user["UserAttributes"].as_array()?.iter();
    let subject = attributes.find(|attribute| attribute["Name"] == "sub")?;
    subject["Value"].as_str().map(str::to_owned)
}

/// What the API refused is told apart from what went wrong on the way.
pub(crate) fn told<T>(done: Result<T, Error>) -> anyhow::Result<T> {
    done.map_err(|error| match error {
        Error::Refused(_) | Error::NotAllowed { .. } | Error::NoRoute => {
            Refused(error.to_string()).into()
        }
        error => error.into(),
    })
}
