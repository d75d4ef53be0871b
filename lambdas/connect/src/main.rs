//! The `$connect` function.

use std::sync::Arc;

use tidegate_aws::Meter;
use tidegate_lambda::{Allocator, Edge, Moment, StartError, WebSocketEvent, serve_invoked};

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

fn main() -> Result<(), StartError> {
    let meter = Arc::new(Meter::default());
    let backend = Arc::new(tidegate_connect::from_environment(Edge::variable, &meter)?);
    serve_invoked(&meter, move |event: WebSocketEvent, invoked| {
        let backend = Arc::clone(&backend);
        async move { tidegate_connect::handle(&backend, &event, Moment::of(&invoked)).await }
    })
}
