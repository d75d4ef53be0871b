//! The function behind the fan-out queue.

use std::sync::Arc;

use tidegate_aws::Meter;
use tidegate_fanout::Service;
use tidegate_lambda::{Allocator, Edge, Moment, SqsEvent, StartError, serve_invoked};

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

fn main() -> Result<(), StartError> {
    let meter = Arc::new(Meter::default());
    let service = Arc::new(Service::from_environment(Edge::variable, &meter)?);
    serve_invoked(&meter, move |event: SqsEvent, invoked| {
        let service = Arc::clone(&service);
        async move { service.handle(event, Moment::of(&invoked)).await }
    })
}
