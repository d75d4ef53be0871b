//! What a route of one's own stands on: a frame as a typed request, its sender with the rights of their newest token, the
//! reply or a typed refusal as a frame, and the one log line with the metrics that every frame has.
//!
//! A route says what it makes of a request ([`Handler`]), and its `main` is one call of [`serve`]. Who sent a frame is
//! looked up in the table, consistently, before the handler sees anything of it: the authorizer's context is as old as
//! the handshake.

mod caller;
mod desk;
mod frame;
mod refusal;
mod report;
mod serve;
pub mod testing;

pub use caller::Caller;
pub use desk::Desk;
pub use refusal::Refusal;
pub use serve::serve;
pub use tidegate_lambda::Moment;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tidegate_contract::own::OwnRoute;

/// A route of one's own.
pub trait Handler {
    /// Which one it is.
    const ROUTE: OwnRoute;
    /// What a client sends beside `action` and `id`. Fields that it does not know are refused where it is declared with
    /// `#[serde(deny_unknown_fields)]`.
    type Request: DeserializeOwned;
    /// What the client is answered beside `type`, which is the route key, and the `id` of its request: a struct with named
    /// fields other than these two, or `()`. It goes nowhere where the route is not two-way.
    type Reply: Serialize;

    /// Answers one request of somebody who is connected and whose token has not ended.
    ///
    /// # Errors
    /// What the caller is refused, and what could not be done.
    fn handle(
        &self,
        caller: &Caller,
        request: Self::Request,
        moment: Moment<'_>,
    ) -> impl Future<Output = Result<Self::Reply, Refusal>>;
}
