//! Cognito's API for administrators: JSON over one path, the operation in a header, signed.

use std::fmt;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context, bail};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_types::body::SdkBody;
use http::{Request, header};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tidegate_local_runtime::{ACCESS_KEY_ID, SECRET_ACCESS_KEY};

use crate::http_client::{self, Answer};
use crate::place::Place;
use crate::{credentials, machine};

const SERVICE: &str = "cognito-idp";
const TARGET: &str = "x-amz-target";
const CONTENT_TYPE: &str = "application/x-amz-json-1.1";
/// How often a request is sent that is refused because there are too many.
const ATTEMPTS: u32 = 4;
const BACKOFF: Duration = Duration::from_millis(500);

/// What Cognito says when it does not do what it was asked.
#[derive(Debug)]
pub(crate) struct CognitoError {
    pub(crate) operation: &'static str,
    pub(crate) name: String,
    message: String,
}

impl fmt::Display for CognitoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            operation,
            name,
            message,
        } = self;
        write!(f, "Cognito refuses {operation}: {message} ({name})")
    }
}

impl std::error::Error for CognitoError {}

/// The user pool of a stack.
pub(crate) struct Cognito {
    url: String,
    region: String,
    pool: String,
    identity: Identity,
}

impl Cognito {
    /// The user pool of this stack, with the credentials of whoever runs this.
    pub(crate) fn of(place: &Place) -> anyhow::Result<Self> {
        let (url, credentials) = match &place.endpoint {
            Some(url) => {
                let local = (ACCESS_KEY_ID, SECRET_ACCESS_KEY);
                (
                    url.clone(),
                    Credentials::new(local.0, local.1, None, None, "local"),
                )
            }
            None => {
                let environment = machine::environment();
                // The variables by which every AWS tool can be pointed elsewhere.
                let elsewhere = [
                    "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER",
                    "AWS_ENDPOINT_URL",
                ]
                .iter()
                .find_map(|name| environment.get(*name).filter(|url| !url.is_empty()));
                let url = elsewhere.cloned().unwrap_or_else(|| url(&place.region));
                (url, credentials::find(&environment)?)
            }
        };
        Ok(Self {
            url: url.trim_end_matches('/').to_owned(),
            region: place.region.clone(),
            pool: place.user_pool_id.clone(),
            identity: Identity::from(credentials),
        })
    }

    /// Does one operation on the pool.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        mut request: Value,
    ) -> anyhow::Result<T> {
        request["UserPoolId"] = json!(self.pool);
        let body = serde_json::to_vec(&request)?;
        let mut attempt = 1;
        loop {
            let answer = self.send(operation, &body).await?;
            if answer.status.is_success() {
                return serde_json::from_slice(&answer.body)
                    .with_context(|| format!("Cognito's answer to {operation} is not understood"));
            }
            let error = refusal(operation, &answer)?;
            if error.name != "TooManyRequestsException" || attempt == ATTEMPTS {
                return Err(error.into());
            }
            tokio::time::sleep(BACKOFF * attempt).await;
            attempt += 1;
        }
    }

    async fn send(&self, operation: &str, body: &[u8]) -> anyhow::Result<Answer> {
        let uri = format!("{}/", self.url);
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        let headers = [
            (header::CONTENT_TYPE.as_str(), CONTENT_TYPE),
            (TARGET, &target),
        ];
        let mut request = Request::builder().method("POST").uri(&uri);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let mut request = request
            .body(SdkBody::from(body))
            .with_context(|| format!("`{}` is no URL", self.url))?;
        let parameters = v4::SigningParams::builder()
            .identity(&self.identity)
            .region(&self.region)
            .name(SERVICE)
            .time(UNIX_EPOCH + Duration::from_millis(machine::now_ms()))
            .settings(SigningSettings::default())
            .build()?
            .into();
        let signable =
            SignableRequest::new("POST", &uri, headers.into_iter(), SignableBody::Bytes(body))?;
        let (instructions, _signature) = sign(signable, &parameters)?.into_parts();
        instructions.apply_to_request_http1x(&mut request);
        http_client::send(request).await
    }
}

fn url(region: &str) -> String {
    let suffix = if region.starts_with("cn-") {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    };
    format!("https://{SERVICE}.{region}.{suffix}")
}

/// Cognito's own refusal; an answer that is none is a failure of something on the way.
fn refusal(operation: &'static str, answer: &Answer) -> anyhow::Result<CognitoError> {
    let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let header = answer.headers.get("x-amzn-errortype");
    let header = header.and_then(|value| value.to_str().ok());
    let name = header
        .or_else(|| said["__type"].as_str())
        .unwrap_or_default();
    // `com.amazon.coral.service#NameException:http://internal.amazon.com/…`
    let name = name.split(':').next().unwrap_or_default();
    let name = name.rsplit('#').next().unwrap_or_default();
    if name.is_empty() || answer.status.is_server_error() {
        bail!("Cognito answers {operation} with status {}", answer.status);
    }
    let message = ["message", "Message"]
        .iter()
        .find_map(|name| said[*name].as_str());
    Ok(CognitoError {
        operation,
        name: name.to_owned(),
        message: message.unwrap_or("it does not say why").to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};

    use super::*;

    fn answer(status: u16, error_type: Option<&str>, body: &'static str) -> Answer {
        let mut headers = HeaderMap::new();
        if let Some(name) = error_type {
            headers.insert("x-amzn-errortype", name.parse().unwrap());
        }
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers,
            body: Bytes::from_static(body.as_bytes()),
        }
    }

    #[test]
    fn a_refusal_is_named_however_it_is_written() {
        let body = r#"{"__type":"com.amazonaws.cognito#UserNotFoundException","Message":"No."}"#;
        for answer in [
            answer(400, None, body),
            answer(400, Some("UserNotFoundException:http://internal"), body),
        ] {
            let refused = refusal("AdminGetUser", &answer).unwrap();
            assert_eq!(
                refused.to_string(),
                "Cognito refuses AdminGetUser: No. (UserNotFoundException)"
            );
        }
        assert!(refusal("AdminGetUser", &answer(502, None, "<html>")).is_err());
    }

    #[test]
    fn each_region_has_its_endpoint() {
        assert_eq!(
            url("eu-central-1"),
            "https://cognito-idp.eu-central-1.amazonaws.com"
        );
        assert!(url("cn-north-1").ends_with(".amazonaws.com.cn"));
    }
}
