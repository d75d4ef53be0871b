//! What was provisioned, for people.

use std::collections::BTreeMap;

use tidegate_local_cloud::system::{Integration, System};
use tidegate_local_engine::Resource;

/// What a runtime serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// How many resources there are of each type, components and the stack left out.
    pub resources: BTreeMap<String, usize>,
    /// The routes of the sockets, in the order of their keys, and then those of the HTTP API.
    pub routes: Vec<RouteSummary>,
    /// The tables.
    pub tables: Vec<String>,
    /// What the program asks for and what is not to be seen on this machine.
    pub notes: Vec<String>,
    /// The queues.
    pub queues: Vec<String>,
    /// The rules of EventBridge.
    pub event_rules: Vec<String>,
}

/// A route, and where it leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteSummary {
    /// Its key.
    pub key: String,
    /// The function that it invokes, or what answers instead.
    pub target: String,
    /// Whether replies go back.
    pub two_way: bool,
}

impl Summary {
    pub(crate) fn new(resources: &[Resource], system: &System) -> Self {
        let mut by_type = BTreeMap::new();
        for resource in resources.iter().filter(|resource| resource.custom) {
            *by_type.entry(short_type(&resource.type_token)).or_default() += 1;
        }
        let stages = system.apis.iter().flat_map(|api| api.stages.values());
        let routes = stages
            .flat_map(|stage| stage.deployment.routes.values())
            .map(|route| RouteSummary {
                key: route.key.clone(),
                target: match &route.integration {
                    Some(Integration::Function { name, .. }) => name.clone(),
                    Some(Integration::Mock { .. }) => "(the gateway itself)".to_owned(),
                    None => "(nothing)".to_owned(),
                },
                two_way: route.two_way,
            });
        let http_stages = system.http_apis.iter().filter_map(|api| api.stage.as_ref());
        let http_routes = http_stages
            .flat_map(|stage| &stage.routes)
            .map(|route| RouteSummary {
                key: route.key.to_string(),
                target: route.integration.as_ref().map_or_else(
                    || "(nothing)".to_owned(),
                    |integration| integration.function.clone(),
                ),
                two_way: true,
            });
        Self {
            resources: by_type,
            routes: routes.chain(http_routes).collect(),
            tables: system.tables.keys().cloned().collect(),
            notes: system.notes(),
            queues: system.queues.keys().cloned().collect(),
            event_rules: system
                .event_rules
                .iter()
                .map(|it| it.name.clone())
                .collect(),
        }
    }
}

/// `aws:apigatewayv2/route:Route` as people say it: `apigatewayv2.Route`.
fn short_type(token: &str) -> String {
    let mut parts = token.split(':');
    let module = parts.nth(1).and_then(|module| module.split('/').next());
    match (module, parts.next()) {
        (Some(module), Some(name)) => format!("{module}.{name}"),
        _ => token.to_owned(),
    }
}
