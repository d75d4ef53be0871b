//! How Pulumi names resources.

use std::fmt;

/// The type of the stack itself.
pub(crate) const STACK_TYPE: &str = "pulumi:pulumi:Stack";

/// The stack that resources are named in.
#[derive(Clone, Debug)]
pub(crate) struct StackName {
    pub(crate) project: String,
    pub(crate) stack: String,
}

/// A type together with the types of all that it stands in: `my:index:Outer$my:index:Inner$aws:sqs/queue:Queue`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QualifiedType(String);

impl QualifiedType {
    /// The type of a resource in its parent. The stack, the parent of all, is left out.
    pub(crate) fn new(parent: Option<&Self>, type_token: &str) -> Self {
        match parent {
            Some(Self(parent)) if parent != STACK_TYPE => Self(format!("{parent}${type_token}")),
            _ => Self(type_token.to_owned()),
        }
    }
}

impl StackName {
    pub(crate) fn urn(&self, qualified: &QualifiedType, name: &str) -> String {
        let Self { project, stack } = self;
        format!("urn:pulumi:{stack}::{project}::{qualified}::{name}")
    }
}

impl fmt::Display for QualifiedType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
