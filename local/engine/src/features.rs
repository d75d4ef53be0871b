//! What a program may ask of the engine, and what is said where the answer is no.

use tonic::Status;

/// The features that a program may count on. Whatever else it asks for, it is told that there is none: transforms and
/// hooks are calls back into the program, parameterized packages are plugins.
const SUPPORTED: [&str; 5] = [
    "aliasSpecs",
    "deletedWith",
    "outputValues",
    "resourceReferences",
    "secrets",
];

pub(crate) fn supports(feature: &str) -> bool {
    SUPPORTED.contains(&feature)
}

/// The answer to what is not emulated. `Unimplemented` would be wrong: to an SDK it says that the engine is old, and
/// that the program may go on without.
pub(crate) fn not_emulated(what: impl std::fmt::Display) -> Status {
    Status::failed_precondition(format!("the local runtime does not emulate {what}"))
}
