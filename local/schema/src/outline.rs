//! What a resource gives once it is there.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::spec::PropertySpec;
use super::{Misfit, Schema, defaults};

/// The outputs of a resource, as far as the schema tells them.
#[derive(Debug)]
pub struct Outline<'a> {
    /// All of them.
    pub outputs: BTreeSet<&'a str>,
    /// Those that are secrets.
    pub secret: BTreeSet<&'a str>,
    token: String,
    /// Those that are always there, with what is in them where nothing else is said.
    always: Vec<(&'a str, Value)>,
}

impl<'a> Schema<'a> {
    /// The outputs of a resource.
    ///
    /// # Errors
    ///
    /// When there is no such type.
    pub fn outline(&self, type_token: &str) -> Result<Outline<'a>, Misfit> {
        let spec = self.resource(type_token)?;
        let secret = spec.properties.iter().filter(|(_, output)| output.secret);
        let always = spec.required.iter().filter_map(|name| {
            let output = spec.properties.get(name)?;
            Some((*name, empty(output)))
        });
        Ok(Outline {
            outputs: spec.properties.keys().copied().collect(),
            secret: secret.map(|(name, _)| *name).collect(),
            token: type_token.to_owned(),
            always: always.collect(),
        })
    }
}

impl Outline<'_> {
    /// Fills in the outputs that every resource of the type has, and that nobody has said anything of.
    pub fn complete(&self, outputs: &mut Map<String, Value>, region: &str) {
        defaults::apply(&self.token, outputs);
        defaults::answer(&self.token, outputs);
        for (name, empty) in &self.always {
            if outputs.contains_key(*name) {
                continue;
            }
            let value = match *name {
                "region" => json!(region),
                "tagsAll" => outputs.get("tags").unwrap_or(empty).clone(),
                _ => empty.clone(),
            };
            outputs.insert((*name).to_owned(), value);
        }
    }
}

/// What a property is where there is nothing in it, as Terraform's state has it.
fn empty(spec: &PropertySpec<'_>) -> Value {
    match spec.kind {
        Some("string") => json!(""),
        Some("boolean") => json!(false),
        Some("integer" | "number") => json!(0),
        Some("array") => json!([]),
        _ => json!({}),
    }
}
