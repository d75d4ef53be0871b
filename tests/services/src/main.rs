//! A Pulumi program of any size: a WebSocket API with as many services behind it as the configuration says, each with
//! its function, role, logs and table.
//!
//! It uses only the bindings, as any program does, and `tests/bench/typescript/index.ts` declares the very same
//! resources: the benchmarks have either preview what the other has made, and there must be nothing to change.

mod service;

use std::process::ExitCode;

use pulumi::prelude::*;
use pulumi_aws::apigatewayv2::{Api, Deployment, Stage, StageDefaultRouteSettings};
use pulumi_aws::cognito::{UserPool, UserPoolClient};

use crate::service::Service;

fn main() -> ExitCode {
    pulumi::run(program)
}

async fn program(ctx: Context) -> Result<(), BoxError> {
    let config = ctx.config();
    let count: u32 = config.require("count")?;
    let bootstrap: String = config.require("bootstrap")?;

    let pool = UserPool::builder("users").create(&ctx);
    let client = UserPoolClient::builder("client")
        .user_pool_id(&pool.id)
        .generate_secret(false)
        .create(&ctx);

    let gateway = Component::builder("services:index:Gateway", "gateway").create(&ctx);
    let api = Api::builder("sockets")
        .protocol_type("WEBSOCKET")
        .route_selection_expression("$request.body.action")
        .create(&gateway);
    let services: Vec<Service> = (0..count)
        .map(|index| Service::new(&ctx, &format!("service-{index}"), &bootstrap, &api))
        .collect();
    let routes: Vec<&dyn AsResource> = services
        .iter()
        .map(|service| &service.route as &dyn AsResource)
        .collect();
    let deployment = Deployment::builder("deployment")
        .api_id(&api.id)
        .depends_on(&routes)
        .create(&gateway);
    let stage = Stage::builder("stage")
        .api_id(&api.id)
        .name(ctx.stack())
        .deployment_id(&deployment.id)
        .default_route_settings(
            StageDefaultRouteSettings::builder()
                .throttling_rate_limit(2000.0)
                .throttling_burst_limit(1000)
                .build(),
        )
        .create(&gateway);

    ctx.export("url", &stage.invoke_url);
    ctx.export("clientId", &client.id);
    Ok(())
}
