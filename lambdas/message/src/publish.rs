//! `publish`.

use tidegate_core::connection::Subscriber;
use tidegate_core::delivery::{Delivered, Delivery};
use tidegate_core::fanout::{Circumstances, Fanout, Publication};
use tidegate_core::namespace::Action;
use tidegate_core::protocol::{ErrorCode, MAX_FRAME_BYTES, PublishFrame, ServerFrame};
use tidegate_lambda::{Reply, WebSocketEvent};

use crate::failure::Failure;
use crate::{Answer, Moment, Published, Service};

impl Service {
    pub(crate) async fn publish(
        &self,
        event: &WebSocketEvent,
        frame: &str,
        moment: Moment<'_>,
    ) -> Result<Answer, Failure> {
        let Moment { now_ms, new_id, .. } = moment;
        let PublishFrame { id, channel, data } = PublishFrame::parse(frame)?;
        let caller = self.caller(event, now_ms).await?;
        self.namespaces
            .check(Action::Publish, &caller.rights, &channel)?;
        // Not before: a channel may have very many, and who may not publish there must not have them all read.
        let subscribers = self.registry.subscribers(&channel).await?;

        let publication_id = &new_id(now_ms);
        let user = &caller.rights.user;
        let frame = ServerFrame::Publication {
            channel: &channel,
            publication_id,
            user,
            at: now_ms,
            data,
        };
        let frame = frame.to_json()?;
        if frame.len() > MAX_FRAME_BYTES {
            let problem = format!(
                "the publication is {} bytes long with its envelope, of at most {MAX_FRAME_BYTES}",
                frame.len()
            );
            return Err(Failure::refused(ErrorCode::TooLarge, problem));
        }
        let publication = Publication {
            channel,
            publication_id: publication_id.clone(),
            accepted_at_ms: now_ms,
            frame,
        };
        let accepted = (moment.uptime)();
        let delivered = self.deliver(&publication, subscribers, moment).await;
        Ok(Answer {
            reply: Reply::frame(&ServerFrame::Ack {
                id: &id,
                publication_id,
            })?,
            publication: Some(Published {
                namespace: publication.channel.namespace().to_owned(),
                delivered,
                took: (moment.uptime)().saturating_sub(accepted),
                id: publication_id.clone(),
            }),
        })
    }

    async fn deliver(
        &self,
        publication: &Publication,
        subscribers: Vec<Subscriber>,
        moment: Moment<'_>,
    ) -> Delivered {
        let fanout = Fanout {
            delivery: Delivery {
                registry: &*self.registry,
                sender: &*self.sender,
            },
            queue: &*self.queue,
            timer: &*self.timer,
        };
        let circumstances = Circumstances {
            now_ms: moment.now_ms,
            deadline_ms: moment.deadline_ms,
            jitter: moment.jitter,
            trace: moment.trace,
        };
        fanout
            .publish(
                publication,
                subscribers,
                self.direct_receivers,
                circumstances,
            )
            .await
    }
}
