//! Runs the function behind a route.

use std::sync::Arc;

use tidegate_aws::{
    AwsEnvironment, Connections, ConnectionsOptions, DynamoStore, ManagementUrls, Meter,
};
use tidegate_contract::environment::OwnEnvironment;
use tidegate_lambda::{Edge, Moment, StartError, WebSocketEvent, serve_invoked};

use crate::{Desk, Handler};

/// Runs the function behind a route until Lambda ends it.
///
/// # Errors
/// When a variable of its environment is missing or cannot be read, or the runtime ends.
pub fn serve<H: Handler>(handler: H) -> Result<(), StartError> {
    let meter = Arc::new(Meter::default());
    let desk = desk(Edge::variable, &meter)?;
    let both = Arc::new((desk, handler));
    serve_invoked(&meter, move |event: WebSocketEvent, invoked| {
        let both = Arc::clone(&both);
        async move {
            let (desk, handler) = &*both;
            desk.take(handler, &event, Moment::of(&invoked)).await
        }
    })
}

/// A desk over DynamoDB and the management APIs.
fn desk(lookup: impl Fn(&str) -> Option<String>, meter: &Arc<Meter>) -> Result<Desk, StartError> {
    let environment = OwnEnvironment::from_lookup(&lookup).map_err(StartError::because)?;
    let OwnEnvironment {
        table,
        management_urls,
    } = environment;
    let aws = AwsEnvironment::from_lookup(&lookup).map_err(StartError::because)?;
    let sender = Connections::new(ConnectionsOptions {
        urls: ManagementUrls::parse(&management_urls).map_err(StartError::because)?,
        region: aws.region.clone(),
        credentials: aws.credentials.clone(),
        surroundings: Edge::surroundings(meter),
    });
    let store = DynamoStore::new(&aws, table, Edge::surroundings(meter));
    Ok(Desk::new(Box::new(store), Box::new(sender)))
}
