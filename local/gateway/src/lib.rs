//! The data plane of an API Gateway WebSocket API: handshakes, frames, disconnects, and the management API.
//!
//! A handshake is refused before a socket is accepted, never after. A frame chooses its route, the route its
//! integration, and the answer goes back where the route has a response. `$disconnect` runs for every connection that
//! ends, whichever way. What goes wrong is told in the words that AWS uses.

mod authorize;
mod close;
mod connection;
mod connections;
mod disconnect;
mod event;
mod frame;
mod gateway;
mod handshake;
mod http_service;
mod ids;
mod invoke;
mod management;
mod meters;
mod throttle;

pub use gateway::{Gateway, GatewayOptions};
