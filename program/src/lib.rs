//! The Pulumi program: the only description of the system. Each component is a file; here they are put together.

mod builds;
mod certificate;
mod delivery;
mod edge;
mod functions;
mod gateway;
mod identity;
mod observability;
mod outputs;
mod policy;
mod registry;
mod settings;
mod tags;

use std::path::Path;

use pulumi::{BoxError, Context, Output};
use tidegate_contract::functions::Function;

use crate::builds::Builds;
use crate::delivery::Delivery;
use crate::edge::Edge;
use crate::functions::{Functions, Wiring};
use crate::gateway::Gateway;
use crate::identity::Identity;
pub use crate::observability::runbook_page;
use crate::registry::Registry;
use crate::settings::Settings;
pub use crate::settings::configuration_page;
use crate::tags::Tags;

/// Declares the system. `manifest` says where the functions' code is: a path from the project's folder.
///
/// # Errors
/// When the stack's configuration is wrong, or the functions' code is not there.
pub async fn system(ctx: Context, manifest: Option<&Path>) -> Result<(), BoxError> {
    let settings = Settings::read(&ctx)?;
    let builds = Builds::load(ctx.root_directory(), manifest)?;

    let tags = Tags::new(&ctx, &settings.tags);
    let registry = Registry::new(&ctx, &settings.registry, &tags);
    let identity = Identity::new(&ctx, &settings.identity, &tags);
    let retention = settings.functions.log_retention_days;
    let gateway = Gateway::new(&ctx, settings.gateway.clone(), retention, &tags);
    let delivery = Delivery::new(&ctx, settings.delivery.clone(), &tags);
    let wiring = Wiring {
        stack: &format!("{}/{}", ctx.project(), ctx.stack()),
        namespaces: &settings.namespaces,
        registry: &registry,
        identity: &identity,
        gateway: &gateway,
        delivery: &delivery,
        origin_secrets: match (&settings.edge, &settings.origin_secrets) {
            (Some(_), Some(secrets)) => secrets.digests(),
            _ => Output::known(String::new()),
        },
    };
    let functions = Functions::new(&ctx, &builds, &settings.functions, &wiring, &tags)?;
    let served = gateway.route_to(&functions);
    let queues = delivery.hand_to(functions.get(Function::Fanout));

    let edge = match (&settings.edge, &settings.origin_secrets) {
        (Some(edge), Some(secrets)) => Some(Edge::new(
            &ctx,
            &format!("{}-{}", ctx.project(), ctx.stack()),
            edge,
            secrets,
            &served,
            retention,
            &tags,
        )),
        _ => None,
    };

    let watched = Watched {
        stack: wiring_stack,
        name,
        functions: functions.names(),
        apis: served
            .endpoints
            .iter()
            .map(|endpoint| endpoint.api_id.clone())
            .collect(),
        stage: settings.gateway.stage().to_owned(),
        table: registry.table.clone(),
        region: registry.region.clone(),
        queue: queues.fanout,
        dead_letters: queues.dead_letters,
        namespaces: settings.namespaces.names().map(str::to_owned).collect(),
        ping_seconds: settings.gateway.ping_seconds,
        memory_mb: Function::ALL
            .into_iter()
            .map(|function| (function, settings.functions.memory_of(function)))
            .collect(),
        prices: prices::traffic(&settings.functions),
    };
    let observability = Observability::new(&ctx, &settings.observability, &watched, &tags);

    outputs::export(&ctx, &served, edge.as_ref(), &identity);
    Ok(())
}
