//! The request and the response of a REQUEST authorizer of a WebSocket API.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thiserror::Error;
use tidegate_core::connection::{ConnectionId, SessionKey};
use tidegate_core::rights::Rights;

use crate::event::{Headers, last};

/// What API Gateway asks an authorizer in a handshake. Its `Debug` shows no token, wherever the client put it.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizerRequest {
    /// What would be invoked; the policy of the answer names it.
    pub method_arn: String,
    /// The headers of the handshake.
    #[serde(default, rename = "multiValueHeaders")]
    pub headers: Headers,
    #[serde(default, rename = "multiValueQueryStringParameters")]
    query: Option<HashMap<String, Vec<String>>>,
    request_context: RequestContext,
}

impl fmt::Debug for AuthorizerRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizerRequest")
            .field("method_arn", &self.method_arn)
            .field("headers", &self.headers)
            .field("request_context", &self.request_context)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext {
    connection_id: ConnectionId,
}

impl AuthorizerRequest {
    /// The last value of a parameter of the query.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        last(self.query.as_ref(), name)
    }

    /// The id that the connection will have if it is let in.
    #[must_use]
    pub const fn connection_id(&self) -> &ConnectionId {
        &self.request_context.connection_id
    }
}

/// What the authorizer tells all later events. API Gateway allows texts, numbers and booleans only, hands on texts, and
/// freezes it at the handshake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizerContext {
    /// The subject of the token.
    user: String,
    /// The session of the user.
    session: String,
    /// The groups of the token, as a JSON list.
    groups: String,
    /// When the token was issued, in epoch seconds.
    issued_at: String,
    /// When the token ends, in epoch seconds.
    expires_at: String,
}

/// The context of an event is not one that our authorizer made.
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "`{0}` in the authorizer's context is not what the authorizer writes: deploy both from the same commit"
)]
pub struct InvalidContext(&'static str);

impl AuthorizerContext {
    /// The context of a user with these rights.
    #[must_use]
    pub fn new(key: &SessionKey, rights: &Rights) -> Self {
        Self {
            user: key.user.clone(),
            session: key.session.clone(),
            groups: json!(rights.groups).to_string(),
            issued_at: rights.issued_at.to_string(),
            expires_at: rights.expires_at.to_string(),
        }
    }

    /// Where the session is kept.
    #[must_use]
    pub fn key(&self) -> SessionKey {
        SessionKey {
            user: self.user.clone(),
            session: self.session.clone(),
        }
    }

    /// The rights as they were in the handshake.
    ///
    /// # Errors
    /// Names the value that cannot be read.
    pub fn rights(&self) -> Result<Rights, InvalidContext> {
        let groups: BTreeSet<String> =
            serde_json::from_str(&self.groups).map_err(|_| InvalidContext("groups"))?;
        let number = |text: &str, name| text.parse().map_err(|_| InvalidContext(name));
        let issued_at = number(&self.issued_at, "issuedAt")?;
        let expires_at = number(&self.expires_at, "expiresAt")?;
        Ok(Rights {
            user: self.user.clone(),
            groups,
            issued_at,
            expires_at,
        })
    }
}

/// What an authorizer answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizerResponse {
    principal_id: String,
    policy_document: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<AuthorizerContext>,
}

impl AuthorizerResponse {
    /// Lets the connection in.
    #[must_use]
    pub fn allow(request: &AuthorizerRequest, context: AuthorizerContext) -> Self {
        Self {
            principal_id: context.user.clone(),
            policy_document: policy("Allow", &request.method_arn),
            context: Some(context),
        }
    }

    /// Refuses it: the handshake is answered with 403.
    #[must_use]
    pub fn deny(request: &AuthorizerRequest, user: &str) -> Self {
        Self {
            principal_id: user.to_owned(),
            policy_document: policy("Deny", &request.method_arn),
            context: None,
        }
    }
}

/// The resource is the ARN of the request itself: `{stage}/*/*`, as REST has it, does not match `{stage}/$connect`.
fn policy(effect: &str, resource: &str) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}],
    })
}
