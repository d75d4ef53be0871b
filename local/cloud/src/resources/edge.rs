//! What stands before the gateway.

use std::collections::BTreeMap;

use crate::system::{Distribution, WebAcl};

/// The edge of a stack.
#[derive(Debug)]
pub(crate) struct Edge {
    /// Web ACLs, by ARN.
    pub(crate) web_acls: BTreeMap<String, WebAcl>,
    /// Distributions, in the order in which they were registered.
    pub(crate) distributions: Vec<Distribution>,
}

impl Edge {
    pub(crate) const fn new() -> Self {
        Self {
            web_acls: BTreeMap::new(),
            distributions: Vec::new(),
        }
    }
}
