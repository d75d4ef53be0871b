//! A client of Tidegate's HTTP API for backends: publishes in every channel of a stack, tells of channels and of users, and
//! puts users out.
//!
//! Each request is signed (SigV4) with credentials whose role may invoke the routes: `execute-api:Invoke` on the stack's
//! output `serverRoutesArn`. Where the API is says its output `httpUrl`.
//!
//! ```no_run
//! use aws_credential_types::Credentials;
//! use tidegate_server_client::{Draft, ServerClient};
//!
//! # async fn example(credentials: Credentials) -> Result<(), Box<dyn std::error::Error>> {
//! let client = ServerClient::builder("https://abc123.execute-api.eu-central-1.amazonaws.com", "eu-central-1")
//!     // Whatever the AWS SDK finds: `aws_config::load_from_env().await.credentials_provider()`.
//!     .credentials(credentials)
//!     .build()?;
//! let order = Draft::new("user:alice".parse()?, &serde_json::json!({ "order": 7, "state": "paid" }))?
//!     .with_key("order-7-paid".to_owned().try_into()?);
//! let published = client.publish(&order).await?;
//! println!("{} reached {}", published.publication_id, published.sent);
//! # Ok(())
//! # }
//! ```
//!
//! A request that was not done and may be done again is sent again, a few times and with jitter: whatever the API itself
//! says was not done, and what fails otherwise if doing it twice changes nothing. That is so for all but a publication without
//! a key: give it one, and it is published once however often it is sent.

mod client;
mod error;
mod exchange;

pub use client::{Builder, ServerClient};
pub use error::Error;
pub use tidegate_protocol::{Bound, Channel, IdempotencyKey, Member, Position, Publication};
pub use tidegate_server_api::{
    ApiError, ApiErrorCode, ChannelState, Connection, ConnectionList, Draft, HistoryPage,
    HistoryQuery, KickQuery, MAX_BATCH, Outcome, Published, Session,
};
