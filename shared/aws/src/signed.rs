//! Requests signed for one service of AWS, without the rest of the SDK's machinery.
//!
//! Signed with the SDK's own signer and sent with its HTTP client: where a function does little but such requests, a
//! generated client costs several times what signing and sending do, and minutes of everybody's build.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http::{Method, Uri};

use crate::downstream::{Guarded, Judge, Policy};
use crate::surroundings::Surroundings;

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The service that is asked: its name in signatures, the Region, and how long it is waited for.
pub(crate) struct Service {
    pub(crate) name: &'static str,
    pub(crate) region: String,
    pub(crate) policy: Policy,
    pub(crate) judge: Judge,
}

/// Signs requests for one service and sends them, with a guard around them.
pub(crate) struct Signed {
    service: &'static str,
    region: String,
    identity: Identity,
    guarded: Guarded,
    now: fn() -> SystemTime,
}

impl Signed {
    /// For `service`, over `connector`.
    pub(crate) fn new(
        service: Service,
        credentials: Credentials,
        connector: SharedHttpConnector,
        surroundings: Surroundings,
    ) -> Self {
        let Service {
            name,
            region,
            policy,
            judge,
        } = service;
        Self {
            service: name,
            region,
            identity: Identity::from(credentials),
            now: surroundings.now,
            guarded: Guarded::new(connector, policy, judge, surroundings),
        }
    }

    /// The same with another limit for one attempt.
    pub(crate) fn with_attempt_timeout(mut self, limit: Duration) -> Self {
        self.guarded = self.guarded.with_attempt_timeout(limit);
        self
    }

    /// As [`Guarded::retry`].
    pub(crate) fn retry(&self, made: u32) -> Option<Duration> {
        self.guarded.retry(made)
    }

    /// Sends one request. The headers are signed too.
    pub(crate) async fn call(
        &self,
        method: &Method,
        uri: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<HttpResponse, Failure> {
        let mut request = http::Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(SdkBody::from(body))?;
        let parameters = v4::SigningParams::builder()
            .identity(&self.identity)
            .region(&self.region)
            .name(self.service)
            .time((self.now)())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let signable = SignableRequest::new(
            method.as_str(),
            uri,
            headers.iter().copied(),
            SignableBody::Bytes(body),
        )?;
        let (instructions, _signature) = sign(signable, &parameters)?.into_parts();
        instructions.apply_to_request_http1x(&mut request);
        let response = self
            .guarded
            .send(HttpRequest::try_from(request)?)
            .await
            .map_err(ConnectorError::into_source)?;
        Ok(response)
    }
}

/// Whether `url` is one that can be asked.
pub(crate) fn is_url(url: &str) -> bool {
    let parsed: Result<Uri, _> = url.parse();
    parsed
        .is_ok_and(|uri| uri.host().is_some() && matches!(uri.scheme_str(), Some("http" | "https")))
}
