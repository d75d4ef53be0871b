//! The program's own resources.
