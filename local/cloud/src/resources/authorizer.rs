//! `aws:apigatewayv2/authorizer:Authorizer`, of the REQUEST kind.

use serde::Deserialize;
use serde_json::json;

use super::function::{Named, from_invoke_arn};
use crate::cloud::{Cloud, Created, NewResource, name_or_auto};
use crate::error::Refusal;
use crate::ids::base36;
use crate::inputs::read;
use crate::system::{Authorizer, IdentitySource};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    name: Option<String>,
    api_id: String,
    authorizer_type: String,
    authorizer_uri: String,
    #[serde(default)]
    identity_sources: Vec<String>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    if cloud.is_of_http_api(new) {
        return Err(Refusal::value(
            "apiId",
            "authorizers of HTTP APIs (JWT and REQUEST) are not emulated",
        ));
    }
    let inputs: Inputs = read(new.inputs, &[])?;
    if inputs.authorizer_type != "REQUEST" {
        return Err(Refusal::value(
            "authorizerType",
            "must be REQUEST: a WebSocket API takes no JWT authorizer",
        ));
    }
    let id = base36(new.urn, "authorizer", 6);
    let function = from_invoke_arn("authorizerUri", &inputs.authorizer_uri)?;
    let authorizer = Authorizer {
        function: Named::read(cloud, "authorizerUri", &function)?.target(),
        identity_sources: inputs
            .identity_sources
            .iter()
            .map(|source| identity_source(source))
            .collect::<Result<_, _>>()?,
        permitted: false,
        arn_suffix: format!("authorizers/{id}"),
    };
    cloud
        .api(&inputs.api_id)?
        .authorizers
        .insert(id.clone(), authorizer);
    let name = name_or_auto(inputs.name, new);
    Ok(Created::new(id, new.inputs, [("name", json!(name))]))
}

fn identity_source(text: &str) -> Result<IdentitySource, Refusal> {
    let header = text
        .strip_prefix("route.request.header.")
        .map(|name| IdentitySource::Header(name.to_owned()));
    let query = || {
        text.strip_prefix("route.request.querystring.")
            .map(|name| IdentitySource::Query(name.to_owned()))
    };
    header.or_else(query).ok_or_else(|| {
        let problem = format!(
            "`{text}`: emulated are route.request.header.NAME and route.request.querystring.NAME"
        );
        Refusal::value("identitySources", problem)
    })
}
