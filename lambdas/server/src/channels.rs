//! `GET /channels/{channel}` and `GET /channels/{channel}/history`.

use tidegate_core::broker::{Broker, Look};
use tidegate_core::channel::Channel;
use tidegate_core::history::Page;
use tidegate_lambda::HttpEvent;
use tidegate_server_api::{ChannelState, HistoryPage, HistoryQuery};

use crate::failure::Failure;
use crate::report::Counted;
use crate::{Answer, reply};

pub(crate) async fn state(
    broker: &Broker<'_>,
    event: &HttpEvent,
    channel: &Channel,
) -> Result<Answer, Failure> {
    let cursor = event.query("cursor");
    let Look {
        sessions,
        members,
        cursor,
        position,
    } = broker.look(channel, cursor.as_deref()).await?;
    let state = ChannelState {
        channel: channel.clone(),
        sessions,
        members,
        cursor,
        position,
    };
    Ok(Answer {
        reply: reply::json(200, &state).map_err(Failure::Broken)?,
        counted: Counted::Nothing,
    })
}

pub(crate) async fn history(
    broker: &Broker<'_>,
    event: &HttpEvent,
    channel: &Channel,
) -> Result<Answer, Failure> {
    let query = HistoryQuery::read(|name| event.query(name));
    let HistoryQuery { bound, limit } =
        query.map_err(|error| Failure::bad_request(error.to_string()))?;
    let Page {
        publications,
        position,
        complete,
        gap,
    } = broker.history(None, channel, bound, limit as usize).await?;
    let page = HistoryPage {
        channel: channel.clone(),
        publications,
        position,
        complete,
        gap,
    };
    Ok(Answer {
        reply: reply::json(200, &page).map_err(Failure::Broken)?,
        counted: Counted::Nothing,
    })
}
