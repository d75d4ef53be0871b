//! Who sent a frame, and whether they still may.

use tidegate_core::broker::{Broker, Caller};
use tidegate_core::connection::{Session, SessionKey};
use tidegate_core::limits::{SpendError, Spender, spend};
use tidegate_core::protocol::GoodbyeReason;
use tidegate_lambda::{Moment, WebSocketEvent};

use crate::Service;
use crate::failure::Failure;

impl Service {
    /// The caller with the rights of their newest token, which stand in the session and not in the event, whose
    /// authorizer's context is as old as the handshake.
    pub(crate) async fn caller(
        &self,
        event: &WebSocketEvent,
        frame: &str,
        moment: &Moment<'_>,
    ) -> Result<Caller, Failure> {
        let key = key_of(event)?;
        let context = &event.request_context;
        let session = self.backend.store.session(&key).await?;
        let connection = context.connection_id.clone();
        let is_live = |session: &Session| session.connections.contains_key(&connection);
        let session = session.filter(is_live).ok_or_else(Failure::not_connected)?;
        if session.rights.expired(moment.now_ms) {
            return Err(Failure::Expired);
        }
        self.spend_for(&key.user, frame, moment).await?;
        Ok(Caller {
            key,
            connection,
            endpoint: context.endpoint.clone(),
            session,
        })
    }

    /// What could not be understood is sent all the same, and counts.
    pub(crate) async fn spend_for_nothing(
        &self,
        event: &WebSocketEvent,
        frame: &str,
        moment: &Moment<'_>,
    ) -> Result<(), Failure> {
        let key = key_of(event)?;
        self.spend_for(&key.user, frame, moment).await
    }

    /// What a user may send over all connections.
    async fn spend_for(&self, user: &str, frame: &str, moment: &Moment<'_>) -> Result<(), Failure> {
        let limits = &self.backend.rules.limits;
        let bytes = frame.len() as u64;
        for (bucket, rate, cost) in [
            ("messages", &limits.messages, 1),
            ("bytes", &limits.bytes, bytes),
        ] {
            if let Some(rate) = rate {
                self.spend_of_user(user, (bucket, rate), cost, moment)
                    .await?;
            }
        }
        Ok(())
    }

    /// Takes from a bucket of a user. What the bucket held when it was last moved here is most often what it holds still:
    /// then one write is enough.
    pub(crate) async fn spend_of_user(
        &self,
        user: &str,
        (bucket, rate): (&'static str, &tidegate_core::limits::Rate),
        cost: u64,
        moment: &Moment<'_>,
    ) -> Result<(), Failure> {
        let seen = self.seen.get(user, bucket);
        let store = &*self.backend.store;
        let spender = Spender::User(user);
        let spent = spend(store, spender, (bucket, rate), cost, seen, moment.now_ms).await;
        match spent {
            Ok(next) => {
                self.seen.set(user, bucket, next);
                Ok(())
            }
            Err(SpendError::TooFast(later)) => Err(later.into()),
            Err(SpendError::Store(error)) => Err(error.into()),
            Err(_) => Err(Failure::not_connected()),
        }
    }

    /// Tells the caller that their token has ended, and ends the connection.
    pub(crate) async fn put_out(&self, event: &WebSocketEvent, broker: &Broker<'_>) {
        if let Ok(key) = key_of(event) {
            let context = &event.request_context;
            let (connection, endpoint) = (&context.connection_id, &context.endpoint);
            let reason = GoodbyeReason::Expired;
            // What cannot be removed now goes with its `$disconnect`.
            let _ended = broker.end(&key, connection, endpoint, reason).await;
        }
    }

    /// Counts that the caller was refused for sending too much; says whether it was put out for that.
    pub(crate) async fn strike(&self, event: &WebSocketEvent, broker: &Broker<'_>) -> bool {
        let Ok(key) = key_of(event) else {
            return false;
        };
        let context = &event.request_context;
        let (connection, endpoint) = (&context.connection_id, &context.endpoint);
        // What cannot be counted now is counted the next time.
        let struck = broker.strike(&key, connection, endpoint).await;
        struck.unwrap_or(false)
    }
}

fn key_of(event: &WebSocketEvent) -> Result<SessionKey, Failure> {
    let authorized = event.request_context.authorizer.as_ref();
    let authorized = authorized
        .ok_or_else(|| Failure::Broken("the event has no authorizer context".to_owned()))?;
    Ok(authorized.key())
}
