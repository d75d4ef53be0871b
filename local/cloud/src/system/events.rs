//! Rules of EventBridge, and where their events go.

use crate::events::{EventPattern, Schedule, TargetInput};

/// A rule.
#[derive(Debug, Clone, PartialEq)]
pub struct EventRule {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The events that it is for.
    pub pattern: Option<EventPattern>,
    /// When it goes off by itself.
    pub schedule: Option<Schedule>,
    /// Whether it does anything at all.
    pub enabled: bool,
    /// Where the events go.
    pub targets: Vec<EventTarget>,
}

/// Where a rule's events go.
#[derive(Debug, Clone, PartialEq)]
pub struct EventTarget {
    /// Its id, among those of the rule.
    pub id: String,
    /// What it is.
    pub destination: EventDestination,
    /// What of an event it gets.
    pub input: TargetInput,
    /// The name of the queue for what cannot be delivered.
    pub dead_letter_queue: Option<String>,
}

/// What a rule's events go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventDestination {
    /// A function.
    Function {
        /// Its name.
        name: String,
        /// The name, and the alias or version that is invoked, if there is one: `name:alias`.
        target: String,
    },
    /// The queue of this name.
    Queue(String),
}
