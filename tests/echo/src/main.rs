//! The least Pulumi program that has a two-way route: one WebSocket API whose every frame goes to one function, and
//! whatever that answers goes back.
//!
//! The benchmarks measure the gateway with it, so its throttles never bind. There is no authorizer and no `$connect`:
//! what they cost is measured on the whole stack.

use std::process::ExitCode;

use pulumi::prelude::*;
use pulumi_aws::apigatewayv2::{
    Api, Deployment, Integration, Route, RouteResponse, Stage, StageDefaultRouteSettings,
};
use pulumi_aws::cloudwatch::LogGroup;
use pulumi_aws::iam::Role;
use pulumi_aws::lambda::{Function, FunctionLoggingConfig, Permission, Runtime};
use serde_json::json;
use tidegate_contract::manifest::{Executables, MANIFEST_VARIABLE};

/// The function's name, here and in the manifest of the builds.
const ECHO: &str = "echo";
const STAGE: &str = "bench";
/// More requests per second, and at once, than any machine sends to itself.
const UNBOUND: u32 = 100_000_000;
const TIMEOUT_S: i64 = 15;

fn main() -> ExitCode {
    pulumi::run(program)
}

async fn program(ctx: Context) -> Result<(), BoxError> {
    let api = Api::builder("sockets")
        .protocol_type("WEBSOCKET")
        .route_selection_expression("$request.body.action")
        .create(&ctx);
    let function = function(&ctx)?;
    let permission = Permission::builder(ECHO)
        .action("lambda:InvokeFunction")
        .function(&function.name)
        .principal("apigateway.amazonaws.com")
        .source_arn(interpolate!("{}/{}/$default", &api.execution_arn, STAGE))
        .create(&ctx);
    let integration = Integration::builder(ECHO)
        .api_id(&api.id)
        .integration_type("AWS_PROXY")
        .integration_method("POST")
        .integration_uri(&function.invoke_arn)
        .create(&ctx);
    let route = Route::builder("default")
        .api_id(&api.id)
        .route_key("$default")
        .authorization_type("NONE")
        .target(interpolate!("integrations/{}", &integration.id))
        .route_response_selection_expression("$default")
        .create(&ctx);
    let response = RouteResponse::builder("default")
        .api_id(&api.id)
        .route_id(&route.id)
        .route_response_key("$default")
        .create(&ctx);
    let deployment = Deployment::builder("deployment")
        .api_id(&api.id)
        .depends_on(&[&permission, &integration, &route, &response])
        .create(&ctx);
    let throttle = StageDefaultRouteSettings::builder()
        .throttling_rate_limit(f64::from(UNBOUND))
        .throttling_burst_limit(i64::from(UNBOUND))
        .build();
    let stage = Stage::builder(STAGE)
        .api_id(&api.id)
        .name(STAGE)
        .deployment_id(&deployment.id)
        .default_route_settings(throttle)
        .create(&ctx);
    ctx.export("websocketUrl", &stage.invoke_url);
    Ok(())
}

fn function(ctx: &Context) -> Result<Function, BoxError> {
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "lambda.amazonaws.com"},
        }],
    });
    let role = Role::builder(ECHO)
        .assume_role_policy(policy.to_string())
        .create(ctx);
    let logs = LogGroup::builder(ECHO).retention_in_days(1).create(ctx);
    let logging = FunctionLoggingConfig::builder()
        .log_format("Text")
        .log_group(&logs.name);
    Ok(Function::builder(ECHO)
        .role(&role.arn)
        .code(code()?)
        .runtime(Runtime::CustomAL2023)
        .handler("bootstrap")
        .timeout(TIMEOUT_S)
        .logging_config(logging.build())
        .create(ctx))
}

/// The function's executable, from the manifest of the builds.
fn code() -> Result<Archive, BoxError> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the edge of the program: read once, here"
    )]
    let path = std::env::var_os(MANIFEST_VARIABLE).ok_or_else(|| {
        format!("{MANIFEST_VARIABLE} is not set: the benchmarks run this program")
    })?;
    let manifest: Executables = serde_json::from_slice(&std::fs::read(path)?)?;
    let build = manifest.functions.get(ECHO);
    let build =
        build.ok_or_else(|| format!("the manifest of the builds has no function `{ECHO}`"))?;
    let bootstrap = Asset::file(build.bootstrap.to_string_lossy());
    Ok(Archive::assets([("bootstrap", bootstrap)]))
}
