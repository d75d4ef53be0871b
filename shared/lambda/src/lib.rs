//! The edge between AWS Lambda and the domain: the events of API Gateway and SQS as types, the replies, the one log line
//! of an invocation with its metrics, and [`serve`], by which a function runs.
//!
//! Here, and nowhere below, the machine's time, randomness and environment are read.

mod allocator;
mod authorizer;
mod backend;
mod closing;
mod edge;
mod emf;
mod event;
mod http;
mod memory;
mod moment;
mod reply;
mod report;
mod serve;
mod sqs;

pub use allocator::Allocator;
pub use authorizer::{AuthorizerContext, AuthorizerRequest, AuthorizerResponse, InvalidContext};
pub use backend::{Backend, BackendVariables};
pub use edge::Edge;
pub use event::{Headers, WebSocketContext, WebSocketEvent};
pub use http::HttpEvent;
pub use memory::{Guard, Seen};
pub use moment::Moment;
pub use reply::Reply;
pub use report::{Handshake, Invocation, Report};
pub use serve::{Invoked, StartError, serve, serve_invoked};
pub use sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
