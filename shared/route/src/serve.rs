//! Runs the function behind a route.

use std::sync::Arc;

use tidegate_aws::{
    AwsEnvironment, Connections, ConnectionsOptions, DynamoRegistry, ManagementUrls, Meter,
};
use tidegate_contract::environment::OwnEnvironment;
use tidegate_lambda::{Edge, StartError, WebSocketEvent};

use crate::{Desk, Handler, Moment};

/// Runs the function behind a route until Lambda ends it.
///
/// # Errors
/// When a variable of its environment is missing or cannot be read, or the runtime ends.
pub fn serve<H: Handler>(handler: H) -> Result<(), StartError> {
    let meter = Arc::new(Meter::default());
    let desk = desk(Edge::variable, Arc::clone(&meter))?;
    let both = Arc::new((desk, handler));
    tidegate_lambda::serve(&meter, move |event: WebSocketEvent| {
        let both = Arc::clone(&both);
        async move {
            let (desk, handler) = &*both;
            let moment = Moment {
                now_ms: Edge::now_ms(),
                new_id: Edge::id,
                uptime: Edge::uptime,
            };
            desk.take(handler, &event, moment).await
        }
    })
}

/// A desk over DynamoDB and the management APIs.
fn desk(lookup: impl Fn(&str) -> Option<String>, meter: Arc<Meter>) -> Result<Desk, StartError> {
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
        now: Edge::now,
        jitter: Edge::jitter,
    });
    let registry = DynamoRegistry::new(&aws, table, meter);
    Ok(Desk::new(Box::new(registry), Box::new(sender)))
}
