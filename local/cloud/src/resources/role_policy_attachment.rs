//! `aws:iam/rolePolicyAttachment:RolePolicyAttachment`. Policies are not enforced here.

use serde::Deserialize;

use crate::cloud::{Cloud, Created, NewResource};
use crate::error::Refusal;
use crate::inputs::read;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    role: String,
    policy_arn: String,
}

pub(crate) fn create(cloud: &Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let Inputs { role, policy_arn } = read(new.inputs, &[])?;
    if !cloud.roles.contains_key(&role) {
        let problem = format!("NoSuchEntity: there is no role `{role}`");
        return Err(Refusal::value("role", problem));
    }
    let is_policy = policy_arn.starts_with("arn:aws:iam::") && policy_arn.contains(":policy/");
    if !is_policy {
        let problem = format!("`{policy_arn}` is not the ARN of a policy");
        return Err(Refusal::value("policyArn", problem));
    }
    Ok(Created::new(format!("{role}/{policy_arn}"), new.inputs, []))
}
