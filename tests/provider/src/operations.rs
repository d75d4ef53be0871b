//! What the engine asks for, a file for each.

pub(crate) mod check;
pub(crate) mod configure;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod diff;
pub(crate) mod invoke;
pub(crate) mod read;
pub(crate) mod schema;
pub(crate) mod update;

mod context;
mod subject;

pub(crate) use context::Context;
pub(crate) use subject::Subject;
