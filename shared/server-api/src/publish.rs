//! `POST /publications`.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tidegate_protocol::{Channel, IdempotencyKey, MAX_FRAME_BYTES, Position};

use crate::ApiError;

/// How many publications one request may have.
pub const MAX_BATCH: usize = 10;
/// The longest body of a request, in bytes: all publications as long as they may be, and room around them.
pub const MAX_BODY_BYTES: usize = MAX_BATCH * MAX_FRAME_BYTES + 64 * 1024;

/// Something to publish: the body of a request that publishes one, a part of one that publishes several, and a message of
/// the inlet's queue.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    /// The channel.
    pub channel: Channel,
    /// Any JSON.
    pub data: Box<RawValue>,
    /// By which it is known when it comes again: what has the same key in a channel within ten minutes is published once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<IdempotencyKey>,
}

impl Draft {
    /// `data` for a channel, without a key.
    ///
    /// # Errors
    /// When `data` cannot be written as JSON.
    pub fn new<T: Serialize + ?Sized>(
        channel: Channel,
        data: &T,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self {
            channel,
            data: serde_json::value::to_raw_value(data)?,
            key: None,
        })
    }

    /// The same with a key.
    #[must_use]
    pub fn with_key(self, key: IdempotencyKey) -> Self {
        Self {
            key: Some(key),
            ..self
        }
    }
}

/// Several publications: each is published or not by itself, in their order.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Batch {
    /// At least one, and at most [`MAX_BATCH`]. Each is read by itself, so that one that is not valid keeps no other back.
    pub publications: Vec<Box<RawValue>>,
}

/// A publication that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Published {
    /// The id that the publication has everywhere: that of the first time, where its key was known.
    pub publication_id: String,
    /// Its place; only in channels with history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// It was taken before: a publication with this key is there already.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub duplicate: bool,
    /// How many subscribers it has reached by now.
    #[serde(default)]
    pub sent: u64,
    /// How many subscribers it reaches by way of the queue.
    #[serde(default)]
    pub queued: u64,
}

/// What became of one publication of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// It was taken.
    Published(Published),
    /// It was not.
    Error(ApiError),
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchOutcome {
    /// Of each publication, in their order.
    pub results: Vec<Outcome>,
}
