//! Where everything is, for those who use it.

use std::collections::BTreeMap;

use pulumi::PropertyValue;
use tidegate_local_cloud::system::{self, System};

use crate::state::Running;

/// Where the services are, and what the program says of them.
pub(crate) struct Places<'a> {
    pub(crate) region: &'a str,
    pub(crate) identity_url: &'a str,
    pub(crate) database_url: &'a str,
    pub(crate) queues_url: &'a str,
    pub(crate) outputs: &'a BTreeMap<String, PropertyValue>,
    pub(crate) events_url: &'a str,
}

/// What others are told of the stack, that they find it.
pub(crate) fn running(
    stack: &str,
    api: &system::WebSocketApi,
    system: &System,
    places: &Places<'_>,
) -> Running {
    let stage = api.stages.keys().next().cloned().unwrap_or_default();
    let pool = system.user_pools.values().next();
    let client = pool.and_then(|pool| pool.clients.keys().next().cloned());
    let direct = format!("{}/{stage}", api.endpoint);
    let distribution = system.distributions.first();
    let issuer = pool
        .map(|pool| format!("{}/{}", places.identity_url, pool.id))
        .unwrap_or_default();
    let through = distribution.map(|it| {
        // What the distribution does not put before every path is left to the client.
        let path = format!("/{stage}");
        let path = path.strip_prefix(&it.origin_path).unwrap_or_default();
        format!("ws://{}{path}", it.domain_name)
    });
    Running {
        pid: std::process::id(),
        stack: stack.to_owned(),
        origin_url: through.is_some().then(|| direct.clone()),
        websocket_url: through.unwrap_or(direct),
        http_url: system.http_apis.first().map(|api| api.endpoint.clone()),
        management_url: format!("{}/{stage}", api.endpoint.replacen("ws", "http", 1)),
        sign_in_url: pool
            .filter(|pool| pool.domain.is_some())
            .map(|_| issuer.clone()),
        issuer,
        client_id: client.unwrap_or_default(),
        user_pool_id: pool.map(|pool| pool.id.clone()).unwrap_or_default(),
        region: places.region.to_owned(),
        dynamodb_url: places.database_url.to_owned(),
        sqs_url: places.queues_url.to_owned(),
        outputs: texts(places.outputs),
        events_url: places.events_url.to_owned(),
    }
}

/// The outputs that are texts; secrets are none.
fn texts(outputs: &BTreeMap<String, PropertyValue>) -> BTreeMap<String, String> {
    let texts = outputs.iter().filter_map(|(name, value)| match value {
        PropertyValue::String(text) => Some((name.clone(), text.clone())),
        _ => None,
    });
    texts.collect()
}
