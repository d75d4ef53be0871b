//! `aws:lambda/permission:Permission`: without one, neither API Gateway nor EventBridge may invoke a function.

use serde::Deserialize;
use serde_json::json;

use super::function::Named;
use crate::cloud::{Cloud, Created, NewResource, name_or_auto};
use crate::error::Refusal;
use crate::inputs::read;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    statement_id: Option<String>,
    action: String,
    function: String,
    principal: String,
    source_arn: Option<String>,
    qualifier: Option<String>,
}

/// Who may invoke a function.
#[derive(Debug, Clone)]
pub(crate) struct Permission {
    /// The function, or the alias or version of it to which the permission belongs: one of a function is none of its
    /// aliases.
    target: String,
    principal: String,
    source_arn: Option<String>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &[])?;
    if inputs.action != "lambda:InvokeFunction" {
        return Err(Refusal::value(
            "action",
            "only lambda:InvokeFunction is emulated",
        ));
    }
    let named = Named::read(cloud, "function", &inputs.function)?;
    let named = named.qualified(cloud, "qualifier", inputs.qualifier)?;
    cloud.permissions.push(Permission {
        target: named.target(),
        principal: inputs.principal,
        source_arn: inputs.source_arn,
    });
    let id = name_or_auto(inputs.statement_id, new);
    Ok(Created::new(
        id.clone(),
        new.inputs,
        [("statementId", json!(id))],
    ))
}

/// The services that ask before they invoke.
pub(crate) const API_GATEWAY: &str = "apigateway.amazonaws.com";
pub(crate) const EVENT_BRIDGE: &str = "events.amazonaws.com";

/// Whether API Gateway may invoke `target` (`function` or `function:alias`) for what has the ARN `source`.
pub(crate) fn permits(permissions: &[Permission], target: &str, source: &str) -> bool {
    lets(permissions, API_GATEWAY, target, source)
}

/// The same of any service.
pub(crate) fn lets(permissions: &[Permission], service: &str, target: &str, source: &str) -> bool {
    permissions.iter().any(|permission| {
        permission.target == target
            && permission.principal == service
            && permission
                .source_arn
                .as_deref()
                .is_none_or(|pattern| arn_like(pattern, source))
    })
}

/// `ArnLike`: `*` stands for any text.
pub(crate) fn arn_like(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, tail)) => text.strip_prefix(head).is_some_and(|rest| {
            let starts = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
            starts.into_iter().any(|at| arn_like(tail, &rest[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_covers_what_its_source_arn_matches() {
        let stage = "arn:aws:execute-api:us-east-1:000000000000:abc/dev";
        for (pattern, source, matches) in [
            ("$connect", "$connect", true),
            ("$connect", "$disconnect", false),
            ("*", "$disconnect", true),
            ("*/x", "$connect", false),
        ] {
            let (pattern, source) = (format!("{stage}/{pattern}"), format!("{stage}/{source}"));
            assert_eq!(arn_like(&pattern, &source), matches, "{pattern} {source}");
        }
        assert!(
            !arn_like(&format!("{stage}/*/*"), &format!("{stage}/$connect")),
            "the trap of REST's pattern"
        );
    }
}
