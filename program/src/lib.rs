//! The Pulumi program: the only description of the system. Each component is a file; here they are put together.

mod builds;
mod certificate;
mod delivery;
mod edge;
mod functions;
mod gateway;
mod http;
mod identity;
mod inlet;
mod observability;
mod outputs;
mod policy;
mod presence;
mod prices;
mod queue;
mod registry;
mod rules;
mod settings;
mod tags;

use pulumi::{BoxError, Context};
use tidegate_contract::functions::Function;

use crate::builds::Builds;
use crate::delivery::Delivery;
use crate::edge::Edge;
use crate::functions::{Functions, Wiring};
use crate::gateway::Gateway;
use crate::http::Http;
use crate::identity::Identity;
use crate::inlet::Inlet;
use crate::observability::{Observability, Watched};
use crate::outputs::Outputs;
use crate::queue::WorkQueue;
use crate::registry::Registry;
use crate::settings::Settings;
use crate::tags::Tags;

pub use crate::builds::CodeSource;
pub use crate::observability::runbook_page;
pub use crate::settings::configuration_page;

/// Said in the preview of whoever expects something else.
const NO_QUOTA: &str = "tidegate:gateway.endpoints is more than 1: that keeps deployments and stage throttles apart and \
    raises no quota, since 500 new connections and 10,000 requests per second are for all APIs of an account and Region \
    together; to raise those, use one stack for each Region or account";

/// Declares the system, with the functions' code from there.
///
/// # Errors
/// When the stack's configuration is wrong, or the functions' code is not there.
pub async fn system(ctx: Context, code: &CodeSource) -> Result<(), BoxError> {
    rules::check(&ctx)?;
    let settings = Settings::read(&ctx)?;
    let architecture = settings.functions.architecture.target();
    if settings.gateway.endpoints > 1 {
        ctx.log().info(NO_QUOTA);
    }
    let builds = Builds::load(ctx.root_directory(), code, architecture)?;
    let tags = Tags::new(&ctx, &settings.tags);
    let name = format!("{}-{}", ctx.project(), ctx.stack());
    let stack = format!("{}/{}", ctx.project(), ctx.stack());
    let retention = settings.functions.log_retention_days;

    let registry = Registry::new(&ctx, &settings.registry, &tags);
    let identity = Identity::new(&ctx, &settings.identity, &tags);
    let guarded = settings.guarded().is_some();
    let gateway = Gateway::new(&ctx, settings.gateway.clone(), retention, guarded, &tags);
    let delivery = Delivery::new(&ctx, settings.delivery.clone(), &tags);
    let inlet = settings.uses(Function::Inlet).then(|| {
        let Settings { inlet, events, .. } = &settings;
        Inlet::new(&ctx, inlet.clone(), events, &identity, &tags)
    });
    let wiring = Wiring {
        stack: &stack,
        settings: &settings,
        registry: &registry,
        identity: &identity,
        gateway: &gateway,
        delivery: &delivery,
        inlet: inlet.as_ref(),
    };
    let functions = Functions::new(&ctx, &builds, &wiring, &tags)?;
    let served = gateway.route_to(&functions);
    let fanout = delivery.hand_to(functions.get(Function::Fanout));
    let inlet = inlet.map(|inlet| inlet.hand_to(functions.get(Function::Inlet)));
    if settings.uses(Function::Sweep) {
        presence::look_after(&ctx, functions.get(Function::Sweep), &tags);
    }
    let http = settings
        .http
        .enabled
        .then(|| Http::new(&ctx, &settings, &functions, &tags));
    let edge = settings
        .guarded()
        .map(|(edge, secrets)| Edge::new(&ctx, &name, edge, secrets, &served, retention, &tags));
    let watched = Watched {
        stack,
        name,
        functions: functions.names(),
        apis: served.api_ids(),
        stage: settings.gateway.stage().to_owned(),
        table: registry.table.clone(),
        region: registry.region.clone(),
        fanout: fanout.watched(),
        inlet: inlet.as_ref().map(WorkQueue::watched),
        namespaces: settings.namespaces.names().map(str::to_owned).collect(),
        ping_seconds: settings.gateway.ping_seconds,
        memory_mb: settings
            .used_functions()
            .map(|function| (function, settings.functions.memory_mb(function)))
            .collect(),
        prices: prices::of_traffic(settings.functions.architecture)?,
    };
    let observability = Observability::new(&ctx, &settings.observability, &watched, &tags);

    Outputs {
        served: &served,
        edge: edge.as_ref(),
        http: http.as_ref(),
        identity: &identity,
        fanout: &fanout,
        inlet: inlet.as_ref(),
        observability: &observability,
        region: &registry.region,
    }
    .export(&ctx);
    Ok(())
}
