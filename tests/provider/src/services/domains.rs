//! API Gateway v2: domain names, and which stage of which API answers there.

use serde_json::{Value, json};

use super::acm;
use super::apigatewayv2::{
    IN_API, STAGE, bad_request, children, conflict, is_websocket, not_found,
};
use super::kind::{Kind, Made, Making, Parent, Proposal, Refusal};
use crate::cloud::Cloud;

pub(super) const DOMAIN_NAME: &str = "aws:apigatewayv2/domainName:DomainName";
const API_MAPPING: &str = "aws:apigatewayv2/apiMapping:ApiMapping";

/// Where the names of Regional domain names are in Route 53: one of many, a zone for each Region.
const ZONE: &str = "Z2OJLYMUO9EFXC";

pub(super) const KINDS: &[Kind] = &[
    Kind {
        token: DOMAIN_NAME,
        noun: "API Gateway v2 Domain Name",
        children: &[(API_MAPPING, "domainName")],
        allow: allow_domain_name,
        make: make_domain_name,
        ..Kind::PLAIN
    },
    Kind {
        token: API_MAPPING,
        noun: "API Gateway v2 API Mapping",
        within: &["domainName"],
        parents: &[
            IN_API,
            Parent {
                property: "domainName",
                token: DOMAIN_NAME,
                is: |domain, named| domain.id == named,
                missing: |name| not_found("domain name", name),
            },
        ],
        allow: allow_mapping,
        make: |making| Made::new(making.ids.base36("mapping", 6), []),
        ..Kind::PLAIN
    },
];

fn allow_domain_name(proposal: &Proposal<'_>) -> Result<(), Refusal> {
    if proposal.taken(DOMAIN_NAME, "domainName") {
        return Err(bad_request("The domain name you provided already exists."));
    }
    let configuration = proposal.inputs.get("domainNameConfiguration");
    let arn = configuration.and_then(|it| it.get("certificateArn")?.as_str());
    let arn = arn.unwrap_or_default();
    acm::issued(proposal.cloud, arn, &[proposal.text("domainName")])
        .map_err(|fault| bad_request(format!("The certificate {arn} {fault}")))
}

fn make_domain_name(making: &Making<'_>) -> Made {
    let (name, region) = (making.text("domainName"), making.region);
    let target = format!(
        "d-{}.execute-api.{region}.amazonaws.com",
        making.ids.base36("domain", 10)
    );
    let mut configuration = making.or("domainNameConfiguration", json!({}));
    for (property, value) in [
        ("hostedZoneId", json!(ZONE)),
        ("targetDomainName", json!(target)),
        ("ipAddressType", json!("ipv4")),
    ] {
        if configuration.get(property).is_none_or(Value::is_null) {
            configuration[property] = value;
        }
    }
    let arn = format!("arn:aws:apigateway:{region}::/domainnames/{name}");
    Made::new(
        name,
        [
            ("apiMappingSelectionExpression", json!("$request.basepath")),
            ("arn", json!(arn)),
            ("domainNameConfiguration", configuration),
            (
                "routingMode",
                making.or("routingMode", json!("API_MAPPING_ONLY")),
            ),
        ],
    )
}

fn allow_mapping(proposal: &Proposal<'_>) -> Result<(), Refusal> {
    let (api, stage) = (proposal.text("apiId"), proposal.text("stage"));
    if !children(proposal.cloud, STAGE, api).any(|record| record.id == stage) {
        return Err(bad_request(format!(
            "Invalid stage identifier specified {stage}"
        )));
    }
    let (domain, key) = (proposal.text("domainName"), proposal.text("apiMappingKey"));
    let beside = || {
        let others = proposal.others(API_MAPPING);
        others.filter(move |other| other.text("domainName") == domain)
    };
    if beside().any(|other| other.text("apiMappingKey") == key) {
        return Err(conflict(
            "ApiMapping key already exists for this domain name",
        ));
    }
    let websocket = |api: &str| is_websocket(proposal.cloud, api);
    if beside().any(|other| websocket(other.text("apiId")) != websocket(api)) {
        return Err(bad_request(
            "Only WebSocket APIs can be mapped to a domain name that has a WebSocket API, and only HTTP and REST APIs to \
             any other",
        ));
    }
    Ok(())
}

/// Whether no domain name leads to an API, or to a stage of it.
pub(super) fn unmapped(cloud: &Cloud, api: &str, stage: Option<&str>) -> Result<(), Refusal> {
    let mut mappings = children(cloud, API_MAPPING, api);
    let leads = mappings.find(|mapping| stage.is_none_or(|stage| mapping.text("stage") == stage));
    let Some(mapping) = leads else {
        return Ok(());
    };
    let what = if stage.is_some() { "stage" } else { "API" };
    Err(bad_request(format!(
        "Deleting {what} failed. Please remove all base path mappings related to the {what} in your domains: {}",
        mapping.text("domainName")
    )))
}
