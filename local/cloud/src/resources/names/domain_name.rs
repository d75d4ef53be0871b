//! `aws:apigatewayv2/domainName:DomainName`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::certificate;
use crate::cloud::{Cloud, Created, NewResource};
use crate::error::Refusal;
use crate::ids::base36;
use crate::inputs::read;

const INERT: [&str; 1] = ["tags"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    domain_name: String,
    domain_name_configuration: Configuration,
    routing_mode: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Configuration {
    certificate_arn: String,
    endpoint_type: String,
    security_policy: String,
    #[serde(default = "ipv4")]
    ip_address_type: String,
}

fn ipv4() -> String {
    "ipv4".to_owned()
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &INERT)?;
    let configuration = inputs.domain_name_configuration;
    if configuration.endpoint_type != "REGIONAL" {
        return Err(Refusal::value(
            "domainNameConfiguration.endpointType",
            "must be REGIONAL: there is no other for these APIs",
        ));
    }
    if configuration.security_policy != "TLS_1_2" {
        return Err(Refusal::value(
            "domainNameConfiguration.securityPolicy",
            "must be TLS_1_2, the only one that WebSocket APIs take",
        ));
    }
    if inputs
        .routing_mode
        .as_deref()
        .is_some_and(|mode| mode != "API_MAPPING_ONLY")
    {
        return Err(Refusal::value(
            "routingMode",
            "only API_MAPPING_ONLY is emulated",
        ));
    }
    let region = cloud.endpoints.region.clone();
    certificate::usable(
        cloud,
        "domainNameConfiguration.certificateArn",
        &configuration.certificate_arn,
        &region,
        "a Regional domain",
    )?;
    let name = inputs.domain_name;
    cloud.note(&format!(
        "the domain {name}: clients and callbacks use the addresses of this machine"
    ));
    if cloud
        .names
        .domains
        .insert(name.clone(), BTreeSet::new())
        .is_some()
    {
        return Err(Refusal::value(
            "domainName",
            "ConflictException: there is a domain of this name already",
        ));
    }
    let target = format!(
        "d-{}.execute-api.{region}.amazonaws.com",
        base36(new.urn, "target", 10)
    );
    let mut described = json!(configuration);
    described["targetDomainName"] = target.into();
    described["hostedZoneId"] =
        format!("Z{}", base36(&region, "zone", 13).to_ascii_uppercase()).into();
    let computed = [
        (
            "arn",
            json!(format!("arn:aws:apigateway:{region}::/domainnames/{name}")),
        ),
        ("apiMappingSelectionExpression", json!("$request.basepath")),
        ("domainNameConfiguration", described),
    ];
    Ok(Created::new(name, new.inputs, computed))
}
