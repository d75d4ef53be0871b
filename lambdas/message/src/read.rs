//! `history`, `heads` and `presence`: what a client asks about channels.

use tidegate_core::broker::{Broker, Present};
use tidegate_core::history::Page;
use tidegate_core::protocol::{
    HeadList, HeadsFrame, HistoryFrame, HistoryPage, PresenceFrame, PresenceList, ServerFrame,
};
use tidegate_lambda::{Moment, Reply, WebSocketEvent};

use crate::failure::Failure;
use crate::{Answer, Service};

impl Service {
    pub(crate) async fn history(
        &self,
        event: &WebSocketEvent,
        frame: &str,
        broker: &Broker<'_>,
        moment: &Moment<'_>,
    ) -> Result<Answer, Failure> {
        let request = HistoryFrame::parse(frame)?;
        let caller = self.caller(event, frame, moment).await?;
        let (bound, limit) = (request.bound(), request.limit());
        let HistoryFrame { id, channel, .. } = request;
        let Page {
            publications,
            position,
            complete,
            gap,
        } = broker
            .history(Some(&caller), &channel, bound, limit)
            .await?;
        let reply = ServerFrame::History(HistoryPage {
            id,
            channel,
            publications,
            position,
            complete,
            gap,
        });
        Ok(Reply::frame(&reply)?.into())
    }

    pub(crate) async fn heads(
        &self,
        event: &WebSocketEvent,
        frame: &str,
        broker: &Broker<'_>,
        moment: &Moment<'_>,
    ) -> Result<Answer, Failure> {
        let HeadsFrame { id, channels } = HeadsFrame::parse(frame)?;
        let caller = self.caller(event, frame, moment).await?;
        let heads = broker.heads(&caller, &channels).await?;
        Ok(Reply::frame(&ServerFrame::Heads(HeadList { id, heads }))?.into())
    }

    pub(crate) async fn presence(
        &self,
        event: &WebSocketEvent,
        frame: &str,
        broker: &Broker<'_>,
        moment: &Moment<'_>,
    ) -> Result<Answer, Failure> {
        let PresenceFrame {
            id,
            channel,
            cursor,
        } = PresenceFrame::parse(frame)?;
        let caller = self.caller(event, frame, moment).await?;
        let Present {
            count,
            members,
            cursor,
        } = broker
            .presence(Some(&caller), &channel, cursor.as_deref())
            .await?;
        let reply = ServerFrame::Presence(PresenceList {
            id,
            channel,
            count,
            members,
            cursor,
        });
        Ok(Reply::frame(&reply)?.into())
    }
}
