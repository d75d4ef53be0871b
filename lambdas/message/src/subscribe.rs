//! `subscribe`.

use tidegate_core::connection::{Subscriber, Subscription};
use tidegate_core::namespace::Action;
use tidegate_core::protocol::{ServerFrame, SubscribeFrame};
use tidegate_lambda::{Reply, WebSocketEvent};

use crate::caller::Caller;
use crate::failure::Failure;
use crate::{Answer, Moment, Service};

impl Service {
    pub(crate) async fn subscribe(
        &self,
        event: &WebSocketEvent,
        frame: &str,
        Moment { now_ms, .. }: Moment<'_>,
    ) -> Result<Answer, Failure> {
        let SubscribeFrame { id, channel } = SubscribeFrame::parse(frame)?;
        let Caller {
            key,
            connection,
            endpoint,
            rights,
        } = self.caller(event, now_ms).await?;
        self.namespaces
            .check(Action::Subscribe, &rights, &channel)?;
        let subscriber = Subscriber {
            connection,
            endpoint,
            key,
            expires_at: rights.expires_at,
            since_ms: now_ms,
        };
        let subscription = Subscription {
            channel,
            subscriber,
        };
        self.registry.subscribe(&subscription, now_ms).await?;
        Ok(Reply::frame(&ServerFrame::Subscribed {
            id: &id,
            channel: &subscription.channel,
        })?
        .into())
    }
}
