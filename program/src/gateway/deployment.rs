//! What a deployment is made of.

use pulumi::{AsResource, Output, Resource, WithInputs};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// What must be there before the API is deployed, and what makes a new deployment when it changes.
///
/// A deployment is a copy of the API as it is at that moment: what comes later is not served, and nothing says so.
#[derive(Default)]
pub(crate) struct Deployed {
    pub(crate) resources: Vec<Resource>,
    contents: Vec<Output<Value>>,
}

impl Deployed {
    /// Creates something that is part of the API: it must be there first, and whatever changes in what it is given
    /// deploys again.
    pub(crate) fn add<B: WithInputs, R: AsResource>(
        &mut self,
        builder: B,
        create: impl FnOnce(B) -> R,
    ) -> R {
        let inputs = builder.resource_builder().inputs();
        self.contents
            .push(inputs.try_map(pulumi::FromValue::from_value));
        let made = create(builder);
        self.wait_for(&made);
        made
    }

    /// Something that must be there first.
    pub(crate) fn wait_for(&mut self, resource: &dyn AsResource) {
        self.resources.push(resource.as_resource().clone());
    }

    /// Changes when any content does.
    pub(crate) fn trigger(&self) -> Output<String> {
        Output::all(self.contents.clone()).map(|contents| {
            let digest = Sha256::digest(Value::Array(contents).to_string());
            digest.iter().map(|byte| format!("{byte:02x}")).collect()
        })
    }
}
