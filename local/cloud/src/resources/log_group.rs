//! `aws:cloudwatch/logGroup:LogGroup`. Log lines of functions are shown and not kept.

use serde::Deserialize;
use serde_json::json;

use crate::cloud::{Cloud, Created, NewResource, name_or_auto};
use crate::error::Refusal;
use crate::inputs::read;

const INERT: [&str; 4] = ["logGroupClass", "retentionInDays", "skipDestroy", "tags"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    name: Option<String>,
    region: Option<String>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &INERT)?;
    let name = name_or_auto(inputs.name, new);
    let region = inputs.region.as_deref();
    let arn = cloud.arn_in(region, "logs", &format!("log-group:{name}"));
    Ok(Created::new(
        name.clone(),
        new.inputs,
        [("name", json!(name)), ("arn", json!(arn))],
    ))
}
