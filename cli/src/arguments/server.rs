//! The command line about what a backend does: publish, look, put out.

use clap::Args;
use tidegate_core::channel::Channel;
use tidegate_core::protocol::IdempotencyKey;

use super::PlaceArguments;

#[derive(Debug, Args)]
pub(crate) struct PublishArguments {
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
    /// The channel, as namespace:name
    #[arg(value_name = "CHANNEL")]
    pub(crate) channel: Channel,
    /// JSON; what is none is published as a text. `-` reads it from standard input
    #[arg(value_name = "DATA", allow_hyphen_values = true)]
    pub(crate) data: String,
    /// What has the same key in the channel within ten minutes is published once
    #[arg(long, value_parser = key)]
    pub(crate) key: Option<IdempotencyKey>,
    /// Print the answer as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

fn key(text: &str) -> Result<IdempotencyKey, String> {
    IdempotencyKey::new(text).map_err(|error| error.to_string())
}

#[derive(Debug, Args)]
pub(crate) struct ChannelsArguments {
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
    /// The channels, as namespace:name
    #[arg(value_name = "CHANNEL", required = true)]
    pub(crate) channels: Vec<Channel>,
    /// Print the newest publications of each, as many as this
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) history: Option<u32>,
    /// Print who is there
    #[arg(long)]
    pub(crate) presence: bool,
    /// Print them as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ConnectionsArguments {
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
    /// The user, by name or by the subject of the token
    #[arg(long)]
    pub(crate) user: String,
    /// Print them as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct KickArguments {
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
    /// The user, by name or by the subject of the token
    #[arg(long)]
    pub(crate) user: String,
    /// Only the connections of this session
    #[arg(long, conflicts_with = "connection")]
    pub(crate) session: Option<String>,
    /// Only this connection
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) connection: Option<String>,
    /// Print how many as JSON
    #[arg(long)]
    pub(crate) json: bool,
}
