//! The keys of a token issuer over HTTPS.

use async_trait::async_trait;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use tidegate_tokens::{JwkSet, KeySource, KeysUnavailable};

use crate::downstream::{Guarded, Policy, by_status, chain};
use crate::surroundings::Surroundings;

/// Fetches an issuer's keys from where every OIDC issuer of Cognito's kind has them: `<issuer>/.well-known/jwks.json`.
pub struct HttpKeySource {
    url: String,
    guarded: Guarded,
}

impl HttpKeySource {
    /// The keys of `issuer`.
    #[must_use]
    pub fn of_issuer(issuer: &str, surroundings: Surroundings) -> Self {
        let url = format!("{}/.well-known/jwks.json", issuer.trim_end_matches('/'));
        let connector = crate::http_client::connector(&url);
        Self {
            guarded: Guarded::new(connector, Policy::JWKS, by_status, surroundings),
            url,
        }
    }

    async fn get(&self) -> Result<JwkSet, String> {
        let request = http::Request::get(&self.url)
            .body(SdkBody::empty())
            .map_err(|error| error.to_string())?;
        let request = HttpRequest::try_from(request).map_err(|error| error.to_string())?;
        let response = self
            .guarded
            .send(request)
            .await
            .map_err(|error| chain(&error))?;
        let status = response.status().as_u16();
        if status != 200 {
            return Err(format!("it answers with status {status}"));
        }
        let keys: JwkSet = serde_json::from_slice(response.body().bytes().unwrap_or_default())
            .map_err(|error| format!("it is no set of keys: {error}"))?;
        if keys.keys.is_empty() {
            // No issuer signs with nothing, and this must not take the place of good keys.
            return Err("it is an empty set of keys".to_owned());
        }
        Ok(keys)
    }
}

#[async_trait]
impl KeySource for HttpKeySource {
    async fn fetch(&self) -> Result<JwkSet, KeysUnavailable> {
        self.get().await.map_err(|problem| KeysUnavailable {
            url: self.url.clone(),
            problem,
        })
    }
}
