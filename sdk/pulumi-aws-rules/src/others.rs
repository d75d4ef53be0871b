//! The resources that a resource can name.

use std::fmt;

use crate::Inputs;

/// Looks up resources that are there, or will be, before the one that is judged.
pub trait Others: fmt::Debug {
    /// The resource of a type that a property names: by its id, ARN, name or whatever else.
    fn named_by(&self, property: &str, type_token: &str) -> Option<Known>;

    /// The other resources of a type that name in this property what is named there by the one that is judged.
    fn beside(&self, property: &str, type_token: &str) -> Vec<Inputs>;
}

/// What is known of another resource.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its inputs.
    pub inputs: Inputs,
    /// The Region that it is in, where that is known.
    pub region: Option<String>,
}

/// Knows of no resource.
#[derive(Clone, Copy, Debug)]
pub struct Nobody;

impl Others for Nobody {
    fn named_by(&self, _: &str, _: &str) -> Option<Known> {
        None
    }

    fn beside(&self, _: &str, _: &str) -> Vec<Inputs> {
        Vec::new()
    }
}
