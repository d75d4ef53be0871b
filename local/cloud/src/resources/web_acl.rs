//! `aws:wafv2/webAcl:WebAcl`, for CloudFront.

mod rules;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::cloud::{Cloud, Created, NewResource, name_or_auto};
use crate::error::Refusal;
use crate::ids::base36;
use crate::inputs::read;
use crate::system::WebAcl;

/// Where web ACLs for CloudFront are, whatever Region the stack is in.
pub(crate) const REGION: &str = "us-east-1";
/// Metrics and samples of requests are not kept here.
const INERT: [&str; 3] = ["description", "tags", "visibilityConfig"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    name: Option<String>,
    scope: String,
    region: Option<String>,
    default_action: DefaultAction,
    rule_json: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DefaultAction {
    allow: Option<Map<String, Value>>,
    block: Option<Map<String, Value>>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &INERT)?;
    if inputs.scope != "CLOUDFRONT" {
        return Err(Refusal::value(
            "scope",
            "must be CLOUDFRONT: neither WebSocket nor HTTP APIs can have a regional web ACL",
        ));
    }
    in_us_east_1(cloud, inputs.region.as_deref(), "a web ACL for CloudFront")?;
    let blocks_by_default = match (&inputs.default_action.allow, &inputs.default_action.block) {
        (Some(custom), None) | (None, Some(custom)) if !custom.is_empty() => {
            return Err(Refusal::value(
                "defaultAction",
                "custom requests and responses are not emulated",
            ));
        }
        (Some(_), None) => false,
        (None, Some(_)) => true,
        _ => {
            return Err(Refusal::value(
                "defaultAction",
                "must be either allow or block",
            ));
        }
    };
    let name = name_or_auto(inputs.name, new);
    let rules::Rules {
        evaluated,
        capacity,
        notes,
    } = rules::parse(inputs.rule_json.as_deref().unwrap_or("[]"))?;
    for note in notes {
        cloud.note(&format!("web ACL {name}: {note}"));
    }
    let id = base36(new.urn, "web-acl", 32);
    let arn = cloud.arn_in(Some(REGION), "wafv2", &format!("global/webacl/{name}/{id}"));
    cloud.edge.web_acls.insert(
        arn.clone(),
        WebAcl {
            name: name.clone(),
            blocks_by_default,
            rules: evaluated,
        },
    );
    let computed = [
        ("name", json!(name)),
        ("arn", json!(arn)),
        ("capacity", json!(capacity)),
        ("lockToken", json!(base36(new.urn, "lock", 32))),
    ];
    Ok(Created::new(id, new.inputs, computed))
}

/// That something which AWS keeps in us-east-1 is put there.
///
/// # Errors
/// Where it is instead.
pub(crate) fn in_us_east_1(cloud: &Cloud, region: Option<&str>, what: &str) -> Result<(), Refusal> {
    let region = region.unwrap_or(cloud.region());
    if region == REGION {
        return Ok(());
    }
    Err(Refusal::value(
        "region",
        format!("must be {REGION}, where {what} is, and not {region}"),
    ))
}
