//! `aws:sns/topicPolicy:TopicPolicy`. Policies are not enforced here.

use serde::Deserialize;
use serde_json::json;

use crate::cloud::{Cloud, Created, NewResource};
use crate::error::Refusal;
use crate::inputs::read;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    arn: String,
    policy: String,
}

pub(crate) fn create(cloud: &Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let Inputs { arn, policy } = read(new.inputs, &[])?;
    super::topic::exists(cloud, "arn", &arn)?;
    super::role::policy("policy", &policy)?;
    let owner = json!(cloud.endpoints.account);
    Ok(Created::new(arn, new.inputs, [("owner", owner)]))
}
