//! The HTTP API's function.

use std::sync::Arc;

use tidegate_api::Api;
use tidegate_aws::Meter;
use tidegate_lambda::{Edge, HttpEvent, StartError, serve};

fn main() -> Result<(), StartError> {
    let api = Arc::new(Api::from_environment(Edge::variable)?);
    serve(&Meter::default(), move |event: HttpEvent| {
        let api = Arc::clone(&api);
        async move { api.handle(&event, Edge::now_ms()).await }
    })
}
