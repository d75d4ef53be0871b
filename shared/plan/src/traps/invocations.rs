//! Who may have a function do its work.

use super::Rule;
use super::types;

/// What must say for which of its resources it calls.
const SERVICES: [&str; 5] = [
    "apigateway.amazonaws.com",
    "events.amazonaws.com",
    "lambda.alarms.cloudwatch.amazonaws.com",
    "s3.amazonaws.com",
    "sns.amazonaws.com",
];

pub(super) const PERMISSION: Rule = Rule {
    id: "invoke-permission",
    title: "A function is invoked by its own route and by nothing else",
    look: |look, checked| {
        for permission in look.stack.of_type(types::PERMISSION) {
            checked.seen += 1;
            let principal = permission.input("principal").text().unwrap_or_default();
            if principal == "*" {
                checked.trap(
                    permission,
                    "Everybody may invoke the function (`principal` is `*`). Name the service.",
                );
            }
            let source = permission.input("sourceArn");
            if source.is_null() && SERVICES.contains(&principal) {
                checked.trap(
                    permission,
                    format!(
                        "It lets {principal} invoke the function for anybody: another account's API, topic or rule could. Name the one that may as `sourceArn`."
                    ),
                );
            } else if source.is_hidden() {
                checked.unknown(permission);
            } else if let Some(source) = source.text()
                && is_too_wide(source)
            {
                checked.trap(
                    permission,
                    format!(
                        "It lets any stage or any route invoke the function ({source}): a route that was never meant for it could reach it, unauthorized. End it with the stage and the route."
                    ),
                );
            }
        }
    },
};

/// A pattern for the stage, or for all that comes after it.
fn is_too_wide(source: &str) -> bool {
    let Some(resource) = source.splitn(6, ':').nth(5) else {
        return true;
    };
    if !source.contains(":execute-api:") {
        return resource.contains('*');
    }
    // API/STAGE/ROUTE of a WebSocket API, API/STAGE/METHOD/PATH of an HTTP API, API/authorizers/ID of both.
    let parts: Vec<&str> = resource.split('/').collect();
    let wide = |part: &&str| part.contains('*');
    parts.iter().take(2).any(wide)
        || parts.len() < 3
        || parts.iter().skip(2).all(|part| *part == "*")
}
