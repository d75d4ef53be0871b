//! The edge between AWS Lambda and the domain: the events of API Gateway as types, the replies, the one log line of an
//! invocation, and [`serve`], by which a function runs.
//!
//! Here, and nowhere below, the machine's time, randomness and environment are read.

mod authorizer;
mod edge;
mod event;
mod http;
mod reply;
mod serve;

pub use authorizer::{AuthorizerContext, AuthorizerRequest, AuthorizerResponse, InvalidContext};
pub use edge::Edge;
pub use event::{Headers, WebSocketContext, WebSocketEvent};
pub use http::HttpEvent;
pub use reply::Reply;
pub use serve::{Report, StartError, serve};
