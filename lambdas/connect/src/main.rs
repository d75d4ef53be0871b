//! The `$connect` function.

use std::sync::Arc;

use tidegate_aws::{AwsEnvironment, DynamoRegistry, Meter};
use tidegate_contract::environment::ConnectEnvironment;
use tidegate_lambda::{Edge, StartError, WebSocketEvent, serve};

fn main() -> Result<(), StartError> {
    let environment =
        ConnectEnvironment::from_lookup(Edge::variable).map_err(StartError::because)?;
    let aws = AwsEnvironment::from_lookup(Edge::variable).map_err(StartError::because)?;
    let meter = Arc::new(Meter::default());
    let registry = Arc::new(DynamoRegistry::new(
        &aws,
        environment.table,
        Edge::surroundings(&meter),
    ));
    serve(&meter, move |event: WebSocketEvent| {
        let registry = Arc::clone(&registry);
        async move { tidegate_connect::handle(&*registry, &event, Edge::now_ms()).await }
    })
}
