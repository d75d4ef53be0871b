//! A stack at one time.

use std::collections::{BTreeMap, BTreeSet};

use super::State;
use crate::property::Property;

/// The resources of a stack at one time.
#[derive(Debug, Clone)]
pub struct Snapshot<'a> {
    resources: Vec<Declared<'a>>,
    by_urn: BTreeMap<&'a str, usize>,
    region: Option<&'a str>,
}

/// One of them.
#[derive(Debug, Clone, Copy)]
pub struct Declared<'a> {
    /// What the engine calls it.
    pub urn: &'a str,
    /// Its type.
    pub type_token: &'a str,
    /// Its name in the program.
    pub name: &'a str,
    /// Whether a provider manages it.
    pub custom: bool,
    /// What it is.
    pub state: &'a State,
}

impl<'a> Declared<'a> {
    /// An input; [`Property::Null`] where it is not given.
    #[must_use]
    pub fn input(&self, name: &str) -> &'a Property {
        &self.state.inputs[name]
    }
}

impl<'a> Snapshot<'a> {
    pub(super) fn new(resources: Vec<Declared<'a>>, region: Option<&'a str>) -> Self {
        let urns = resources.iter().enumerate();
        let by_urn = urns.map(|(at, resource)| (resource.urn, at)).collect();
        Self {
            resources,
            by_urn,
            region,
        }
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = Declared<'a>> {
        self.resources.iter().copied()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty()
    }

    /// Those of a type.
    pub fn of_type(&self, type_token: &str) -> impl Iterator<Item = Declared<'a>> {
        self.all()
            .filter(move |resource| resource.type_token == type_token)
    }

    /// The one of this name.
    #[must_use]
    pub fn get(&self, urn: &str) -> Option<Declared<'a>> {
        let at = self.by_urn.get(urn)?;
        self.resources.get(*at).copied()
    }

    /// The resources of a type that an input comes from.
    pub fn source(
        &self,
        resource: Declared<'a>,
        input: &str,
        type_token: &str,
    ) -> impl Iterator<Item = Declared<'a>> {
        let urns = resource.state.property_dependencies.get(input);
        let sources = urns.into_iter().flatten().filter_map(|urn| self.get(urn));
        sources.filter(move |source| source.type_token == type_token)
    }

    /// All that must be there before a resource, however far back.
    #[must_use]
    pub fn before(&self, resource: Declared<'a>) -> BTreeSet<&'a str> {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&str> = resource
            .state
            .dependencies
            .iter()
            .map(String::as_str)
            .collect();
        while let Some(urn) = open.pop() {
            if !seen.insert(urn) {
                continue;
            }
            if let Some(found) = self.get(urn) {
                open.extend(found.state.dependencies.iter().map(String::as_str));
            }
        }
        seen
    }

    fn provider_region(&self, resource: Declared<'a>) -> Option<&'a str> {
        let provider = resource.state.provider.as_deref();
        match provider.and_then(|urn| self.get(urn)) {
            Some(provider) => provider.input("region").text(),
            None => self.region,
        }
    }

    /// The Region that a resource is in: its own, or else its provider's, or else the stack's.
    #[must_use]
    pub fn region(&self, resource: Declared<'a>) -> Option<&'a str> {
        match resource.input("region") {
            Property::Null => self.provider_region(resource),
            given => given.text(),
        }
    }
}
