//! What a provider's schema says of its resources: how inputs are checked, which changes replace, what is a secret.
//!
//! Both that stand in for a provider use it: the embedded engine, and the provider of the tests.
//!
//! The schema is almost a megabyte, of which a program needs a few percent. So only its outline is read at once: each
//! resource and each type stays the text that it is until one of them is used.

mod check;
pub mod defaults;
pub mod functions;
pub mod json;
mod outline;
pub mod outputs;
mod problem;
mod replace;
mod spec;
mod suggest;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

use pulumi::PropertyValue;
use serde::Deserialize;
use serde_json::value::RawValue;

pub use outline::Outline;
pub use problem::{Problem, ProblemKind};
use spec::{ResourceSpec, TypeSpec};

/// The schema of the AWS provider that the bindings are generated from.
static AWS: LazyLock<Result<Schema<'static>, String>> = LazyLock::new(|| {
    serde_json::from_str(pulumi_aws::SCHEMA)
        .map_err(|error| format!("the schema of the aws provider cannot be read: {error}"))
});

/// The schema of the AWS provider.
///
/// # Errors
///
/// When it cannot be read.
pub fn aws() -> Result<&'static Schema<'static>, String> {
    AWS.as_ref().map_err(Clone::clone)
}

/// The schema of a provider.
#[derive(Deserialize)]
pub struct Schema<'a> {
    /// The name of the provider.
    pub name: &'a str,
    /// The version of the provider.
    pub version: &'a str,
    #[serde(borrow, default)]
    config: Config<'a>,
    #[serde(borrow)]
    types: HashMap<&'a str, &'a RawValue>,
    #[serde(borrow)]
    resources: HashMap<&'a str, &'a RawValue>,
}

/// How a provider is configured.
#[derive(Default, Deserialize)]
struct Config<'a> {
    #[serde(borrow, default)]
    variables: HashMap<&'a str, &'a RawValue>,
}

/// What is wrong with a resource as a whole.
#[derive(Debug, PartialEq, Eq)]
pub enum Misfit {
    /// There is no such type.
    Type {
        /// The one that was probably meant.
        suggestion: Option<String>,
    },
    /// Its properties are not what they should be.
    Properties(Vec<Problem>),
    /// The schema is broken.
    Schema(String),
}

/// What the schema says of the outputs of a resource whose inputs fit.
#[derive(Debug)]
pub struct Fit<'a> {
    /// The outputs that are secrets.
    pub secret_outputs: BTreeSet<&'a str>,
}

impl<'a> Schema<'a> {
    /// Checks the inputs of a resource, all of them.
    ///
    /// # Errors
    ///
    /// Everything that does not fit.
    pub fn check(
        &self,
        type_token: &str,
        inputs: &BTreeMap<String, PropertyValue>,
    ) -> Result<Fit<'a>, Misfit> {
        let spec = self.resource(type_token)?;
        let problems = check::resource(self, &spec, inputs)?;
        if !problems.is_empty() {
            return Err(Misfit::Properties(problems));
        }
        let secret_outputs = spec
            .properties
            .iter()
            .filter(|(_, output)| output.secret)
            .map(|(name, _)| *name)
            .collect();
        Ok(Fit { secret_outputs })
    }

    /// Whether the provider has a configuration variable of this name; if not, the one that was probably meant.
    ///
    /// # Errors
    ///
    /// When it has none.
    pub fn variable(&self, name: &str) -> Result<(), Option<&'a str>> {
        if self.config.variables.contains_key(name) {
            return Ok(());
        }
        Err(suggest::property(
            name,
            self.config.variables.keys().copied(),
        ))
    }

    /// A resource of the schema.
    fn resource(&self, type_token: &str) -> Result<ResourceSpec<'a>, Misfit> {
        let Some(raw) = self.resources.get(type_token) else {
            let known = self.resources.keys().copied();
            let suggestion = suggest::type_token(type_token, known).map(str::to_owned);
            return Err(Misfit::Type { suggestion });
        };
        read(raw, type_token)
    }

    /// A type of the schema.
    fn named_type(&self, token: &str) -> Result<TypeSpec<'a>, Misfit> {
        let raw = self.types.get(token);
        let raw = raw.ok_or_else(|| Misfit::Schema(format!("there is no type `{token}` in it")))?;
        read(raw, token)
    }
}

fn read<'a, T: Deserialize<'a>>(raw: &'a RawValue, token: &str) -> Result<T, Misfit> {
    serde_json::from_str(raw.get()).map_err(|error| Misfit::Schema(format!("`{token}`: {error}")))
}

#[cfg(test)]
mod tests;
