//! The authorizer of `$connect`.

use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};
use tidegate_local_cloud::system::{Authorizer, IdentitySource};
use tidegate_local_functions::InvokeError;
use tracing::warn;
use wildmatch::WildMatch;

use crate::gateway::Shared;
use crate::handshake::Handshake;
use crate::invoke::{self, Failed};

const ROUTE: &str = "authorizer";
/// The error text that API Gateway takes for 401.
const UNAUTHORIZED: &str = "Unauthorized";

/// The answer of an authorizer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Decision {
    principal_id: Option<String>,
    policy_document: Policy,
    #[serde(default)]
    context: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Policy {
    statement: OneOrMany<Statement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    effect: String,
    action: OneOrMany<String>,
    resource: OneOrMany<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// A handshake that is refused.
pub(crate) struct Refused {
    pub(crate) status: StatusCode,
    pub(crate) message: &'static str,
}

const fn refused(status: StatusCode, message: &'static str) -> Refused {
    Refused { status, message }
}

const BROKEN: Refused = refused(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error");

/// Asks the authorizer; what it tells about the caller goes to every later event.
pub(crate) async fn authorize(
    shared: &Shared,
    authorizer: &Authorizer,
    handshake: &Handshake,
) -> Result<Box<RawValue>, Refused> {
    let present = |source: &IdentitySource| match source {
        IdentitySource::Header(name) => handshake
            .header(name)
            .is_some_and(|value| !value.is_empty()),
        IdentitySource::Query(name) => handshake.query(name).is_some_and(|value| !value.is_empty()),
    };
    if !authorizer.identity_sources.iter().all(present) {
        return Err(refused(StatusCode::UNAUTHORIZED, UNAUTHORIZED));
    }
    let function = shared
        .functions
        .get(&authorizer.function)
        .filter(|_| authorizer.permitted);
    let Some(function) = function else {
        invoke::not_permitted(ROUTE, &authorizer.function);
        return Err(BROKEN);
    };
    let method_arn = handshake.method_arn();
    let payload = handshake.authorizer_event(&method_arn);
    let timeout = shared.limits.integration_timeout();
    let answer = match invoke::within(&shared.clock, function, ROUTE, payload, timeout).await {
        Ok(answer) => answer,
        Err(Failed::Function(InvokeError::FunctionError { message, .. }))
            if message == UNAUTHORIZED =>
        {
            return Err(refused(StatusCode::UNAUTHORIZED, UNAUTHORIZED));
        }
        Err(_) => return Err(BROKEN),
    };
    let decision = read(&answer, shared.limits.authorizer_result_bytes).map_err(|problem| {
        warn!(route = ROUTE, "{problem}");
        BROKEN
    })?;
    if !allows(&decision.policy_document, &method_arn) {
        return Err(refused(StatusCode::FORBIDDEN, "Forbidden"));
    }
    context(decision).map_err(|problem| {
        warn!(route = ROUTE, "{problem}");
        BROKEN
    })
}

fn read(answer: &Bytes, most: u64) -> Result<Decision, String> {
    if answer.len() as u64 > most {
        return Err(format!(
            "the authorizer's answer is {} bytes long, of at most {most}",
            answer.len()
        ));
    }
    let decision: Decision = serde_json::from_slice(answer).map_err(|error| {
        // Where and not what: the parser would quote the answer.
        let (line, column) = (error.line(), error.column());
        format!(
            "the authorizer's answer is no policy (line {line}, column {column}): it needs principalId and policyDocument"
        )
    })?;
    if decision.principal_id.is_none() {
        return Err("the authorizer's answer has no principalId".to_owned());
    }
    Ok(decision)
}

/// A Deny that matches wins; else an Allow that matches is needed.
fn allows(policy: &Policy, method_arn: &str) -> bool {
    let matching = |effect: &str| {
        policy.statement.as_slice().iter().any(|statement| {
            statement.effect == effect
                && statement
                    .action
                    .as_slice()
                    .iter()
                    .any(|action| WildMatch::new(action).matches("execute-api:Invoke"))
                && statement
                    .resource
                    .as_slice()
                    .iter()
                    .any(|resource| WildMatch::new(resource).matches(method_arn))
        })
    };
    !matching("Deny") && matching("Allow")
}

/// The context as later events have it: all values are texts.
fn context(decision: Decision) -> Result<Box<RawValue>, String> {
    let mut texts = Map::new();
    for (name, value) in decision.context.unwrap_or_default() {
        let text = match value {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            Value::Null => continue,
            Value::Array(_) | Value::Object(_) => {
                return Err(format!(
                    "`{name}` in the authorizer's context is a list or an object, which API Gateway refuses"
                ));
            }
        };
        texts.insert(name, Value::String(text));
    }
    texts.insert(
        "principalId".to_owned(),
        decision.principal_id.unwrap_or_default().into(),
    );
    to_raw_value(&texts).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:execute-api:us-east-1:000000000000:abc/dev/$connect";

    fn decided(statements: &str) -> bool {
        let policy: Policy = serde_json::from_str(&format!(
            r#"{{"Version":"2012-10-17","Statement":{statements}}}"#
        ))
        .unwrap();
        allows(&policy, ARN)
    }

    #[test]
    fn an_allow_must_cover_the_route_and_a_deny_wins() {
        let allow = |resource: &str| {
            format!(r#"{{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"{resource}"}}"#)
        };
        assert!(decided(&allow(ARN)));
        assert!(decided(&allow(
            "arn:aws:execute-api:us-east-1:000000000000:abc/dev/*"
        )));
        assert!(
            !decided(&allow(
                "arn:aws:execute-api:us-east-1:000000000000:abc/dev/*/*"
            )),
            "the trap of REST's pattern"
        );
        assert!(!decided(&allow(
            "arn:aws:execute-api:us-east-1:000000000000:other/*"
        )));
        let deny = r#"{"Action":["execute-api:*"],"Effect":"Deny","Resource":["*"]}"#;
        assert!(!decided(&format!("[{},{deny}]", allow(ARN))));
        assert!(!decided("[]"));
    }

    #[test]
    fn a_context_becomes_texts_and_refuses_what_is_not_flat() {
        let decision = |context: &str| -> Decision {
            let text = format!(
                r#"{{"principalId":"a","policyDocument":{{"Statement":[]}},"context":{context}}}"#
            );
            serde_json::from_str(&text).unwrap()
        };
        let flat = context(decision(r#"{"n":1,"b":true,"s":"x"}"#)).unwrap();
        assert_eq!(
            flat.get(),
            r#"{"b":"true","n":"1","principalId":"a","s":"x"}"#
        );
        assert!(context(decision(r#"{"list":[1]}"#)).is_err());
    }
}
