//! The HTTP API's function.

use std::sync::Arc;

use tidegate_api::Api;
use tidegate_aws::Meter;
use tidegate_lambda::{Allocator, Edge, HttpEvent, StartError, serve};

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

fn main() -> Result<(), StartError> {
    let meter = Arc::new(Meter::default());
    let api = Arc::new(Api::from_environment(Edge::variable, &meter)?);
    serve(&meter, move |event: HttpEvent| {
        let api = Arc::clone(&api);
        async move { api.handle(&event, Edge::now_ms()).await }
    })
}
