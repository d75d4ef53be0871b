//! Checks that a program makes of every resource right before it is registered.
//!
//! What a check refuses never reaches the engine, and neither does what depends on it: that is checked itself, with the
//! outputs of the refused one unknown, so that one run tells all that is wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::panic::Location;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};

use crate::convert::FromValue;
use crate::error::{Error, ErrorKind};
use crate::properties::Properties;
use crate::resource::Label;
use crate::urn::Urn;
use crate::value::{PropertyValue, ReferenceId};
use crate::wire;

type Check = dyn Fn(&Checked<'_>) -> Vec<Violation> + Send + Sync;

/// A resource as it would be registered.
pub struct Checked<'a> {
    pub(crate) label: &'a Label,
    pub(crate) urn: &'a Urn,
    pub(crate) provider: &'a str,
    pub(crate) properties: &'a Properties,
}

/// Something in a resource's inputs that must not be.
///
/// The texts are shown and logged: what is in a secret must not be in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where: `tags["team"]`, `origins[0].domainName`. Empty for the resource as a whole.
    pub property: String,
    /// What is wrong with it.
    pub problem: String,
    /// What else helps: where the value comes from, or what to do.
    pub note: Option<String>,
}

impl Violation {
    /// A violation at this property.
    #[must_use]
    pub fn new(property: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            property: property.into(),
            problem: problem.into(),
            note: None,
        }
    }

    /// The same with what else helps.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.property.is_empty() {
            write!(f, "`{}`: ", self.property)?;
        }
        f.write_str(&self.problem)?;
        match &self.note {
            Some(note) => write!(f, " ({note})"),
            None => Ok(()),
        }
    }
}

impl<'a> Checked<'a> {
    /// The token of its type.
    #[must_use]
    pub fn type_token(&self) -> &'a str {
        &self.label.type_token
    }

    /// Its name in the program.
    #[must_use]
    pub fn name(&self) -> &'a str {
        &self.label.name
    }

    /// Whether a provider makes it. Components group others.
    #[must_use]
    pub fn is_custom(&self) -> bool {
        self.label.custom
    }

    /// The URN that the engine will give to it.
    #[must_use]
    pub fn urn(&self) -> &'a Urn {
        self.urn
    }

    /// Where the program declares it.
    #[must_use]
    pub fn place(&self) -> Option<&'static Location<'static>> {
        self.label.place
    }

    /// The provider that the program named for it, as `<URN>::<id>`. None is the default one of its package.
    #[must_use]
    pub fn provider(&self) -> Option<&'a str> {
        Some(self.provider).filter(|provider| !provider.is_empty())
    }

    /// Its inputs. What nobody knows yet is [`PropertyValue::Unknown`], at any depth.
    #[must_use]
    pub fn inputs(&self) -> &'a BTreeMap<String, PropertyValue> {
        &self.properties.values
    }

    /// The resources that an input comes from.
    pub fn sources(&self, property: &str) -> impl Iterator<Item = &'a Urn> + use<'a> {
        let sources = self.properties.dependencies.get(property);
        sources.into_iter().flatten()
    }

    /// The resources that each input comes from, by their URNs.
    #[must_use]
    pub fn all_sources(&self) -> BTreeMap<String, BTreeSet<String>> {
        let sources = self.properties.dependencies.iter();
        let sources = sources.map(|(property, urns)| {
            let urns = urns.iter().map(ToString::to_string);
            (property.clone(), urns.collect())
        });
        sources.collect()
    }

    /// Its inputs as JSON: secrets without their marks; the text [`wire::UNKNOWN`] for what nobody knows yet; assets,
    /// archives and resources as objects that have the key [`wire::SIGNATURE`].
    #[must_use]
    pub fn plain_inputs(&self) -> Map<String, Value> {
        object(self.inputs())
    }
}

impl fmt::Debug for Checked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Checked({})", self.label)
    }
}

fn object(fields: &BTreeMap<String, PropertyValue>) -> Map<String, Value> {
    let fields = fields.iter();
    fields
        .map(|(name, value)| (name.clone(), plain(value)))
        .collect()
}

fn plain(value: &PropertyValue) -> Value {
    match value {
        PropertyValue::Unknown => json!(wire::UNKNOWN),
        PropertyValue::Secret(inner) => plain(inner),
        PropertyValue::Output(output) => match &output.value {
            Some(inner) => plain(inner),
            None => json!(wire::UNKNOWN),
        },
        PropertyValue::Array(items) => items.iter().map(plain).collect(),
        PropertyValue::Object(fields) => Value::Object(object(fields)),
        PropertyValue::Asset(_) => json!({ wire::SIGNATURE: wire::ASSET }),
        PropertyValue::Archive(_) => json!({ wire::SIGNATURE: wire::ARCHIVE }),
        PropertyValue::ResourceReference(reference) => {
            let id = match &reference.id {
                ReferenceId::Known(id) => id,
                ReferenceId::Component | ReferenceId::Unknown => wire::UNKNOWN,
            };
            json!({ wire::SIGNATURE: wire::RESOURCE, "urn": reference.urn.as_str(), "id": id })
        }
        PropertyValue::Null
        | PropertyValue::Bool(_)
        | PropertyValue::Number(_)
        | PropertyValue::String(_) => Value::from_value(value.clone()).unwrap_or_default(),
    }
}

/// The checks of a run, and what they refused.
#[derive(Default)]
pub(crate) struct Checks {
    checks: Mutex<Vec<Arc<Check>>>,
    refused: Mutex<BTreeMap<Urn, Error>>,
}

impl Checks {
    pub(crate) fn add(
        &self,
        check: impl Fn(&Checked<'_>) -> Vec<Violation> + Send + Sync + 'static,
    ) {
        let mut checks = self.checks.lock().unwrap_or_else(PoisonError::into_inner);
        checks.push(Arc::new(check));
    }

    /// What all checks say of a resource, as one error.
    pub(crate) fn judge(&self, resource: &Checked<'_>) -> Result<(), Error> {
        // A check may take its time, or add another.
        let checks = self.checks.lock();
        let checks = checks.unwrap_or_else(PoisonError::into_inner).clone();
        let violations: Vec<_> = checks.iter().flat_map(|check| check(resource)).collect();
        if violations.is_empty() {
            return Ok(());
        }
        let resource = resource.label.to_string();
        Err(ErrorKind::Refused {
            resource,
            violations,
        }
        .into())
    }

    /// Notes that a resource is not registered, and why.
    pub(crate) fn refuse(&self, urn: Urn, error: Error) {
        self.refused().insert(urn, error);
    }

    /// Why one of these is not registered.
    pub(crate) fn refusal<'u>(&self, urns: impl IntoIterator<Item = &'u Urn>) -> Option<Error> {
        let refused = self.refused();
        urns.into_iter().find_map(|urn| refused.get(urn).cloned())
    }

    fn refused(&self) -> MutexGuard<'_, BTreeMap<Urn, Error>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All that is wrong with a resource, a line each.
pub(crate) fn lines(violations: &[Violation]) -> String {
    let lines = violations
        .iter()
        .map(|violation| format!("\n  {violation}"));
    lines.collect()
}

/// The URN of the provider that a resource names, which is `<URN>::<id>`.
pub(crate) fn provider_urn(provider: &str) -> Option<Urn> {
    let (urn, _) = provider.rsplit_once("::")?;
    Some(Urn::from(urn))
}

/// Everything that a registration names, of which nothing may have been refused.
pub(crate) fn named(
    parent: &str,
    provider: &str,
    dependencies: &BTreeSet<Urn>,
    others: &[String],
) -> Vec<Urn> {
    let mut named: Vec<Urn> = dependencies.iter().cloned().collect();
    named.push(Urn::from(parent));
    named.extend(provider_urn(provider));
    named.extend(others.iter().map(|urn| Urn::from(urn.as_str())));
    named
}
