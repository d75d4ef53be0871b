//! `aws:apigateway/account:Account`: the role with which API Gateway writes logs, one for the account and the Region.

use serde::Deserialize;
use serde_json::json;

use crate::cloud::{Cloud, Created, NewResource};
use crate::error::Refusal;
use crate::inputs::read;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    cloudwatch_role_arn: Option<String>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let Inputs {
        cloudwatch_role_arn,
    } = read(new.inputs, &[])?;
    if let Some(role) = &cloudwatch_role_arn
        && !cloud.roles.values().any(|arn| arn == role)
    {
        let problem = format!("BadRequestException: there is no role `{role}`");
        return Err(Refusal::value("cloudwatchRoleArn", problem));
    }
    cloud.logs_role = cloudwatch_role_arn.is_some();
    let limits = crate::limits::Limits::default();
    let computed = [
        (
            "cloudwatchRoleArn",
            json!(cloudwatch_role_arn.unwrap_or_default()),
        ),
        ("apiKeyVersion", json!("4")),
        ("features", json!(["UsagePlans"])),
        (
            "throttleSettings",
            json!([{
                "burstLimit": limits.requests_burst,
                "rateLimit": limits.requests_per_second,
            }]),
        ),
    ];
    Ok(Created::new(
        "api-gateway-account".to_owned(),
        new.inputs,
        computed,
    ))
}
