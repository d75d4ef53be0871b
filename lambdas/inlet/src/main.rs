//! The function behind the queue of publications.

use std::sync::Arc;

use tidegate_aws::Meter;
use tidegate_lambda::{Allocator, Edge, Moment, SqsEvent, StartError, serve_invoked};

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

fn main() -> Result<(), StartError> {
    let meter = Arc::new(Meter::default());
    let backend = Arc::new(tidegate_inlet::from_environment(Edge::variable, &meter)?);
    serve_invoked(&meter, move |event: SqsEvent, invoked| {
        let backend = Arc::clone(&backend);
        async move { tidegate_inlet::handle(&backend, event, Moment::of(&invoked)).await }
    })
}
