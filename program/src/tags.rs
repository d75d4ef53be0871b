//! Tags: by which costs are told apart, and by which whoever looks at an account finds what belongs together.

use std::collections::BTreeMap;

use pulumi::Context;

/// The tags of everything that can bear any.
#[derive(Debug, Clone)]
pub(crate) struct Tags(BTreeMap<String, String>);

impl Tags {
    /// The project, the stack, and what the configuration adds.
    pub(crate) fn new(ctx: &Context, more: &BTreeMap<String, String>) -> Self {
        let mut tags = more.clone();
        tags.insert("tidegate:project".to_owned(), ctx.project().to_owned());
        tags.insert("tidegate:stack".to_owned(), ctx.stack().to_owned());
        Self(tags)
    }

    /// The tags of what is part of this component.
    pub(crate) fn of(&self, component: &str) -> BTreeMap<String, String> {
        let mut tags = self.0.clone();
        tags.insert("tidegate:component".to_owned(), component.to_owned());
        tags
    }
}
