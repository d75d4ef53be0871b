//! AWS's JSON APIs: one path, the operation in a header, signed.

use std::collections::BTreeMap;
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
use serde_json::Value;
use tidegate_local_runtime::{ACCESS_KEY_ID, SECRET_ACCESS_KEY};

use crate::http_client::{self, Answer};
use crate::{credentials, machine};

const TARGET: &str = "x-amz-target";
/// How often a request is sent that is refused because there are too many.
const ATTEMPTS: u32 = 4;
const BACKOFF: Duration = Duration::from_millis(500);

/// What a service says when it does not do what it was asked.
#[derive(Debug)]
pub(crate) struct AwsRefusal {
    service: &'static str,
    operation: &'static str,
    /// By which programs tell refusals apart.
    pub(crate) name: String,
    message: String,
}

impl fmt::Display for AwsRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            service,
            operation,
            name,
            message,
        } = self;
        write!(f, "{service} refuses {operation}: {message} ({name})")
    }
}

impl std::error::Error for AwsRefusal {}

impl AwsRefusal {
    /// Whether it asks for fewer requests.
    fn is_throttled(&self) -> bool {
        self.name == "TooManyRequestsException" || self.name.contains("Throttl")
    }
}

/// One of AWS's services.
#[derive(Debug)]
pub(crate) struct Service {
    /// What people call it.
    pub(crate) name: &'static str,
    /// Its name in signatures and hosts.
    pub(crate) id: &'static str,
    /// What operations begin with in the header.
    pub(crate) target: &'static str,
    pub(crate) content_type: &'static str,
    /// The variable by which every AWS tool can be pointed elsewhere.
    pub(crate) endpoint_variable: &'static str,
}

/// A service in a Region, with the credentials of whoever runs this.
pub(crate) struct Aws {
    service: &'static Service,
    url: String,
    region: String,
    identity: Identity,
}

impl Aws {
    /// The service at `local`, where a stack runs on this machine, or else AWS's own.
    pub(crate) fn new(
        service: &'static Service,
        local: Option<&str>,
        region: &str,
    ) -> anyhow::Result<Self> {
        let (url, credentials) = match local {
            Some(url) => {
                let (key, secret) = (ACCESS_KEY_ID, SECRET_ACCESS_KEY);
                (
                    url.to_owned(),
                    Credentials::new(key, secret, None, None, "local"),
                )
            }
            None => {
                let environment = machine::environment();
                let url = elsewhere(service, &environment).unwrap_or_else(|| url(service, region));
                (url, credentials::find(&environment)?)
            }
        };
        Ok(Self {
            service,
            url: url.trim_end_matches('/').to_owned(),
            region: region.to_owned(),
            identity: Identity::from(credentials),
        })
    }

    /// Does one operation.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        request: &Value,
    ) -> anyhow::Result<T> {
        let body = serde_json::to_vec(request)?;
        let name = self.service.name;
        let mut attempt = 1;
        loop {
            let answer = self.send(operation, &body).await?;
            if answer.status.is_success() {
                return read(&answer.body)
                    .with_context(|| format!("{name}'s answer to {operation} is not understood"));
            }
            let refused = refusal(name, operation, &answer)?;
            if !refused.is_throttled() || attempt == ATTEMPTS {
                return Err(refused.into());
            }
            tokio::time::sleep(BACKOFF * attempt).await;
            attempt += 1;
        }
    }

    async fn send(&self, operation: &str, body: &[u8]) -> anyhow::Result<Answer> {
        let uri = format!("{}/", self.url);
        let target = format!("{}.{operation}", self.service.target);
        let headers = [
            (header::CONTENT_TYPE.as_str(), self.service.content_type),
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
            .name(self.service.id)
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

/// An answer without a body is an empty object: operations that have nothing to say say it either way.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(if body.is_empty() { b"{}" } else { body })
}

fn elsewhere(service: &Service, environment: &BTreeMap<String, String>) -> Option<String> {
    let names = [service.endpoint_variable, "AWS_ENDPOINT_URL"];
    let mut urls = names.iter().filter_map(|name| environment.get(*name));
    urls.find(|url| !url.is_empty()).cloned()
}

fn url(service: &Service, region: &str) -> String {
    let suffix = if region.starts_with("cn-") {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    };
    format!("https://{}.{region}.{suffix}", service.id)
}

/// The service's own refusal; an answer that is none is a failure of something on the way.
fn refusal(
    service: &'static str,
    operation: &'static str,
    answer: &Answer,
) -> anyhow::Result<AwsRefusal> {
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
        bail!(
            "{service} answers {operation} with status {}",
            answer.status
        );
    }
    let message = ["message", "Message"]
        .iter()
        .find_map(|name| said[*name].as_str());
    Ok(AwsRefusal {
        service,
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

    const COGNITO: Service = Service {
        name: "Cognito",
        id: "cognito-idp",
        target: "AWSCognitoIdentityProviderService",
        content_type: "application/x-amz-json-1.1",
        endpoint_variable: "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER",
    };

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
            let refused = refusal("Cognito", "AdminGetUser", &answer).unwrap();
            assert_eq!(
                refused.to_string(),
                "Cognito refuses AdminGetUser: No. (UserNotFoundException)"
            );
        }
        assert!(refusal("Cognito", "AdminGetUser", &answer(502, None, "<html>")).is_err());
    }

    #[test]
    fn each_region_has_its_endpoint() {
        assert_eq!(
            url(&COGNITO, "eu-central-1"),
            "https://cognito-idp.eu-central-1.amazonaws.com"
        );
        assert!(url(&COGNITO, "cn-north-1").ends_with(".amazonaws.com.cn"));
    }

    #[test]
    fn a_service_can_be_elsewhere_and_its_own_variable_comes_first() {
        let environment = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter();
            pairs
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        let both = [
            ("AWS_ENDPOINT_URL", "http://all"),
            (COGNITO.endpoint_variable, "http://own"),
        ];
        let own = elsewhere(&COGNITO, &environment(&both));
        assert_eq!(own.as_deref(), Some("http://own"));
        let all = elsewhere(&COGNITO, &environment(&both[..1]));
        assert_eq!(all.as_deref(), Some("http://all"));
        let empty = [("AWS_ENDPOINT_URL", "")];
        assert_eq!(elsewhere(&COGNITO, &environment(&empty)), None);
    }
}
