//! `aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration`. The log of a web ACL is not written here.

use serde::Deserialize;

use super::web_acl::{REGION, in_us_east_1};
use crate::cloud::{Cloud, Created, NewResource};
use crate::error::Refusal;
use crate::inputs::read;

const INERT: [&str; 2] = ["loggingFilter", "redactedFields"];
/// What the names of destinations must begin with, or AWS refuses them.
const PREFIX: &str = "aws-waf-logs-";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    resource_arn: String,
    log_destination_configs: Vec<String>,
    region: Option<String>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &INERT)?;
    in_us_east_1(cloud, inputs.region.as_deref(), "its web ACL")?;
    let acl = cloud.edge.web_acls.get(&inputs.resource_arn);
    let acl = acl.ok_or_else(|| {
        Refusal::value(
            "resourceArn",
            format!("there is no web ACL `{}`", inputs.resource_arn),
        )
    })?;
    let note = format!("web ACL {}: its log is not written", acl.name);
    let [destination] = &inputs.log_destination_configs[..] else {
        return Err(Refusal::value(
            "logDestinationConfigs",
            "a web ACL has exactly one",
        ));
    };
    let name = destination.rsplit([':', '/']).next().unwrap_or_default();
    if !name.starts_with(PREFIX) {
        return Err(Refusal::value(
            "logDestinationConfigs",
            format!(
                "WAFInvalidParameterException: `{destination}`: its name must begin with {PREFIX}"
            ),
        ));
    }
    if destination.contains(":logs:") && destination.split(':').nth(3) != Some(REGION) {
        return Err(Refusal::value(
            "logDestinationConfigs",
            format!("`{destination}` must be in {REGION}, where its web ACL is"),
        ));
    }
    cloud.note(&note);
    Ok(Created::new(inputs.resource_arn, new.inputs, []))
}
