//! The function that looks after presence.

use std::sync::Arc;

use tidegate_aws::Meter;
use tidegate_lambda::{Allocator, Edge, Moment, StartError, serve_invoked};
use tidegate_sweep::ScheduledEvent;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

fn main() -> Result<(), StartError> {
    let meter = Arc::new(Meter::default());
    let backend = Arc::new(tidegate_sweep::from_environment(Edge::variable, &meter)?);
    serve_invoked(&meter, move |event: ScheduledEvent, invoked| {
        let backend = Arc::clone(&backend);
        async move { tidegate_sweep::handle(&backend, event, Moment::of(&invoked)).await }
    })
}
