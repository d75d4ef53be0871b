//! Typed bindings of the Pulumi AWS provider.
//!
//! They are generated from `schema.json` for the resources in `resources.txt`: one more is one line there and one
//! `cargo xtask generate`.
//!
//! ```
//! use pulumi::prelude::*;
//! use pulumi_aws::dynamodb;
//!
//! fn registry(ctx: &Context) -> dynamodb::Table {
//!     dynamodb::Table::builder("connections")
//!         .billing_mode("PAY_PER_REQUEST")
//!         .hash_key("pk")
//!         .attributes([dynamodb::TableAttribute::builder().name("pk").type_("S").build()])
//!         .protect(true)
//!         .create(ctx)
//! }
//! ```
//!
//! What the provider would refuse for its shape does not compile. A required property that is missing:
//!
//! ```compile_fail,E0277
//! # use pulumi::prelude::*;
//! # fn program(ctx: &Context) {
//! // `principal` is missing.
//! pulumi_aws::lambda::Permission::builder("invoke")
//!     .action("lambda:InvokeFunction")
//!     .function("echo")
//!     .create(ctx);
//! # }
//! ```
//!
//! A property that does not exist:
//!
//! ```compile_fail,E0599
//! # use pulumi::prelude::*;
//! # fn program(ctx: &Context) {
//! pulumi_aws::dynamodb::Table::builder("connections").hashkey("pk").create(ctx);
//! # }
//! ```
//!
//! A value of another type:
//!
//! ```compile_fail,E0277
//! # use pulumi::prelude::*;
//! # fn program(ctx: &Context) {
//! pulumi_aws::cloudwatch::LogGroup::builder("log").retention_in_days("30").create(ctx);
//! # }
//! ```

#[rustfmt::skip]
mod generated;

pub use generated::*;

/// The schema that the bindings are generated from, with all that it knows of inputs: an engine can check with it what
/// a program registers.
pub const SCHEMA: &str = include_str!("../schema.json");
