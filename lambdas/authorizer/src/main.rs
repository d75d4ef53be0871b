//! The authorizer function.

use std::sync::Arc;

use tidegate_authorizer::Authorizer;
use tidegate_aws::Meter;
use tidegate_lambda::{Allocator, AuthorizerRequest, Edge, StartError, serve};

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

fn main() -> Result<(), StartError> {
    let meter = Arc::new(Meter::default());
    let authorizer = Arc::new(Authorizer::from_environment(Edge::variable, &meter)?);
    serve(&meter, move |request: AuthorizerRequest| {
        let authorizer = Arc::clone(&authorizer);
        async move { authorizer.handle(&request, Edge::now_ms()).await }
    })
}
