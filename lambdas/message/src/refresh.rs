//! `refresh`.

use tidegate_core::broker::{Broker, Renewed};
use tidegate_core::protocol::{RefreshFrame, Refreshed, ServerFrame};
use tidegate_core::rights::Rights;
use tidegate_lambda::{Moment, Reply, WebSocketEvent};
use tidegate_tokens::Claims;

use crate::failure::Failure;
use crate::{Answer, Service};

impl Service {
    pub(crate) async fn refresh(
        &self,
        event: &WebSocketEvent,
        frame: &str,
        broker: &Broker<'_>,
        moment: &Moment<'_>,
    ) -> Result<Answer, Failure> {
        let RefreshFrame { id, token } = RefreshFrame::parse(frame)?;
        let caller = self.caller(event, frame, moment).await?;
        let Claims {
            sub: user,
            groups,
            iat: issued_at,
            exp: expires_at,
            ..
        } = self.verifier.verify(&token, moment.now_ms).await?;
        let rights = Rights {
            user,
            groups,
            issued_at,
            expires_at,
        };
        let Renewed {
            expires_at,
            dropped,
        } = broker.refresh(&caller, &rights).await?;
        let reply = ServerFrame::Refreshed(Refreshed {
            id,
            expires_at,
            dropped,
        });
        Ok(Reply::frame(&reply)?.into())
    }
}
