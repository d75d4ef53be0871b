//! The data planes of API Gateway: of a WebSocket API (handshakes, frames, disconnects, and the management API), of an
//! HTTP API, and what CloudFront does before the first.
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
mod firewall;
mod frame;
mod front;
mod gateway;
mod handshake;
mod http_api;
mod http_service;
mod ids;
mod invoke;
mod listen;
mod management;
mod meters;
mod signature;
mod throttle;

pub use front::Front;
pub use gateway::{Gateway, GatewayOptions};
pub use http_api::HttpGateway;
