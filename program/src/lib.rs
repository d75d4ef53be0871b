//! The Pulumi program: the only description of the system. Each component is a file; here they are put together.

mod builds;
mod functions;
mod gateway;
mod identity;
mod policy;
mod registry;
mod settings;
mod tags;

use pulumi::{BoxError, Context};
use tidegate_contract::architecture::Architecture;

pub use crate::builds::CodeSource;

use crate::builds::Builds;
use crate::functions::Functions;
use crate::gateway::Gateway;
use crate::identity::Identity;
use crate::registry::Registry;
use crate::settings::Settings;
use crate::tags::Tags;

/// What the functions run on.
const ARCHITECTURE: Architecture = Architecture::Arm64;

/// Declares the system, with the functions' code from there.
///
/// # Errors
/// When the stack's configuration is wrong, or the functions' code is not there.
pub async fn system(ctx: Context, code: &CodeSource) -> Result<(), BoxError> {
    let settings = Settings::read(&ctx)?;
    let builds = Builds::load(ctx.root_directory(), code, ARCHITECTURE)?;

    let tags = Tags::new(&ctx, &settings.tags);
    let registry = Registry::new(&ctx, &settings.registry, &tags);
    let identity = Identity::new(&ctx, &settings.identity, &tags);
    let gateway = Gateway::new(&ctx, settings.gateway.clone(), &tags);
    let functions = Functions::new(
        &ctx, &builds, &settings, &registry, &identity, &gateway, &tags,
    )?;
    let gateway = gateway.route_to(&functions);

    ctx.export("websocketUrl", &gateway.websocket_url);
    ctx.export("managementUrl", &gateway.management_url);
    ctx.export("issuer", &identity.issuer);
    ctx.export("clientId", &identity.client_id);
    Ok(())
}
