//! What the server's side asks for.

use serde_json::value::RawValue;
use tidegate_core::broker::{Author, Request, Which};
use tidegate_core::protocol::{GoodbyeReason, IdempotencyKey};
use tidegate_lambda::Moment;

use super::{Function, Outcome, ServerCall, payload};
use crate::mutation::Mutation;

impl Function {
    pub(super) async fn serve(&self, call: &ServerCall, moment: &Moment<'_>) -> Outcome {
        let broker = self.broker(moment);
        let done = match call {
            ServerCall::Publish { channel, number } => {
                let key = IdempotencyKey::new(format!("k{number}"));
                let data = RawValue::from_string(payload(*number));
                let (Ok(key), Ok(data)) = (key, data) else {
                    return Outcome::Failed;
                };
                let request = Request {
                    channel,
                    data: &data,
                    key: Some(&key),
                    new_id: &moment.id(),
                };
                broker.publish(Author::Server, request).await.is_ok()
            }
            ServerCall::Kick(user) => {
                let which = Which::User(user.clone());
                broker.put_out(&which, GoodbyeReason::Kicked).await.is_ok()
            }
            ServerCall::Revoke(_) if self.mutation() == Some(Mutation::RevokesOnPaper) => true,
            ServerCall::Revoke(user) => broker.revoke(user).await.is_ok(),
        };
        if let (ServerCall::Revoke(user), true) = (call, done) {
            let mut world = self.shared.lock();
            let returned_ms = world.now_ms;
            let before_s = moment.now_ms / 1_000 + 1;
            world.ledger.revoked(user, before_s, returned_ms);
        }
        if done { Outcome::Done } else { Outcome::Failed }
    }
}
