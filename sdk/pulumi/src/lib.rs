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

mod alias;
mod asset;
mod builder;
mod check;
mod component;
mod config;
mod context;
mod convert;
mod declaration;
mod engine;
mod error;
mod fields;
mod input;
mod interpolate;
mod invoke;
mod log;
mod options;
mod output;
mod panic;
mod progress;
mod properties;
mod read;
mod register;
mod resource;
mod returned;
mod run;
mod settings;
mod stack_reference;
mod tasks;
pub mod testing;
pub mod typestate;
mod urn;
mod value;
pub mod wire;

pub use alias::Alias;
pub use asset::{Archive, Asset, AssetOrArchive};
pub use builder::{ResourceBuilder, WithInputs};
pub use check::{Checked, Violation};
pub use component::{Component, ComponentBuilder};
pub use config::{Config, ConfigError};
pub use context::{Context, Scope};
pub use convert::{ConvertError, FromValue, ToValue};
pub use error::{BoxError, Error, ErrorKind, RpcStatus, report};
pub use fields::Fields;
pub use input::{Input, IntoInput, Node, node};
pub use interpolate::IntoText;
pub use invoke::{Invoke, Invoked};
pub use log::Log;
pub use options::{ResourceOptions, Timeouts, WithOptions};
pub use output::{Output, Resolved};
pub use resource::{AsResource, Resource};
pub use run::{Failure, run, run_with};
pub use settings::{Settings, SettingsError};
pub use stack_reference::StackReference;
pub use urn::Urn;
pub use value::{OutputValue, PropertyValue, ReferenceId, ResourceReference, Unwrapped};

/// What nearly every program uses.
pub mod prelude {
    pub use crate::{
        Alias, Archive, AsResource, Asset, BoxError, Component, Context, IntoInput, Output, Scope,
        StackReference, WithOptions, interpolate,
    };
}
