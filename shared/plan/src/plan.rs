//! What is planned.

pub(crate) mod compare;
mod declared;
mod preview;
mod snapshot;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use thiserror::Error;

pub use self::snapshot::{Declared, Snapshot};
use crate::property::Property;

/// A planned change of a stack.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The project, where any resource says so.
    pub project: Option<String>,
    /// The stack, where any resource says so.
    pub stack: Option<String>,
    /// The Region that the stack is configured with, where the file says so.
    pub region: Option<String>,
    /// Every resource that the file lists, components and the stack itself among them.
    pub resources: Vec<Resource>,
    /// The outputs of the stack, as far as they are known.
    pub outputs: BTreeMap<String, Property>,
    /// How many resources stay as they are and are not listed: a preview without `--show-sames` leaves them out.
    pub unlisted: u64,
    /// What the engine and the program said.
    pub diagnostics: Vec<Diagnostic>,
}

/// A resource, before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// What the engine calls it.
    pub urn: String,
    /// Its type, as `aws:dynamodb/table:Table`.
    pub type_token: String,
    /// Its name in the program.
    pub name: String,
    /// Whether a provider manages it; a component is only a name.
    pub custom: bool,
    /// What happens to it.
    pub operation: Operation,
    /// What it is now, where it is there and the file says so.
    pub before: Option<State>,
    /// What it will be, unless it goes.
    pub after: Option<State>,
    /// The properties that change, by path.
    pub changes: Vec<Change>,
}

/// A resource at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// What it is given, an object.
    pub inputs: Property,
    /// What it is a child of.
    pub parent: Option<String>,
    /// What must be there before it.
    pub dependencies: BTreeSet<String>,
    /// What each of its properties comes from.
    pub property_dependencies: BTreeMap<String, BTreeSet<String>>,
    /// Whether Pulumi refuses to delete it.
    pub protect: bool,
    /// The provider that makes it, by what the engine calls that, where the file says so.
    pub provider: Option<String>,
}

/// What happens to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// It is made.
    Create,
    /// It is changed where it is.
    Update,
    /// Another one is made in its place, and it is deleted.
    Replace,
    /// It is deleted.
    Delete,
    /// What is there is taken into the stack.
    Import,
    /// It is looked up, and belongs to somebody else.
    Read,
    /// It stays as it is.
    Same,
}

/// A property that changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Where it is, as `environment.variables.NAME`.
    pub path: String,
    /// What happens to it.
    pub kind: ChangeKind,
    /// Whether the resource is replaced for it.
    pub replaces: bool,
}

/// What happens to a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// It was not given before.
    Add,
    /// It is not given any more.
    Delete,
    /// It has another value.
    Update,
}

/// What the engine or the program said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether it is an error: then there is no whole plan.
    pub is_error: bool,
    /// What it says.
    pub message: String,
}

/// A file that is no plan.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It is not JSON.
    #[error(
        "it is not JSON: write it with `pulumi preview --json --show-sames` or `tidegate plan --json`"
    )]
    NotJson(#[source] serde_json::Error),
    /// It is JSON, and something else.
    #[error(
        "it has neither `steps`, as what `pulumi preview --json` writes, nor `resources`, as what `tidegate plan --json` writes"
    )]
    NotAPlan,
    /// A part of it has another shape.
    #[error("it is not as `{writer}` writes it")]
    Shape {
        /// What should have written it.
        writer: &'static str,
        /// What is wrong, and where.
        #[source]
        source: serde_json::Error,
    },
    /// Nothing is known of an operation.
    #[error("{urn} is to be `{operation}`, an operation that this version knows nothing of")]
    Operation {
        /// The resource.
        urn: String,
        /// What happens to it.
        operation: String,
    },
}

impl Plan {
    /// Reads what `pulumi preview --json --show-sames` or `tidegate plan --json` wrote.
    ///
    /// # Errors
    /// When it is neither.
    pub fn read(text: &[u8]) -> Result<Self, ReadError> {
        let document: Value = serde_json::from_slice(text).map_err(ReadError::NotJson)?;
        let has = |key: &str| document.get(key).is_some();
        // A preview without any step has a summary all the same, and a failed one says why.
        if has("steps") || has("changeSummary") || has("diagnostics") {
            preview::read(document)
        } else if has("resources") {
            declared::read(document)
        } else {
            Err(ReadError::NotAPlan)
        }
    }

    /// The stack as it will be.
    #[must_use]
    pub fn after(&self) -> Snapshot<'_> {
        self.snapshot(|resource| resource.after.as_ref())
    }

    /// The stack as it is, as far as the file says so.
    #[must_use]
    pub fn before(&self) -> Snapshot<'_> {
        self.snapshot(|resource| resource.before.as_ref())
    }

    /// How many real resources there are of each operation.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<Operation, usize> {
        let mut counts = BTreeMap::new();
        for resource in self.resources.iter().filter(|it| it.custom) {
            *counts.entry(resource.operation).or_default() += 1;
        }
        counts
    }

    /// Whether the engine could not make a whole plan.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.diagnostics.iter().any(|it| it.is_error)
    }

    fn snapshot<'a>(&'a self, at: impl Fn(&'a Resource) -> Option<&'a State>) -> Snapshot<'a> {
        let resources = self.resources.iter().filter_map(|resource| {
            Some(Declared {
                urn: &resource.urn,
                type_token: &resource.type_token,
                name: &resource.name,
                custom: resource.custom,
                state: at(resource)?,
            })
        });
        Snapshot::new(resources.collect(), self.region.as_deref())
    }

    /// Takes project and stack from the first resource's name.
    fn named(mut self) -> Self {
        // urn:pulumi:STACK::PROJECT::TYPES::NAME
        let urns = self.resources.iter().map(|resource| resource.urn.as_str());
        let parts = urns.filter_map(|urn| {
            let mut parts = urn.strip_prefix("urn:pulumi:")?.split("::");
            Some((parts.next()?.to_owned(), parts.next()?.to_owned()))
        });
        let first = parts.into_iter().next();
        if let Some((stack, project)) = first {
            self.stack = Some(stack);
            self.project = Some(project);
        }
        self
    }
}
