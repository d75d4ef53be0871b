//! What AWS refuses, known before AWS is asked.
//!
//! A resource's inputs are held to two things: the constraints of the services' own published models (lengths, ranges,
//! patterns, values), cut into `constraints.json`; and what the services' documentation says beside them, in a file for
//! each service: what must and must not be given together, sizes of documents, and what another resource has to be,
//! such as the Region of a certificate.
//!
//! Inputs are JSON. What nobody knows yet is the text [`UNKNOWN`], and is judged when it is known. No message quotes a
//! value but names: any may be a secret.

mod declarations;
mod judge;
mod model;
mod others;
mod services;
mod types;
mod violation;

use serde_json::{Map, Value};

pub use declarations::{Declaration, Declarations};
pub use model::RulesError;
pub use others::{Known, Nobody, Others};
pub use violation::{Origin, Problem, Violation};

use crate::judge::Judge;
use crate::model::Models;

/// The text that stands for a value that nobody knows yet, as Pulumi's engine has it on the wire.
pub const UNKNOWN: &str = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/// The inputs of a resource, by the names of the provider's schema.
pub type Inputs = Map<String, Value>;

/// A resource as it is about to be asked for.
#[derive(Clone, Copy, Debug)]
pub struct Resource<'a> {
    /// The token of its type.
    pub type_token: &'a str,
    /// Its name, for messages.
    pub name: &'a str,
    /// Its inputs.
    pub inputs: &'a Inputs,
    /// The Region of its provider, where that is known.
    pub region: Option<&'a str>,
    /// The resources that it can name.
    pub others: &'a dyn Others,
}

/// All rules. They are read once in a process.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    models: &'static Models,
}

impl Rules {
    /// Reads the rules.
    ///
    /// # Errors
    /// When the constraints that this crate was built with cannot be read, which its own tests rule out.
    pub fn load() -> Result<Self, RulesError> {
        let models = Models::get()?;
        Ok(Self { models })
    }

    /// Everything that AWS would not take of a resource.
    #[must_use]
    pub fn check(&self, resource: &Resource<'_>) -> Vec<Violation> {
        let mut found = self.models.violations(resource);
        let mut judge = Judge::new(resource);
        services::judge(&mut judge);
        for violation in judge.into_violations() {
            // What the model says of a value is enough.
            if !found
                .iter()
                .any(|known| known.property == violation.property)
            {
                found.push(violation);
            }
        }
        found
    }

    /// What the constraints were cut from, and how.
    #[must_use]
    pub fn generated_by(&self) -> &str {
        self.models.generated_by()
    }

    /// The types that the constraints speak of.
    pub fn constrained_types(&self) -> impl Iterator<Item = &str> {
        self.models.types()
    }
}

/// Whether a value is not known yet.
#[must_use]
pub fn is_unknown(value: &Value) -> bool {
    value.as_str() == Some(UNKNOWN)
}
