//! What the engine keeps of a stack.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use crate::project::made;

/// The state of a stack.
pub struct State {
    /// The resources, by their URNs.
    pub resources: BTreeMap<String, ResourceState>,
    /// Operations that had begun and were not seen to end.
    pub pending: Vec<Value>,
}

/// A resource.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceState {
    /// Its URN.
    pub urn: String,
    /// Its type.
    #[serde(rename = "type")]
    pub type_token: String,
    /// Whether a provider manages it.
    #[serde(default)]
    pub custom: bool,
    /// Its id, if it has one.
    #[serde(default)]
    pub id: String,
    /// What it is a child of.
    #[serde(default)]
    pub parent: String,
    /// What it was given.
    #[serde(default)]
    pub inputs: BTreeMap<String, Value>,
    /// What it has.
    #[serde(default)]
    pub outputs: BTreeMap<String, Value>,
    /// What must be there before it.
    #[serde(default)]
    pub dependencies: BTreeSet<String>,
    /// What each of its properties comes from.
    #[serde(default)]
    pub property_dependencies: BTreeMap<String, Option<BTreeSet<String>>>,
    /// The line that declares it.
    #[serde(default)]
    pub source_position: String,
}

impl ResourceState {
    /// Its type and name, as an operation's: `aws:lambda/function:Function message`.
    #[must_use]
    pub fn short(&self) -> String {
        let name = self.urn.rsplit("::").next().unwrap_or_default();
        format!("{} {name}", self.type_token)
    }
}

#[derive(Deserialize)]
struct Export {
    deployment: Deployment,
}

#[derive(Deserialize)]
struct Deployment {
    #[serde(default)]
    resources: Vec<ResourceState>,
    #[serde(default, rename = "pending_operations")]
    pending: Vec<Value>,
}

impl State {
    pub(crate) fn read(export: &str) -> Self {
        let Export { deployment } = made(serde_json::from_str(export));
        let resources = deployment.resources.into_iter();
        Self {
            resources: resources.map(|it| (it.urn.clone(), it)).collect(),
            pending: deployment.pending,
        }
    }

    /// The resources that a provider manages and that need this one, at once or by others.
    #[must_use]
    pub fn needing(&self, urn: &str) -> Vec<&ResourceState> {
        let mut needed = BTreeSet::from([urn]);
        loop {
            let known = needed.len();
            let all = self.resources.values();
            let more = all.filter(|it| it.dependencies.iter().any(|it| needed.contains(&**it)));
            let more: Vec<_> = more.map(|it| it.urn.as_str()).collect();
            needed.extend(more);
            if needed.len() == known {
                break;
            }
        }
        needed.remove(urn);
        let needing = needed.into_iter().filter_map(|it| self.resources.get(it));
        needing.filter(|it| it.custom).collect()
    }

    /// The one resource of a type with a name.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn resource(&self, type_token: &str, name: &str) -> &ResourceState {
        let end = format!("::{name}");
        let mut all = self.resources.values();
        let found = all.find(|it| it.type_token == type_token && it.urn.ends_with(&end));
        match found {
            Some(resource) => resource,
            None => panic!("no {type_token} {name} among {:?}", self.resources.keys()),
        }
    }
}
