//! `aws:route53/record:Record`, of the simple kind.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::cloud::{Cloud, Created, NewResource};
use crate::error::Refusal;
use crate::inputs::read;

const TYPES: [&str; 7] = ["A", "AAAA", "CAA", "CNAME", "HTTPS", "MX", "TXT"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    zone_id: String,
    #[serde(default)]
    records: Vec<String>,
    ttl: Option<u64>,
    #[serde(default)]
    aliases: Vec<Value>,
    #[serde(default)]
    allow_overwrite: bool,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &[])?;
    if !TYPES.contains(&inputs.kind.as_str()) {
        return Err(Refusal::value(
            "type",
            format!("`{}` is none of {}", inputs.kind, TYPES.join(", ")),
        ));
    }
    match (inputs.records.is_empty(), inputs.aliases.len(), inputs.ttl) {
        (false, 0, Some(_)) | (true, 1, None) => {}
        (false, 0, None) => return Err(Refusal::value("ttl", "records need one, in seconds")),
        (true, 1, Some(_)) => {
            return Err(Refusal::value(
                "ttl",
                "an alias has that of what it leads to",
            ));
        }
        _ => {
            return Err(Refusal::value(
                "records",
                "there must be either records or one alias",
            ));
        }
    }
    let fqdn = inputs.name.trim_end_matches('.').to_owned();
    cloud.note("DNS: names of the stack lead nowhere here, so use the addresses of this machine");
    let first = cloud
        .names
        .records
        .insert((fqdn.clone(), inputs.kind.clone()));
    if !first && !inputs.allow_overwrite {
        return Err(Refusal::Order(format!(
            "InvalidChangeBatch: there is a record {fqdn} of type {} already",
            inputs.kind
        )));
    }
    let id = format!("{}_{fqdn}_{}", inputs.zone_id, inputs.kind);
    Ok(Created::new(id, new.inputs, [("fqdn", json!(fqdn))]))
}
