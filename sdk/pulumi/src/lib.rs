//! Pulumi for Rust: describe infrastructure in Rust, deploy it with the Pulumi engine.
//!
//! A program is an ordinary binary whose `main` is [`run`]. It declares resources through builders that are generated
//! from a provider's schema, or without types through [`ResourceBuilder`]; connects them by giving one's [`Output`]s to
//! another; and groups them in [`Component`]s. The engine is whatever answers at the addresses in the environment.
//!
//! ```no_run
//! use pulumi::prelude::*;
//! use pulumi::{ResourceBuilder, node};
//!
//! fn main() -> std::process::ExitCode {
//!     pulumi::run(|ctx| async move {
//!         let stash = ResourceBuilder::new("pulumi:index:Stash", "greeting")
//!             .input("input", node("hello"))
//!             .protect(true)
//!             .register(&ctx);
//!         ctx.export("greeting", stash.output::<String>("output"));
//!         Ok(())
//!     })
//! }
//! ```
//!
//! An engine written in Rust uses [`PropertyValue`], [`wire`] and [`Settings`] from the other side.

mod asset;
mod builder;
mod component;
mod config;
mod context;
mod convert;
mod engine;
mod error;
mod fields;
mod input;
mod log;
mod options;
mod output;
mod register;
mod resource;
mod run;
mod settings;
mod tasks;
pub mod typestate;
mod urn;
mod value;
pub mod wire;

pub use asset::{Archive, Asset, AssetOrArchive};
pub use builder::ResourceBuilder;
pub use component::{Component, ComponentBuilder};
pub use config::{Config, ConfigError};
pub use context::{Context, Scope};
pub use convert::{ConvertError, FromValue, ToValue};
pub use error::{BoxError, Error, ErrorKind, RpcStatus, report};
pub use fields::Fields;
pub use input::{Input, IntoInput, Node, node};
pub use log::Log;
pub use options::{ResourceOptions, Timeouts, WithOptions};
pub use output::{Output, Resolved};
pub use resource::{AsResource, Resource};
pub use run::{Failure, run, run_with};
pub use settings::{Settings, SettingsError};
pub use urn::Urn;
pub use value::{OutputValue, PropertyValue, ReferenceId, ResourceReference, Unwrapped};

/// What nearly every program uses.
pub mod prelude {
    pub use crate::{
        Archive, AsResource, Asset, BoxError, Component, Context, IntoInput, Output, Scope,
        WithOptions, interpolate,
    };
}
