//! `publish`.

use tidegate_core::broker::{Author, Broker, Request};
use tidegate_core::protocol::{Ack, PublishFrame, ServerFrame};
use tidegate_lambda::{Moment, Reply, WebSocketEvent};

use crate::failure::Failure;
use crate::{Answer, Counted, Published, Service};

impl Service {
    pub(crate) async fn publish(
        &self,
        event: &WebSocketEvent,
        frame: &str,
        broker: &Broker<'_>,
        moment: &Moment<'_>,
    ) -> Result<Answer, Failure> {
        let PublishFrame {
            id,
            channel,
            data,
            key,
        } = PublishFrame::parse(frame)?;
        let caller = self.caller(event, frame, moment).await?;
        let accepted = (moment.uptime)();
        let request = Request {
            channel: &channel,
            data: &data,
            key: key.as_ref(),
            new_id: &moment.id(),
        };
        let published = broker.publish(Author::Caller(&caller), request).await?;
        let ack = ServerFrame::Ack(Ack {
            id,
            publication_id: published.publication_id.clone(),
            position: published.position,
            duplicate: published.duplicate,
        });
        Ok(Answer {
            reply: Reply::frame(&ack)?,
            counted: Counted::Published(Published {
                namespace: channel.namespace().to_owned(),
                took: (moment.uptime)().saturating_sub(accepted),
                published,
            }),
        })
    }
}
