//! The inputs of a resource, read as a type.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::Refusal;

/// Reads the inputs. `T` names what is emulated and denies all else; `inert` names what AWS would act upon in a way
/// that nothing on this machine could notice (tags, encryption at rest, backups): it is kept and has no effect.
pub(crate) fn read<T: DeserializeOwned>(
    inputs: &Map<String, Value>,
    inert: &[&str],
) -> Result<T, Refusal> {
    let emulated: Map<String, Value> = inputs
        .iter()
        .filter(|(name, _)| !inert.contains(&name.as_str()))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    serde_json::from_value(Value::Object(emulated)).map_err(|error| {
        let text = error.to_string();
        let unknown = text
            .strip_prefix("unknown field `")
            .and_then(|rest| rest.split_once('`'));
        match unknown {
            Some((property, _)) => Refusal::Property {
                property: property.to_owned(),
            },
            None => Refusal::value("inputs", text),
        }
    })
}
