//! The HTTP API for backends: publishes, tells of channels and users, and puts users out. API Gateway lets nobody here who
//! does not sign for the account and may invoke the route, so what is asked is done.

mod channels;
mod failure;
mod publish;
mod reply;
mod report;
mod users;
mod wiring;

use tidegate_contract::http::HttpTarget;
use tidegate_core::broker::Broker;
use tidegate_core::channel::Channel;
use tidegate_lambda::{Backend, HttpEvent, Moment, Reply, Report};

pub use wiring::from_environment;

use crate::failure::Failure;
use crate::report::Counted;

/// What a route answers, and what it counted.
struct Answer {
    reply: Reply,
    counted: Counted,
}

/// Answers one request.
pub async fn handle(
    backend: &Backend,
    event: &HttpEvent,
    moment: Moment<'_>,
) -> (Result<Reply, String>, Report) {
    let answered = route(&backend.broker(&moment), event, &moment).await;
    let outcome = answered.as_ref().err().map(Failure::outcome);
    let (reply, counted) = match answered {
        Ok(Answer { reply, counted }) => (Ok(reply), counted),
        Err(Failure::Refused(error)) => (reply::error(&error), Counted::Nothing),
        Err(Failure::Broken(problem)) => (Err(problem), Counted::Nothing),
    };
    let report = report::of(&event.route_key, outcome, counted);
    (reply, report)
}

async fn route(
    broker: &Broker<'_>,
    event: &HttpEvent,
    moment: &Moment<'_>,
) -> Result<Answer, Failure> {
    match HttpTarget::read(&event.route_key, |name| event.path(name))? {
        HttpTarget::Publish => publish::publish(broker, event, moment).await,
        HttpTarget::Channel(channel) => channels::state(broker, event, &named(channel)?).await,
        HttpTarget::History(channel) => channels::history(broker, event, &named(channel)?).await,
        HttpTarget::Connections(user) => users::connections(broker, user).await,
        HttpTarget::Kick(user) => users::kick(broker, event, user).await,
        HttpTarget::Revoke(user) => users::revoke(broker, user).await,
        HttpTarget::ConnectCheck | HttpTarget::Ticket => Err(Failure::Broken(
            "the route is another function's: deploy program and function from the same commit"
                .to_owned(),
        )),
    }
}

fn named(channel: &str) -> Result<Channel, Failure> {
    let channel = channel.parse::<Channel>();
    channel.map_err(|error| Failure::bad_request(error.to_string()))
}
