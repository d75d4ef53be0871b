//! The resources of a program in the order in which they are declared, so that each can be judged by those it names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::others::{Known, Others};
use crate::{Inputs, Resource, Rules, Violation, is_unknown};

/// The resources of a program, each judged when it is declared.
#[derive(Debug)]
pub struct Declarations {
    rules: Rules,
    region: Option<String>,
    declared: Mutex<BTreeMap<String, Declared>>,
}

/// A resource that is declared.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// What the others name it by.
    pub urn: String,
    /// The token of its type.
    pub type_token: String,
    /// Its name.
    pub name: String,
    /// Its inputs.
    pub inputs: Inputs,
    /// The resources that each input comes from.
    pub sources: BTreeMap<String, BTreeSet<String>>,
    /// Whether the program named a provider for it, of whose Region nothing is known here.
    pub own_provider: bool,
}

#[derive(Debug)]
struct Declared {
    type_token: String,
    sources: BTreeMap<String, BTreeSet<String>>,
    known: Known,
}

impl Declarations {
    /// None yet. The Region is that of the default provider, where it is known.
    #[must_use]
    pub fn new(rules: Rules, region: Option<String>) -> Self {
        Self {
            rules,
            region,
            declared: Mutex::default(),
        }
    }

    /// Everything that AWS would not take of a resource, which the later ones can name.
    #[must_use]
    pub fn check(&self, declaration: Declaration) -> Vec<Violation> {
        let region = self.region.as_deref().filter(|_| !declaration.own_provider);
        let found = self.rules.check(&Resource {
            type_token: &declaration.type_token,
            name: &declaration.name,
            inputs: &declaration.inputs,
            region,
            others: &Sight {
                declared: &self.declared(),
                sources: &declaration.sources,
            },
        });
        let region = region_of(&declaration.inputs, region);
        let declared = Declared {
            type_token: declaration.type_token,
            sources: declaration.sources,
            known: Known {
                region: region.map(str::to_owned),
                inputs: declaration.inputs,
            },
        };
        self.declared().insert(declaration.urn, declared);
        found
    }

    fn declared(&self) -> MutexGuard<'_, BTreeMap<String, Declared>> {
        self.declared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The Region of a resource: its own, or its provider's.
pub(crate) fn region_of<'a>(inputs: &'a Inputs, configured: Option<&'a str>) -> Option<&'a str> {
    match inputs.get("region") {
        None => configured,
        Some(own) if is_unknown(own) => None,
        Some(own) => own.as_str().or(configured),
    }
}

/// What one resource sees of the others: what its inputs come from.
#[derive(Debug)]
struct Sight<'a> {
    declared: &'a BTreeMap<String, Declared>,
    sources: &'a BTreeMap<String, BTreeSet<String>>,
}

impl<'a> Sight<'a> {
    fn declared(&self, urns: &'a BTreeSet<String>) -> impl Iterator<Item = &'a Declared> {
        let declared = self.declared;
        urns.iter().filter_map(|urn| declared.get(urn))
    }
}

impl Others for Sight<'_> {
    fn named_by(&self, property: &str, type_token: &str) -> Option<Known> {
        let direct: Vec<_> = self.declared(self.sources.get(property)?).collect();
        // A function may be named by its alias, which names it.
        let indirect = direct.iter().flat_map(|declared| declared.sources.values());
        let indirect = indirect.flat_map(|sources| self.declared(sources));
        let one_of = |found: Vec<&Declared>| {
            let mut found = found.into_iter();
            let first = found.find(|declared| declared.type_token == type_token)?;
            // Of two that are named at once, nobody knows which is meant.
            let other =
                found.any(|other| other.type_token == type_token && !std::ptr::eq(other, first));
            (!other).then(|| first.known.clone())
        };
        let is_direct = direct
            .iter()
            .any(|declared| declared.type_token == type_token);
        match is_direct {
            true => one_of(direct),
            false => one_of(indirect.collect()),
        }
    }

    fn beside(&self, property: &str, type_token: &str) -> Vec<Inputs> {
        let Some(sources) = self.sources.get(property).filter(|it| !it.is_empty()) else {
            return Vec::new();
        };
        let others = self.declared.values();
        others
            .filter(|other| other.type_token == type_token)
            .filter(|other| other.sources.get(property) == Some(sources))
            .map(|other| other.known.inputs.clone())
            .collect()
    }
}
