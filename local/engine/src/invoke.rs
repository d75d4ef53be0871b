//! Functions of providers: those that only say where one is.

use std::collections::BTreeMap;

use pulumi::{FromValue, PropertyValue, wire};
use pulumi_gestalt_proto::pulumi::pulumirpc::{InvokeResponse, ResourceInvokeRequest};
use serde_json::{Map, Value};
use tidegate_local_cloud::Cloud;
use tidegate_local_schema::{functions, json};
use tonic::Status;

use crate::decode;
use crate::features::not_emulated;

/// What a function returns in this cloud.
pub(crate) fn answer(
    cloud: &Cloud,
    request: ResourceInvokeRequest,
) -> Result<InvokeResponse, Status> {
    let ResourceInvokeRequest { tok, args, .. } = request;
    let arguments = decode::properties(args, &format!("the arguments of `{tok}`"))?;
    let arguments: Map<String, Value> = arguments
        .into_iter()
        .filter_map(|(name, value)| Some((name, Value::from_value(value).ok()?)))
        .collect();
    let Some(answer) = functions::answer(&tok, &arguments, cloud.account(), cloud.region()) else {
        let known = functions::FUNCTIONS.join(", ");
        return Err(not_emulated(format_args!(
            "the function `{tok}` (only {known}): give the program what it asks for by config"
        )));
    };
    let answer: BTreeMap<String, PropertyValue> = answer
        .into_iter()
        .map(|(name, value)| (name, json::from_json(value)))
        .collect();
    let returned = wire::to_struct(&answer).map_err(|error| Status::internal(error.to_string()))?;
    Ok(InvokeResponse {
        r#return: Some(returned),
        failures: Vec::new(),
    })
}
