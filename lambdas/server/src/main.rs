//! The function behind the HTTP API for backends.

use std::sync::Arc;

use tidegate_aws::Meter;
use tidegate_lambda::{Allocator, Edge, HttpEvent, Moment, StartError, serve_invoked};

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

fn main() -> Result<(), StartError> {
    let meter = Arc::new(Meter::default());
    let backend = Arc::new(tidegate_server::from_environment(Edge::variable, &meter)?);
    serve_invoked(&meter, move |event: HttpEvent, invoked| {
        let backend = Arc::clone(&backend);
        async move { tidegate_server::handle(&backend, &event, Moment::of(&invoked)).await }
    })
}
