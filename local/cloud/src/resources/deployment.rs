//! `aws:apigatewayv2/deployment:Deployment`: the API as it is now. What is registered later is not in it.

use serde::Deserialize;

use super::api::{Api, IntegrationDraft, RouteDraft};
use crate::cloud::{Cloud, Created, NewResource};
use crate::error::Refusal;
use crate::ids::base36;
use crate::inputs::read;
use crate::system::{Deployment, Integration, Route};

/// What changes the triggers makes a new deployment; their values mean nothing.
const INERT: [&str; 2] = ["description", "triggers"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    api_id: String,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &INERT)?;
    let api = cloud.api(&inputs.api_id)?;
    if api.routes.is_empty() {
        let problem = "BadRequestException: At least one route is required before deploying the Api. Let the deployment \
                       depend on its routes";
        return Err(Refusal::Order(problem.to_owned()));
    }
    let routes = api
        .routes
        .iter()
        .map(|(key, draft)| (key.clone(), route(api, key, draft)));
    let id = base36(new.urn, "deployment", 6);
    let deployment = Deployment {
        id: id.clone(),
        selection: api.selection.clone(),
        routes: routes.collect(),
    };
    api.deployments.insert(id.clone(), deployment);
    Ok(Created::new(id, new.inputs, []))
}

fn route(api: &Api, key: &str, draft: &RouteDraft) -> Route {
    let integration = draft
        .integration
        .as_ref()
        .and_then(|id| api.integrations.get(id));
    Route {
        key: key.to_owned(),
        authorizer: draft
            .authorizer
            .as_ref()
            .and_then(|id| api.authorizers.get(id))
            .cloned(),
        integration: integration.map(integrate),
        two_way: draft.wants_response && draft.has_response,
    }
}

fn integrate(draft: &IntegrationDraft) -> Integration {
    match &draft.kind {
        Integration::Mock { status, .. } => {
            // The key of a response is a pattern such as `/200/` or `/2\d\d/`, or `$default`.
            let digits = status.to_string();
            let matches = |key: &str| {
                let pattern = key.trim_matches('/');
                pattern.len() >= 3
                    && pattern.replace("\\d", "0").len() == 3
                    && pattern.starts_with(&digits[..1])
            };
            let response = draft
                .responses
                .iter()
                .find(|(key, _)| matches(key))
                .map(|(_, template)| template);
            let response = response.or_else(|| draft.responses.get("$default"));
            Integration::Mock {
                status: *status,
                response: response.cloned(),
            }
        }
        function @ Integration::Function { .. } => function.clone(),
    }
}
