//! The message routes.

use serde::de::DeserializeOwned;
use serde_json::Value;
use tidegate_core::broker::{
    Author, Caller, HistoryError, PresenceError, PublishError, RefreshError, Request,
    SubscribeError,
};
use tidegate_core::connection::ConnectionId;
use tidegate_core::delivery::say_goodbye;
use tidegate_core::protocol::{
    Ack, Error, ErrorCode, GoodbyeReason, HeadList, HeadsFrame, HistoryFrame, HistoryPage,
    PresenceFrame, PresenceList, PublishFrame, RefreshFrame, Refreshed, ServerFrame,
    SubscribeFrame, Subscribed, UnsubscribeFrame, Unsubscribed, request_id,
};
use tidegate_core::store::StoreError;

use super::{Function, Outcome};
use crate::mutation::Mutation;

/// Why a frame was not done.
enum Refusal {
    Error(ErrorCode, Option<u64>),
    /// The caller's token has ended.
    Expired,
}

impl From<ErrorCode> for Refusal {
    fn from(code: ErrorCode) -> Self {
        Self::Error(code, None)
    }
}

impl From<StoreError> for Refusal {
    fn from(_: StoreError) -> Self {
        ErrorCode::Unavailable.into()
    }
}

impl Function {
    pub(super) async fn message(&self, id: &ConnectionId, frame: &str) -> Outcome {
        let reply = match self.answer(id, frame).await {
            Ok(reply) => reply,
            Err(Refusal::Expired) => {
                let endpoint = {
                    let world = self.shared.lock();
                    let connection = world.gateway.connections.get(id);
                    connection.map(|connection| connection.endpoint.clone())
                };
                if let Some(endpoint) = endpoint {
                    say_goodbye(&self.ports, &endpoint, id, GoodbyeReason::Expired).await;
                }
                return Outcome::Reply(None);
            }
            Err(Refusal::Error(code, retry_after_ms)) => ServerFrame::Error(Error {
                id: request_id(frame),
                code,
                message: code.as_str().to_owned(),
                retry_after_ms,
                fatal: code == ErrorCode::NotConnected,
            }),
        };
        match reply.to_json() {
            Ok(reply) => Outcome::Reply(Some(reply)),
            Err(_) => Outcome::Failed,
        }
    }

    async fn caller(&self, id: &ConnectionId) -> Result<Caller, Refusal> {
        let (key, endpoint) = {
            let world = self.shared.lock();
            let connection = world.gateway.connections.get(id);
            let connection = connection.ok_or(ErrorCode::NotConnected)?;
            (connection.key.clone(), connection.endpoint.clone())
        };
        let session = self.broker().store.session(&key).await?;
        let session = session.filter(|session| session.connections.contains_key(id));
        let session = session.ok_or(ErrorCode::NotConnected)?;
        if session.rights.expired(self.now_ms) {
            return Err(Refusal::Expired);
        }
        Ok(Caller {
            key,
            connection: id.clone(),
            endpoint,
            session,
        })
    }

    async fn answer(&self, id: &ConnectionId, frame: &str) -> Result<ServerFrame, Refusal> {
        let action: Value = serde_json::from_str(frame).map_err(|_| ErrorCode::BadFrame)?;
        let action = action.get("action").and_then(Value::as_str);
        let caller = self.caller(id).await?;
        match action.unwrap_or_default() {
            "subscribe" => self.subscribe(&caller, read(frame)?).await,
            "unsubscribe" => {
                let UnsubscribeFrame { id, channel } = read(frame)?;
                self.broker().unsubscribe(&caller, &channel).await?;
                Ok(ServerFrame::Unsubscribed(Unsubscribed { id, channel }))
            }
            "publish" => self.publish(&caller, read(frame)?).await,
            "history" => self.history(&caller, read(frame)?).await,
            "heads" => {
                let HeadsFrame { id, channels } = read(frame)?;
                let heads = self.broker().heads(&caller, &channels).await?;
                Ok(ServerFrame::Heads(HeadList { id, heads }))
            }
            "presence" => self.presence(&caller, read(frame)?).await,
            "refresh" => self.refresh(&caller, &read(frame)?).await,
            _ => Err(ErrorCode::UnknownAction.into()),
        }
    }

    async fn subscribe(
        &self,
        caller: &Caller,
        frame: SubscribeFrame,
    ) -> Result<ServerFrame, Refusal> {
        let SubscribeFrame { id, channel, since } = frame;
        let joined = self.broker().subscribe(caller, &channel, since).await;
        let joined = joined.map_err(|error| match error {
            SubscribeError::Forbidden(_) => ErrorCode::Forbidden.into(),
            SubscribeError::TooMany(_) => ErrorCode::TooManySubscriptions.into(),
            SubscribeError::TooFast(later) => Refusal::Error(ErrorCode::RateLimited, Some(later.0)),
            SubscribeError::NotConnected => ErrorCode::NotConnected.into(),
            _ => Refusal::from(ErrorCode::Unavailable),
        })?;
        let lies = self.mutation() == Some(Mutation::AlwaysRecovered);
        Ok(ServerFrame::Subscribed(Subscribed {
            id,
            channel,
            position: joined.position,
            recovered: joined.recovered.map(|recovered| recovered || lies),
            page: joined.page,
            publications: joined.publications,
            reconnect_window_ms: self.rules.reconnect_window_ms,
            server_time_ms: self.now_ms,
        }))
    }

    async fn publish(&self, caller: &Caller, frame: PublishFrame) -> Result<ServerFrame, Refusal> {
        let request = Request {
            channel: &frame.channel,
            data: &frame.data,
            key: frame.key.as_ref(),
            new_id: &self.name,
        };
        let published = self.broker().publish(Author::Caller(caller), request).await;
        let published = published.map_err(|error| match error {
            PublishError::Forbidden(_) => ErrorCode::Forbidden.into(),
            PublishError::TooLarge { .. } => ErrorCode::TooLarge.into(),
            PublishError::TooFast(later) => Refusal::Error(ErrorCode::RateLimited, Some(later.0)),
            PublishError::Busy(later) => Refusal::Error(ErrorCode::Busy, Some(later.0)),
            PublishError::NotConnected => ErrorCode::NotConnected.into(),
            _ => Refusal::from(ErrorCode::Unavailable),
        })?;
        let mut world = self.shared.lock();
        let times = (self.begun_ms, self.begun_ms);
        let ledger = &mut world.ledger;
        ledger.check_right_to_publish(&caller.key, &frame.channel, times);
        let namespace = frame.channel.namespace().to_owned();
        let spent = ledger.spent.entry((caller.key.clone(), namespace));
        spent.or_default().push(self.now_ms);
        Ok(ServerFrame::Ack(Ack {
            id: frame.id,
            publication_id: published.publication_id,
            position: published.position,
            duplicate: published.duplicate,
        }))
    }

    async fn history(&self, caller: &Caller, frame: HistoryFrame) -> Result<ServerFrame, Refusal> {
        let bound = frame.bound();
        let limit = frame.limit();
        let page = self
            .broker()
            .history(Some(caller), &frame.channel, bound, limit)
            .await
            .map_err(|error| match error {
                HistoryError::Forbidden(_) => ErrorCode::Forbidden,
                HistoryError::None(_) => ErrorCode::NoHistory,
                _ => ErrorCode::Unavailable,
            })?;
        Ok(ServerFrame::History(HistoryPage {
            id: frame.id,
            channel: frame.channel,
            publications: page.publications,
            position: page.position,
            complete: page.complete,
            gap: page.gap,
        }))
    }

    async fn presence(
        &self,
        caller: &Caller,
        frame: PresenceFrame,
    ) -> Result<ServerFrame, Refusal> {
        let cursor = frame.cursor.as_deref();
        let present = self
            .broker()
            .presence(Some(caller), &frame.channel, cursor)
            .await
            .map_err(|error| match error {
                PresenceError::Forbidden(_) => ErrorCode::Forbidden,
                PresenceError::None(_) => ErrorCode::NoPresence,
                PresenceError::Cursor => ErrorCode::BadFrame,
                _ => ErrorCode::Unavailable,
            })?;
        Ok(ServerFrame::Presence(PresenceList {
            id: frame.id,
            channel: frame.channel,
            count: present.count,
            members: present.members,
            cursor: present.cursor,
        }))
    }

    async fn refresh(&self, caller: &Caller, frame: &RefreshFrame) -> Result<ServerFrame, Refusal> {
        let token = token_number(&frame.token).ok_or(ErrorCode::BadToken)?;
        let rights = {
            let mut world = self.shared.lock();
            let token_of = world.ledger.tokens.get(token);
            let rights = token_of.map(|token| token.rights.clone());
            let rights = rights.ok_or(ErrorCode::BadToken)?;
            if rights.expired(self.now_ms) {
                return Err(ErrorCode::BadToken.into());
            }
            if rights.user == caller.key.user {
                world.ledger.holds(&caller.key, token);
            }
            rights
        };
        let renewed = self.broker().refresh(caller, &rights).await;
        let renewed = renewed.map_err(|error| match error {
            RefreshError::WrongUser => ErrorCode::WrongUser,
            RefreshError::Outdated => ErrorCode::BadToken,
            RefreshError::NotConnected => ErrorCode::NotConnected,
            _ => ErrorCode::Unavailable,
        })?;
        let mut world = self.shared.lock();
        let now_ms = world.now_ms;
        world.ledger.refreshed(&caller.key, token, now_ms);
        Ok(ServerFrame::Refreshed(Refreshed {
            id: frame.id.clone(),
            expires_at: renewed.expires_at,
            dropped: renewed.dropped,
        }))
    }
}

fn read<T: DeserializeOwned>(frame: &str) -> Result<T, Refusal> {
    serde_json::from_str(frame).map_err(|_| ErrorCode::BadFrame.into())
}

/// The number of a token, as clients write it.
#[must_use]
pub(crate) fn token_number(text: &str) -> Option<usize> {
    text.strip_prefix("token-")?.parse().ok()
}
