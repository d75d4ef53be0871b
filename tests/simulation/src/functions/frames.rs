//! The message routes: the real function, but for the signature of a token.

use async_trait::async_trait;
use serde_json::{Value, json};
use tidegate_core::broker::{Caller, RefreshError};
use tidegate_core::connection::ConnectionId;
use tidegate_core::protocol::{
    Channel, Error, ErrorCode, GoodbyeReason, RefreshFrame, Refreshed, ServerFrame,
};
use tidegate_lambda::Moment;
use tidegate_tokens::{JwkSet, KeyCache, KeySource, KeysUnavailable, Verifier};

use super::{Function, Instance, Outcome};
use crate::mutation::Mutation;

/// Nobody: tokens of a run are numbers, and have no signatures.
struct NoKeys;

#[async_trait]
impl KeySource for NoKeys {
    async fn fetch(&self) -> Result<JwkSet, KeysUnavailable> {
        Err(KeysUnavailable {
            url: String::new(),
            problem: "there is no issuer".to_owned(),
        })
    }
}

/// The route of a frame, as API Gateway selects it by `$request.body.action`.
fn route(frame: &str) -> String {
    let frame: Option<Value> = serde_json::from_str(frame).ok();
    let action = frame
        .as_ref()
        .and_then(|frame| frame.get("action")?.as_str());
    let known = [
        "subscribe",
        "unsubscribe",
        "publish",
        "presence",
        "history",
        "refresh",
        "heads",
    ];
    let action = action.filter(|action| known.contains(action));
    action.unwrap_or("$default").to_owned()
}

impl Function {
    pub(super) async fn frame(
        self,
        id: &ConnectionId,
        frame: &str,
        instance: &Instance,
    ) -> Outcome {
        let route = route(frame);
        if route == "refresh" {
            return self.refresh(id, frame, &instance.moment()).await;
        }
        let (shared, begun_ms) = (self.shared.clone(), self.begun_ms);
        let max_skew_ms = self.max_skew_ms;
        let lies = self.mutation() == Some(Mutation::AlwaysRecovered);
        let Some(event) = self.event(id, &route, json!({"body": frame})) else {
            return Outcome::Failed;
        };
        let keys = KeyCache::new(Box::new(NoKeys));
        let verifier = Verifier::new("https://issuer.test".into(), "client".into(), keys);
        let service = tidegate_message::Service::new(self.backend, verifier);
        let (reply, _) = service.handle(&event, instance.moment()).await;
        let Ok(reply) = reply else {
            return Outcome::Failed;
        };
        let mut body = reply.body;
        if let Some(body) = &mut body {
            if body.starts_with(r#"{"type":"ack""#) {
                taken(&shared, (id, frame), (begun_ms, instance.now_ms));
            }
            if lies && body.starts_with(r#"{"type":"subscribed""#) {
                *body = body.replace(r#""recovered":false"#, r#""recovered":true"#);
            }
            let ledger = &mut shared.lock().ledger;
            ledger.check_reply(frame, body, begun_ms, max_skew_ms);
        }
        Outcome::Reply(body)
    }

    /// As the route does it, with tokens that are numbers.
    async fn refresh(&self, id: &ConnectionId, frame: &str, moment: &Moment<'_>) -> Outcome {
        let Ok(frame) = serde_json::from_str::<RefreshFrame>(frame) else {
            return Outcome::Failed;
        };
        let reply = match self.renew(id, &frame, moment).await {
            Ok(Some(refreshed)) => ServerFrame::Refreshed(refreshed),
            Ok(None) => return Outcome::Reply(None),
            Err(code) => ServerFrame::Error(Error {
                id: Some(frame.id),
                code,
                message: code.as_str().to_owned(),
                retry_after_ms: (code == ErrorCode::Unavailable).then_some(1_000),
                fatal: code == ErrorCode::NotConnected,
            }),
        };
        match reply.to_json() {
            Ok(reply) => Outcome::Reply(Some(reply)),
            Err(_) => Outcome::Failed,
        }
    }

    async fn renew(
        &self,
        id: &ConnectionId,
        frame: &RefreshFrame,
        moment: &Moment<'_>,
    ) -> Result<Option<Refreshed>, ErrorCode> {
        let (key, endpoint) = {
            let world = self.shared.lock();
            let connection = world.gateway.connections.get(id);
            let connection = connection.ok_or(ErrorCode::NotConnected)?;
            (connection.key.clone(), connection.endpoint.clone())
        };
        let broker = self.broker(moment);
        let session = broker.store.session(&key).await;
        let session = session.map_err(|_| ErrorCode::Unavailable)?;
        let session = session.filter(|session| session.connections.contains_key(id));
        let session = session.ok_or(ErrorCode::NotConnected)?;
        if session.rights.expired(moment.now_ms) {
            let reason = GoodbyeReason::Expired;
            let _ended = broker.end(&key, id, &endpoint, reason).await;
            return Ok(None);
        }
        let caller = Caller {
            key,
            connection: id.clone(),
            endpoint,
            session,
        };
        let token = token_number(&frame.token).ok_or(ErrorCode::BadToken)?;
        let rights = {
            let mut world = self.shared.lock();
            let held = world.ledger.tokens.get(token);
            let rights = held.map(|held| held.rights.clone());
            let rights = rights.ok_or(ErrorCode::BadToken)?;
            if rights.expired(moment.now_ms) {
                return Err(ErrorCode::BadToken);
            }
            if rights.user == caller.key.user {
                world.ledger.holds(&caller.key, token);
            }
            rights
        };
        let renewed = broker.refresh(&caller, &rights).await;
        let renewed = renewed.map_err(|error| match error {
            RefreshError::WrongUser => ErrorCode::WrongUser,
            RefreshError::Outdated => ErrorCode::BadToken,
            RefreshError::NotConnected => ErrorCode::NotConnected,
            _ => ErrorCode::Unavailable,
        })?;
        let mut world = self.shared.lock();
        let now_ms = world.now_ms;
        world.ledger.refreshed(&caller.key, token, now_ms);
        Ok(Some(Refreshed {
            id: frame.id.clone(),
            expires_at: renewed.expires_at,
            dropped: renewed.dropped,
        }))
    }
}

/// A publication was acked: its author had the right to it, and it counts.
fn taken(
    shared: &crate::kernel::Shared,
    (id, frame): (&ConnectionId, &str),
    (begun_ms, now_ms): (u64, u64),
) {
    let Ok(frame) = serde_json::from_str::<Value>(frame) else {
        return;
    };
    let channel = frame.get("channel").and_then(Value::as_str);
    let Some(channel) = channel.and_then(|channel| channel.parse::<Channel>().ok()) else {
        return;
    };
    let mut world = shared.lock();
    let Some(connection) = world.gateway.connections.get(id) else {
        return;
    };
    let key = connection.key.clone();
    let ledger = &mut world.ledger;
    ledger.check_right_to_publish(&key, &channel, (begun_ms, begun_ms));
    let namespace = channel.namespace().to_owned();
    ledger
        .spent
        .entry((key, namespace))
        .or_default()
        .push(now_ms);
}

/// The number of a token, as clients write it.
#[must_use]
pub(crate) fn token_number(text: &str) -> Option<usize> {
    text.strip_prefix("token-")?.parse().ok()
}
