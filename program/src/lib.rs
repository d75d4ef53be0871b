//! The Pulumi program: the only description of the system. Each component is a file; here they are put together.

mod builds;
mod delivery;
mod functions;
mod gateway;
mod identity;
mod policy;
mod registry;
mod settings;
mod tags;

use std::path::Path;

use pulumi::{BoxError, Context};

use crate::builds::Builds;
use crate::delivery::Delivery;
use crate::functions::{Functions, Needs};
use crate::gateway::Gateway;
use crate::identity::Identity;
use crate::registry::Registry;
use crate::settings::Settings;
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
    let gateway = Gateway::new(&ctx, settings.gateway.clone(), &tags);
    let delivery = Delivery::new(&ctx, &tags);
    let needs = Needs {
        registry: &registry,
        identity: &identity,
        gateway: &gateway,
        delivery: &delivery,
    };
    let functions = Functions::new(&ctx, &builds, &settings, &needs, &tags)?;
    let gateway = gateway.route_to(&functions);
    delivery.read_by(&functions);

    ctx.export("websocketUrl", &gateway.websocket_url);
    ctx.export("managementUrl", &gateway.management_url);
    ctx.export("issuer", &identity.issuer);
    ctx.export("clientId", &identity.client_id);
    Ok(())
}
