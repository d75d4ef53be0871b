//! The function behind the message routes.

use std::sync::Arc;

use tidegate_aws::Meter;
use tidegate_lambda::{Allocator, Edge, Moment, StartError, WebSocketEvent, serve_invoked};
use tidegate_message::Service;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

fn main() -> Result<(), StartError> {
    let meter = Arc::new(Meter::default());
    let service = Arc::new(Service::from_environment(Edge::variable, &meter)?);
    serve_invoked(&meter, move |event: WebSocketEvent, invoked| {
        let service = Arc::clone(&service);
        async move { service.handle(&event, Moment::of(&invoked)).await }
    })
}
