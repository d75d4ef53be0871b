//! The cloud model of the local runtime: what the registered resources are, the quotas that hold for them, and the
//! clock and the faults that all parts share.
//!
//! Nothing here serves anything: [`Cloud`] takes resources one by one as the engine registers them, gives each the id
//! and the outputs that AWS would give it, and [`Cloud::system`] tells in the end what there is to serve. What it does
//! not emulate it refuses; it never accepts a resource or a property to ignore it.

pub mod alarms;
pub mod clock;
mod cloud;
mod error;
pub mod events;
pub mod faults;
mod ids;
mod inputs;
pub mod limits;
mod resources;
pub mod route_key;
pub mod selection;
pub mod system;
pub mod template;

pub use cloud::{Cloud, Created, Endpoints, NewResource, RESOURCE_TYPES};
pub use error::Refusal;
