//! `ping`: answered by the gateway itself, so that keeping a connection alive costs no function.

use pulumi::{Component, Output};
use pulumi_aws::apigatewayv2::{Api, Integration, IntegrationResponse};

use super::deployment::Deployed;

/// The only template of a MOCK, in the two ways in which API Gateway wants to be told so.
const TEMPLATE: &str = "$default";
const TEMPLATE_SELECTION: &str = "\\$default";
const REQUEST: &str = r#"{"statusCode":200}"#;
const RESPONSE: &str = r#"{"type":"pong","at":$context.requestTimeEpoch}"#;

/// The integration that answers.
pub(super) fn integration(
    component: &Component,
    api: &Api,
    suffix: &str,
    deployed: &mut Deployed,
) -> Output<String> {
    let integration = Integration::builder(format!("ping{suffix}"))
        .api_id(&api.id)
        .integration_type("MOCK")
        .passthrough_behavior("WHEN_NO_MATCH")
        .template_selection_expression(TEMPLATE_SELECTION)
        .request_templates([(TEMPLATE, REQUEST)]);
    let integration = deployed.add(integration, |it| it.create(component));
    let response = IntegrationResponse::builder(format!("ping{suffix}"))
        .api_id(&api.id)
        .integration_id(&integration.id)
        .integration_response_key("/200/")
        .template_selection_expression(TEMPLATE_SELECTION)
        .response_templates([(TEMPLATE, RESPONSE)]);
    deployed.add(response, |it| it.create(component));
    integration.id
}
