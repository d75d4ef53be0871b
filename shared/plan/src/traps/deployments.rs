//! Deployments, which are a copy of an API at one time.

use super::types::{
    AUTHORIZER, DEPLOYMENT, INTEGRATION, INTEGRATION_RESPONSE, MODEL, PERMISSION, ROUTE,
    ROUTE_RESPONSE,
};
use super::{Look, Rule, api, functions};
use crate::plan::Declared;

/// All that a deployment is a copy of.
const COPIED: [&str; 6] = [
    AUTHORIZER,
    INTEGRATION,
    INTEGRATION_RESPONSE,
    MODEL,
    ROUTE,
    ROUTE_RESPONSE,
];

pub(super) const ORDER: Rule = Rule {
    id: "deployment-order",
    title: "Every deployment is made after all that it is a copy of, and after what lets it invoke functions",
    look: |look, checked| {
        for deployment in look.stack.of_type(DEPLOYMENT) {
            checked.seen += 1;
            let before = look.stack.before(deployment);
            for part in COPIED.into_iter().flat_map(|kind| look.stack.of_type(kind)) {
                if is_of_same_api(look, deployment, part) && !before.contains(part.urn) {
                    let kind = part.type_token.rsplit(':').next().unwrap_or_default();
                    checked.trap(
                        deployment,
                        format!(
                            "It does not depend on the {kind} `{}`: it may be made first, and then what is served lacks that until something else changes. Add it to `dependsOn` and to the triggers.",
                            part.name
                        ),
                    );
                }
            }
            for permission in look.stack.of_type(PERMISSION) {
                if lets_it_invoke(look, deployment, permission) && !before.contains(permission.urn)
                {
                    checked.trap(
                        deployment,
                        format!(
                            "It does not depend on the permission `{}`: the first frames of that route answer \"Internal server error\", as the gateway may not invoke the function yet. Add it to `dependsOn`.",
                            permission.name
                        ),
                    );
                }
            }
        }
    },
};

/// Whether both are of one API; where that is nowhere said, they are.
fn is_of_same_api(look: &Look<'_>, deployment: Declared<'_>, part: Declared<'_>) -> bool {
    match (api(look.stack, deployment), api(look.stack, part)) {
        (Some(one), Some(other)) => one.urn == other.urn,
        _ => true,
    }
}

fn lets_it_invoke(look: &Look<'_>, deployment: Declared<'_>, permission: Declared<'_>) -> bool {
    if permission.input("principal").text() != Some("apigateway.amazonaws.com") {
        return false;
    }
    let api = api(look.stack, deployment);
    let sources = permission.state.property_dependencies.get("sourceArn");
    let is_for_it = match (api, sources) {
        (Some(api), Some(sources)) => sources.contains(api.urn),
        _ => true,
    };
    is_for_it && !functions(look.stack, permission, "function").is_empty()
}
