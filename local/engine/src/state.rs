//! What has been registered so far.

use std::collections::{BTreeMap, HashMap, HashSet};

use pulumi::PropertyValue;
use tidegate_local_cloud::Cloud;
use tonic::{Code, Status};

use crate::decode::Registration;
use crate::deployment::{Deployment, Resource};
use crate::provider::{self, Made};
use crate::urn::{QualifiedType, STACK_TYPE, StackName};

/// A run, as far as it has come.
#[derive(Debug)]
pub(crate) struct State {
    name: StackName,
    cloud: Cloud,
    resources: Vec<Resource>,
    /// By URN: its place among the resources, and its type as its children's URNs have it.
    known: HashMap<String, (usize, QualifiedType)>,
    /// The components whose outputs are registered.
    completed: HashSet<usize>,
    /// Where the stack itself is.
    stack: Option<usize>,
    /// What the program told the engine to be the root.
    root: Option<String>,
}

impl State {
    pub(crate) fn new(name: StackName, cloud: Cloud) -> Self {
        Self {
            name,
            cloud,
            resources: Vec::new(),
            known: HashMap::new(),
            completed: HashSet::new(),
            stack: None,
            root: None,
        }
    }

    /// The cloud, as far as it is made.
    pub(crate) fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// Registers a resource, and gives it as it is now.
    pub(crate) fn register(&mut self, registration: Registration) -> Result<&Resource, Status> {
        let label = registration.label();
        if registration.name.is_empty() {
            return Err(Status::invalid_argument(format!("{label} has no name")));
        }
        self.check_references(&registration, &label)?;
        let parent = registration.parent.as_ref();
        let parent = parent.and_then(|urn| self.known.get(urn));
        let qualified = QualifiedType::new(parent.map(|(_, q)| q), &registration.type_token);
        let urn = self.name.urn(&qualified, &registration.name);
        let is_stack = registration.type_token == STACK_TYPE && !registration.custom;
        if self.known.contains_key(&urn) {
            return Err(Status::new(
                Code::AlreadyExists,
                format!("Duplicate resource URN '{urn}'; try giving it a unique name ({label})"),
            ));
        }
        if is_stack && self.stack.is_some() {
            return Err(Status::already_exists(format!(
                "{label}: the stack has been registered already"
            )));
        }
        let made = if registration.custom {
            Some(provider::create(&mut self.cloud, &urn, &registration)?)
        } else {
            None
        };
        let (id, outputs) = made.map_or((None, BTreeMap::new()), |Made { id, outputs }| {
            (Some(id), outputs)
        });
        let index = self.resources.len();
        if is_stack {
            self.stack = Some(index);
        }
        self.known.insert(urn.clone(), (index, qualified));
        self.resources.push(Resource {
            urn,
            type_token: registration.type_token,
            name: registration.name,
            custom: registration.custom,
            parent: registration.parent,
            id,
            inputs: registration.inputs,
            outputs,
            dependencies: registration.dependencies,
            property_dependencies: registration.property_dependencies,
            options: registration.options,
        });
        Ok(&self.resources[index])
    }

    /// Everything that a resource refers to must have been registered before.
    fn check_references(&self, registration: &Registration, label: &str) -> Result<(), Status> {
        let Registration {
            parent,
            providers,
            dependencies,
            property_dependencies,
            options,
            ..
        } = registration;
        if let Some(reference) = providers.first() {
            return Err(Status::not_found(format!(
                "{label} names the provider `{reference}`, which has not been registered: the local runtime has default providers only"
            )));
        }
        let parent = parent.iter().map(|urn| ("stands in", urn));
        let direct = dependencies.iter().map(|urn| ("depends on", urn));
        let by_property = property_dependencies.values().flatten();
        let by_property = by_property.map(|urn| ("depends on", urn));
        let deleted_with = options.deleted_with.iter();
        let deleted_with = deleted_with.map(|urn| ("is deleted with", urn));
        let replaced_with = options.replace_with.iter();
        let replaced_with = replaced_with.map(|urn| ("is replaced with", urn));
        let mut all = parent
            .chain(direct)
            .chain(by_property)
            .chain(deleted_with)
            .chain(replaced_with);
        match all.find(|(_, urn)| !self.known.contains_key(*urn)) {
            None => Ok(()),
            Some((how, urn)) => Err(Status::not_found(format!(
                "{label} {how} `{urn}`, which has not been registered"
            ))),
        }
    }

    /// Registers the outputs of a component or of the stack.
    pub(crate) fn complete(
        &mut self,
        urn: &str,
        outputs: BTreeMap<String, PropertyValue>,
    ) -> Result<(), Status> {
        let index = self.known.get(urn).map(|(index, _)| *index);
        let resource = index.and_then(|index| Some((index, self.resources.get_mut(index)?)));
        let Some((index, resource)) = resource else {
            return Err(Status::not_found(format!(
                "cannot register outputs of `{urn}`, which has not been registered"
            )));
        };
        if resource.custom {
            return Err(Status::failed_precondition(format!(
                "cannot register outputs of `{urn}`: its provider gives it its outputs"
            )));
        }
        if !self.completed.insert(index) {
            return Err(Status::failed_precondition(format!(
                "cannot register outputs of `{urn}` twice"
            )));
        }
        resource.outputs = outputs;
        Ok(())
    }

    pub(crate) fn root(&self) -> Option<&str> {
        self.root.as_deref()
    }

    pub(crate) fn set_root(&mut self, urn: String) -> Result<(), Status> {
        if !self.known.contains_key(&urn) {
            return Err(Status::not_found(format!(
                "the root cannot be `{urn}`, which has not been registered"
            )));
        }
        self.root = Some(urn);
        Ok(())
    }

    /// What was registered, if the stack was.
    pub(crate) fn finish(self) -> Option<Deployment> {
        let stack = self.resources.get(self.stack?)?;
        Some(Deployment {
            outputs: stack.outputs.clone(),
            resources: self.resources,
            cloud: self.cloud,
        })
    }
}
