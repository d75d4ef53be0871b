//! A planned change of a stack, and what a reviewer asks of it: what it changes, which traps are in it, what it costs.
//!
//! ```
//! use tidegate_plan::{Plan, traps};
//!
//! // What `pulumi preview --json --show-sames` or `tidegate plan --json` wrote.
//! let text = r#"{"resources": [
//!     {"urn": "urn:pulumi:dev::tidegate::aws:cloudwatch/logGroup:LogGroup::message",
//!      "type": "aws:cloudwatch/logGroup:LogGroup", "name": "message", "custom": true,
//!      "inputs": {"name": "message"}, "dependencies": [], "propertyDependencies": {}}
//! ]}"#;
//! let plan = Plan::read(text.as_bytes())?;
//! let report = traps::check(&plan);
//! assert!(report.traps().next().unwrap().message.contains("for ever"));
//! # Ok::<(), tidegate_plan::ReadError>(())
//! ```
//!
//! Nothing here reads a file, the environment or a clock.

pub mod builds;
pub mod comment;
pub mod cost;
mod plan;
mod property;
pub mod traps;

pub use plan::{
    Change, ChangeKind, Declared, Diagnostic, Operation, Plan, ReadError, Resource, Snapshot, State,
};
pub use property::Property;
