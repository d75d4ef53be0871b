//! A client of tidegate.v1.
pub mod machine;
