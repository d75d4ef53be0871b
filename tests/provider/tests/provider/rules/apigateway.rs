//! API Gateway: routes, what they use, and what uses them.

use serde_json::{Value, json};

use super::says;
use crate::support::*;

async fn authorizer(engine: &Engine, api: &Resource) -> Resource {
    let inputs =
        json!({"apiId": api.id, "authorizerType": "REQUEST", "authorizerUri": "arn:aws:x"});
    engine.create(AUTHORIZER, "authorizer", inputs).await
}

fn connect(api: &Resource, authorizer: &str) -> Value {
    json!({
        "apiId": api.id,
        "routeKey": "$connect",
        "authorizationType": "CUSTOM",
        "authorizerId": authorizer,
    })
}

#[tokio::test]
async fn nothing_can_be_in_an_api_that_is_not_there() {
    let engine = Engine::start().await;
    let inputs = json!({"apiId": "nowhere", "integrationType": "MOCK"});
    let made = engine.try_create(INTEGRATION, "mock", inputs).await;
    says(
        made,
        "NotFoundException: Invalid API identifier specified 000000000000:nowhere",
    );
}

#[tokio::test]
async fn what_is_in_an_api_has_to_go_before_it() {
    let engine = Engine::start().await;
    let api = engine.api().await;
    let mock = engine.mock(&api).await;
    engine.delete(&api).await.unwrap();
    assert_eq!(
        engine.state()["resources"],
        json!({}),
        "it takes everything along"
    );
    says(
        engine.delete(&mock).await,
        "NotFoundException: Invalid API identifier",
    );
}

#[tokio::test]
async fn an_authorizer_in_use_stays() {
    let engine = Engine::start().await;
    let api = engine.api().await;
    let authorizer = authorizer(&engine, &api).await;
    let route = engine
        .create(ROUTE, "connect", connect(&api, &authorizer.id))
        .await;
    says(
        engine.delete(&authorizer).await,
        "ConflictException: Cannot delete authorizer",
    );
    engine.delete(&route).await.unwrap();
    engine.delete(&authorizer).await.unwrap();
}

#[tokio::test]
async fn an_integration_in_use_stays() {
    let engine = Engine::start().await;
    let api = engine.api().await;
    let mock = engine.mock(&api).await;
    let route = engine.route(&api, "ping", &mock).await;
    says(
        engine.delete(&mock).await,
        "ConflictException: Cannot delete Integration",
    );
    engine.delete(&route).await.unwrap();
    engine.delete(&mock).await.unwrap();
}

#[tokio::test]
async fn a_route_needs_its_target_and_its_authorizer() {
    let engine = Engine::start().await;
    let api = engine.api().await;
    let inputs = json!({"apiId": api.id, "routeKey": "ping", "target": "integrations/nothing"});
    let made = engine.try_create(ROUTE, "ping", inputs).await;
    says(made, "NotFoundException: Invalid Integration identifier");
    let made = engine
        .try_create(ROUTE, "connect", connect(&api, "nobody"))
        .await;
    says(made, "NotFoundException: Invalid Authorizer identifier");
}

#[tokio::test]
async fn only_connect_has_an_authorizer() {
    let engine = Engine::start().await;
    let api = engine.api().await;
    let authorizer = authorizer(&engine, &api).await;
    let mut inputs = connect(&api, &authorizer.id);
    inputs["routeKey"] = json!("message");
    let made = engine.try_create(ROUTE, "message", inputs).await;
    says(
        made,
        "authorizationType must be NONE: only `$connect` can be restricted",
    );
}

#[tokio::test]
async fn a_route_key_is_there_once() {
    let engine = Engine::start().await;
    let api = engine.api().await;
    let mock = engine.mock(&api).await;
    engine.route(&api, "ping", &mock).await;
    let inputs = json!({"apiId": api.id, "routeKey": "ping"});
    let made = engine.try_create(ROUTE, "again", inputs).await;
    says(
        made,
        "ConflictException: Route with key ping already exists for this API",
    );
}

#[tokio::test]
async fn a_route_response_needs_its_route() {
    let engine = Engine::start().await;
    let api = engine.api().await;
    let inputs = json!({"apiId": api.id, "routeId": "none", "routeResponseKey": "$default"});
    let made = engine.try_create(ROUTE_RESPONSE, "r", inputs).await;
    says(made, "NotFoundException: Invalid Route identifier");
}

#[tokio::test]
async fn a_deployment_needs_a_route() {
    let engine = Engine::start().await;
    let api = engine.api().await;
    let made = engine
        .try_create(DEPLOYMENT, "d", json!({"apiId": api.id}))
        .await;
    says(
        made,
        "BadRequestException: At least one route is required before deploying the Api.",
    );
}

#[tokio::test]
async fn a_deployment_that_a_stage_points_at_stays() {
    let engine = Engine::start().await;
    let api = engine.api().await;
    let mock = engine.mock(&api).await;
    engine.route(&api, "ping", &mock).await;
    let first = engine
        .create(DEPLOYMENT, "d", json!({"apiId": api.id}))
        .await;
    let second = engine
        .create(DEPLOYMENT, "d", json!({"apiId": api.id}))
        .await;
    let on = |deployment: &Resource| json!({"apiId": api.id, "name": "dev", "deploymentId": deployment.id});
    let stage = engine.create(STAGE, "stage", on(&first)).await;
    says(
        engine.delete(&first).await,
        "Active stages pointing to this deployment must be moved or deleted",
    );
    engine.update(&stage, on(&second)).await.unwrap();
    engine.delete(&first).await.unwrap();
}

#[tokio::test]
async fn a_stage_needs_its_deployment_and_a_name_of_its_own() {
    let engine = Engine::start().await;
    let api = engine.api().await;
    let inputs = json!({"apiId": api.id, "name": "dev", "deploymentId": "none"});
    let made = engine.try_create(STAGE, "stage", inputs).await;
    says(
        made,
        "BadRequestException: Invalid Deployment identifier specified",
    );
    let inputs = json!({"apiId": api.id, "name": "dev"});
    engine.create(STAGE, "stage", inputs.clone()).await;
    says(
        engine.try_create(STAGE, "again", inputs).await,
        "ConflictException: Stage already exists",
    );
}

#[tokio::test]
async fn logs_need_the_role_of_the_account() {
    let engine = Engine::start().await;
    let api = engine.api().await;
    let settings =
        json!({"loggingLevel": "INFO", "throttlingRateLimit": 1, "throttlingBurstLimit": 1});
    let inputs = json!({"apiId": api.id, "name": "dev", "defaultRouteSettings": settings});
    let made = engine.try_create(STAGE, "stage", inputs.clone()).await;
    says(
        made,
        "CloudWatch Logs role ARN must be set in account settings to enable logging",
    );
    let account = "aws:apigateway/account:Account";
    let trust = json!({"assumeRolePolicy": TRUST.replace("lambda", "apigateway")});
    let role = engine.create(ROLE, "logs", trust).await;
    let settings = json!({"cloudwatchRoleArn": role.outputs["arn"]});
    says(
        engine
            .try_create(account, "account", settings.clone())
            .await,
        "The role ARN does not have required permissions configured.",
    );
    let push = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs";
    let attachment = json!({"role": role.id, "policyArn": push});
    engine.create(ATTACHMENT, "logs", attachment).await;
    engine.create(account, "account", settings).await;
    engine.create(STAGE, "stage", inputs).await;
}

#[tokio::test]
async fn an_integration_of_a_websocket_has_its_own_longest_wait() {
    let engine = Engine::start().await;
    let api = engine.api().await;
    let inputs = json!({"apiId": api.id, "integrationType": "MOCK", "timeoutMilliseconds": 30_000});
    let made = engine.try_create(INTEGRATION, "slow", inputs).await;
    says(made, "timeoutMilliseconds must be at most 29000");
}
