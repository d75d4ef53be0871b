//! A client of the protocol `tidegate.v1` that loses nothing in silence.
//!
//! ```no_run
//! use tidegate_client::{ChannelEvent, Client, Token, TokenError, TokenReason};
//!
//! # async fn sign_in() -> Option<String> { None }
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::builder("wss://example.com/prod")
//!     .token(|_: TokenReason| async {
//!         let token = sign_in().await.ok_or(TokenError::SignedOut)?;
//!         Ok(Token::new(token))
//!     })
//!     .build()?;
//! let mut lobby = client.subscribe("room:lobby")?;
//! client.publish("room:lobby", "hi").await?;
//! while let Some(event) = lobby.next().await {
//!     match event {
//!         ChannelEvent::Publication(publication) => println!("{}", publication.data.get()),
//!         // Something was missed that cannot be had: load your state anew.
//!         ChannelEvent::Lost { .. } => {}
//!         // Not allowed, or the client has ended.
//!         ChannelEvent::Dropped(reason) => println!("{reason}"),
//!         _ => {}
//!     }
//! }
//! # Ok(()) }
//! ```
//!
//! # What it does
//!
//! - It connects, and comes back whenever the connection ends, with full jitter; when it does not come back, [`State::Closed`]
//!   says why ([`machine::verdict`] is the whole table).
//! - It brings the token in the sub-protocol, never in the URL, and renews it early on the live connection.
//! - It pings, and takes a connection that does not answer for dead.
//! - It sends publications until they are acked or expire; one that is sent again is not made twice.
//! - After a reconnect it recovers every channel: in channels with history nothing is missed, doubled or out of order, or
//!   [`ChannelEvent::Lost`] says so; in channels without, `Lost` says that there was a break.
//! - Before the gateway's limit of two hours it hands over to a second connection, unnoticed.
//!
//! # Read the place, load the state, subscribe from the place
//!
//! A state that you load elsewhere and the publications that change it fit together without a gap like this:
//!
//! ```no_run
//! use tidegate_client::machine::HistoryFrom;
//! use tidegate_client::{ChannelEvent, Client, FixedToken, Token};
//!
//! # struct State; impl State { fn apply(&mut self, _: &str) {} }
//! # async fn load_state() -> State { State }
//! # async fn example(token: String) -> Result<(), Box<dyn std::error::Error>> {
//! # let client = Client::builder("wss://example.com/prod").token(FixedToken::new(token)).build()?;
//! // Where the channel is now; what is published from here on will be received.
//! let place = client.history("doc:1", HistoryFrom::Newest, Some(1)).await?.position;
//! let mut state = load_state().await;
//! let mut changes = client.subscribe_since("doc:1", place)?;
//! while let Some(event) = changes.next().await {
//!     match event {
//!         ChannelEvent::Publication(change) => state.apply(change.data.get()),
//!         ChannelEvent::Lost { .. } => state = load_state().await,
//!         _ => {}
//!     }
//! }
//! # Ok(()) }
//! ```
//!
//! The state may already hold the first of the publications that follow: applying one twice must do no harm, or the state says
//! up to which [`Position`] it is.
//!
//! # Back-pressure
//!
//! [`Client::publish`] waits for room in a bounded outbox; [`Publish::try_enqueue`] fails at once where there is none. What cannot
//! be published in time is given back with whether it may have been published all the same.
//!
//! # Without this driver
//!
//! All of the behaviour is in [`machine`], which does no IO: it can be driven by another runtime, a simulation, or a load
//! generator with thousands of clients. [`Handshake`] makes its connections where tokio is there.

mod builder;
mod client;
mod driver;
mod error;
pub mod machine;
mod subscription;
mod token;

pub use tidegate_protocol::{
    Ack, Channel, HistoryPage, IdempotencyKey, Member, Position, PresenceChange, PresenceEvent,
    PresenceList, Publication, SessionId,
};

pub use self::builder::ClientBuilder;
pub use self::client::{Client, Publish, Receipt};
pub use self::driver::{Handshake, HandshakeFailure, Stream};
pub use self::error::{BuildError, Error};
pub use self::machine::{
    Cause, CloseReason, Config, ConfigError, DropReason, HistoryFrom, RequestError, State,
};
pub use self::subscription::{ChannelEvent, Subscription};
pub use self::token::{FixedToken, Token, TokenError, TokenProvider, TokenReason};
