//! The keys of a token issuer over HTTPS.

use std::time::Duration;

use async_trait::async_trait;
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use tidegate_tokens::{JwkSet, KeySource, KeysUnavailable};

/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(2);

/// Fetches an issuer's keys from where every OIDC issuer of Cognito's kind has them: `<issuer>/.well-known/jwks.json`.
pub struct HttpKeySource {
    url: String,
    connector: Connector,
}

impl HttpKeySource {
    /// The keys of `issuer`.
    #[must_use]
    pub fn of_issuer(issuer: &str) -> Self {
        let url = format!("{}/.well-known/jwks.json", issuer.trim_end_matches('/'));
        Self {
            connector: crate::http_client::connector(&url),
            url,
        }
    }

    async fn get(&self) -> Result<JwkSet, String> {
        let request = http::Request::get(&self.url)
            .body(SdkBody::empty())
            .map_err(|error| error.to_string())?;
        let request = HttpRequest::try_from(request).map_err(|error| error.to_string())?;
        let response = self
            .connector
            .call(request)
            .await
            .map_err(|error| format!("{error:?}"))?;
        let status = response.status().as_u16();
        if status != 200 {
            return Err(format!("it answers with status {status}"));
        }
        let body = aws_smithy_types::byte_stream::ByteStream::new(response.into_body());
        let body = body.collect().await.map_err(|error| error.to_string())?;
        serde_json::from_slice(&body.into_bytes())
            .map_err(|error| format!("it is no set of keys: {error}"))
    }
}

#[async_trait]
impl KeySource for HttpKeySource {
    async fn fetch(&self) -> Result<JwkSet, KeysUnavailable> {
        let unavailable = |problem| KeysUnavailable {
            url: self.url.clone(),
            problem,
        };
        match tokio::time::timeout(ATTEMPT, self.get()).await {
            Ok(fetched) => fetched.map_err(unavailable),
            Err(_) => Err(unavailable(format!(
                "it does not answer within {} s",
                ATTEMPT.as_secs()
            ))),
        }
    }
}
