//! What a deployment is made of.

use pulumi::{AsResource, Output, Resource};
use sha2::{Digest, Sha256};

/// What must be there before the API is deployed, and what makes a new deployment when it changes.
///
/// A deployment is a copy of the API as it is at that moment: what comes later is not served, and nothing says so.
#[derive(Default)]
pub(crate) struct Deployed {
    pub(crate) resources: Vec<Resource>,
    contents: Vec<Output<String>>,
}

impl Deployed {
    /// Something that is part of the API: it must be there first, and a change of `content` deploys again.
    pub(crate) fn add(&mut self, resource: &dyn AsResource, content: Output<String>) {
        self.wait_for(resource);
        self.contents.push(content);
    }

    /// Something that must be there first.
    pub(crate) fn wait_for(&mut self, resource: &dyn AsResource) {
        self.resources.push(resource.as_resource().clone());
    }

    /// Changes when any content does.
    pub(crate) fn trigger(&self) -> Output<String> {
        Output::all(self.contents.clone()).map(|contents| {
            let digest = Sha256::digest(contents.join("\n"));
            digest.iter().map(|byte| format!("{byte:02x}")).collect()
        })
    }
}
