//! `unsubscribe`.

use tidegate_core::protocol::{ServerFrame, UnsubscribeFrame};
use tidegate_lambda::{Reply, WebSocketEvent};

use crate::caller::Caller;
use crate::failure::Failure;
use crate::{Answer, Moment, Service};

impl Service {
    pub(crate) async fn unsubscribe(
        &self,
        event: &WebSocketEvent,
        frame: &str,
        Moment { now_ms, .. }: Moment<'_>,
    ) -> Result<Answer, Failure> {
        let UnsubscribeFrame { id, channel } = UnsubscribeFrame::parse(frame)?;
        let Caller {
            key, connection, ..
        } = self.caller(event, now_ms).await?;
        self.registry
            .unsubscribe(&key, &connection, &channel)
            .await?;
        Ok(Reply::frame(&ServerFrame::Unsubscribed {
            id: &id,
            channel: &channel,
        })?
        .into())
    }
}
