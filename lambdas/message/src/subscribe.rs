//! `subscribe` and `unsubscribe`.

use tidegate_core::broker::{Broker, Joined};
use tidegate_core::protocol::{
    ServerFrame, SubscribeFrame, Subscribed, UnsubscribeFrame, Unsubscribed,
};
use tidegate_lambda::{Moment, Reply, WebSocketEvent};

use crate::failure::Failure;
use crate::{Answer, Counted, Recovered, Service};

impl Service {
    pub(crate) async fn subscribe(
        &self,
        event: &WebSocketEvent,
        frame: &str,
        broker: &Broker<'_>,
        moment: &Moment<'_>,
    ) -> Result<Answer, Failure> {
        let SubscribeFrame { id, channel, since } = SubscribeFrame::parse(frame)?;
        let caller = self.caller(event, frame, moment).await?;
        if let Some(rate) = &self.backend.rules.limits.subscribes {
            let user = &caller.key.user;
            self.spend_of_user(user, ("subscribes", rate), 1, moment)
                .await?;
        }
        let Joined {
            position,
            recovered,
            page,
            publications,
        } = broker.subscribe(&caller, &channel, since).await?;
        let counted = match (since, recovered, page) {
            (None, ..) => Counted::Nothing,
            (_, _, true) => Counted::Recovery(Recovered::Paged),
            (_, Some(true), _) => Counted::Recovery(Recovered::All),
            _ => Counted::Recovery(Recovered::Lost),
        };
        let reply = ServerFrame::Subscribed(Subscribed {
            id,
            channel,
            position,
            recovered,
            page,
            publications,
            reconnect_window_ms: self.backend.rules.reconnect_window_ms,
            server_time_ms: moment.now_ms,
        });
        Ok(Answer {
            reply: Reply::frame(&reply)?,
            counted,
        })
    }

    pub(crate) async fn unsubscribe(
        &self,
        event: &WebSocketEvent,
        frame: &str,
        broker: &Broker<'_>,
        moment: &Moment<'_>,
    ) -> Result<Answer, Failure> {
        let UnsubscribeFrame { id, channel } = UnsubscribeFrame::parse(frame)?;
        let caller = self.caller(event, frame, moment).await?;
        broker.unsubscribe(&caller, &channel).await?;
        let reply = ServerFrame::Unsubscribed(Unsubscribed { id, channel });
        Ok(Reply::frame(&reply)?.into())
    }
}
