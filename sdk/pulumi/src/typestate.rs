//! How generated builders know at compile time which required properties have been given.

/// Stands in a builder's type for a required property that has been given.
#[derive(Clone, Copy, Debug)]
pub enum Given {}

/// A required property that has been given. What stands for one that has not is a type that bears its name.
#[diagnostic::on_unimplemented(
    message = "a required property is missing: `{Self}`",
    label = "`{Self}` has not been given",
    note = "call the builder's method of that name first"
)]
pub trait Provided {}

impl Provided for Given {}
