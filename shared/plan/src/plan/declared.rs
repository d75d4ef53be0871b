//! What `tidegate plan --json` writes: every resource that the program declares, with nothing that was there before.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Operation, Plan, ReadError, Resource, State};
use crate::property::Property;

#[derive(Deserialize)]
struct Document {
    resources: Vec<Entry>,
    #[serde(default)]
    outputs: Map<String, Value>,
    #[serde(default)]
    region: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    urn: String,
    #[serde(rename = "type")]
    type_token: String,
    name: String,
    custom: bool,
    #[serde(default)]
    parent: Option<String>,
    #[serde(default)]
    inputs: Map<String, Value>,
    #[serde(default)]
    dependencies: BTreeSet<String>,
    #[serde(default)]
    property_dependencies: BTreeMap<String, BTreeSet<String>>,
    #[serde(default)]
    protect: bool,
}

pub(super) fn read(document: Value) -> Result<Plan, ReadError> {
    let document: Document =
        serde_json::from_value(document).map_err(|source| ReadError::Shape {
            writer: "tidegate plan --json",
            source,
        })?;
    let outputs = document.outputs.into_iter();
    let plan = Plan {
        region: document.region,
        resources: document.resources.into_iter().map(resource).collect(),
        outputs: outputs
            .map(|(name, value)| (name, Property::read(value)))
            .collect(),
        ..Plan::default()
    };
    Ok(plan.named())
}

fn resource(entry: Entry) -> Resource {
    Resource {
        urn: entry.urn,
        type_token: entry.type_token,
        name: entry.name,
        custom: entry.custom,
        operation: Operation::Create,
        before: None,
        after: Some(State {
            inputs: Property::read(Value::Object(entry.inputs)),
            parent: entry.parent,
            dependencies: entry.dependencies,
            property_dependencies: entry.property_dependencies,
            protect: entry.protect,
            provider: None,
        }),
        changes: Vec::new(),
    }
}
