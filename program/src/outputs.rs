//! The stack's outputs: what clients, the CLI and people need to know of it.

use pulumi::Context;

use crate::edge::Edge;
use crate::gateway::Served;
use crate::identity::Identity;

/// Exports them. Nothing here is a secret.
pub(crate) fn export(ctx: &Context, served: &Served, edge: Option<&Edge>, identity: &Identity) {
    for (index, endpoint) in served.endpoints.iter().enumerate() {
        // `websocketUrl`, and `websocketUrl2` for the second endpoint.
        let name = |output: &str| format!("{output}{}", endpoint.suffix.replace('-', ""));
        let through_edge = edge.and_then(|edge| edge.websocket_urls.get(index));
        ctx.export(
            name("websocketUrl"),
            through_edge.unwrap_or(&endpoint.websocket_url),
        );
        ctx.export(name("managementUrl"), &endpoint.management_url);
    }
    let target = edge.map_or(&served.domain_target, |edge| &edge.domain_target);
    if let Some(target) = target {
        ctx.export("domainTarget", target);
    }
    ctx.export("issuer", &identity.issuer);
    ctx.export("clientId", &identity.client_id);
    if let Some(pool) = &identity.pool {
        ctx.export("userPoolId", &pool.id);
        if let Some(url) = &pool.sign_in_url {
            ctx.export("signInUrl", url);
        }
    }
}
