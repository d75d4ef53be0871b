//! The command line about a stack at work.

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use super::PlaceArguments;

#[derive(Debug, Subcommand)]
pub(crate) enum DlqCommand {
    /// List the messages that were put aside: whom they were for, and why
    #[command(after_help = "Examples:
  tidegate dlq list                          of the stack that `tidegate dev` runs, else of the deployed one
  tidegate dlq list --queue inlet            only the publications of backends that the inlet could not take
  tidegate dlq list --deployed --stack prod --json | jq '.[].why'

SQS shows a message only by receiving it: each is hidden from others for a moment, and its receive count grows by one.")]
    List(ListDlqArguments),
    /// Show one message, without what was published
    #[command(after_help = "Example:
  tidegate dlq show 059f36b4-87a3-44ab-83d2-661975830a7d --payload

SQS shows a message only by receiving it: its receive count grows, and that of those which are met on the way.")]
    Show(ShowDlqArguments),
    /// Send messages out again: all of them, or some
    #[command(after_help = "Examples:
  tidegate dlq redrive
  tidegate dlq redrive --max-per-second 20       so that the cause is not met with all of them at once
  tidegate dlq redrive --id 059f36b4-87a3-44ab-83d2-661975830a7d
  tidegate dlq redrive --queue inlet             what backends could not publish

All are moved by a task of SQS, which goes on when this command is ended: those of the fan-out, unless --queue says otherwise.
Receivers drop what they have had; whoever cannot be reached is tried as often as the first time, and then put aside again.
What the inlet cannot publish this time either is put aside again, too.")]
    Redrive(RedriveDlqArguments),
    /// Delete all messages that were put aside
    #[command(after_help = "Example:
  tidegate dlq purge --yes                 without asking
  tidegate dlq purge --queue inlet --yes   what backends could not publish

Those of the fan-out, unless --queue says otherwise. What they bear is lost to their receivers, but for what a channel's
history still has; what the inlet's bear was never published.")]
    Purge(PurgeDlqArguments),
}

/// Whose dead-letter queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum DlqQueue {
    /// Of the fan-out: publications whose receivers could not be reached, and who came or went
    Fanout,
    /// Of the inlet: what backends and rules of EventBridge sent, and could not be taken
    Inlet,
}

#[derive(Debug, Args)]
pub(crate) struct ListDlqArguments {
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
    /// Of one queue only [default: of all that the stack has]
    #[arg(long, value_name = "QUEUE")]
    pub(crate) queue: Option<DlqQueue>,
    /// How many to list at most
    #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,
    /// Print them as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ShowDlqArguments {
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
    /// Look in one queue only [default: in all that the stack has]
    #[arg(long, value_name = "QUEUE")]
    pub(crate) queue: Option<DlqQueue>,
    /// The message's id, as `tidegate dlq list` prints it
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    /// Print what was published, too
    #[arg(long)]
    pub(crate) payload: bool,
    /// Print it as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RedriveDlqArguments {
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
    /// Of which queue [default: fanout; with --id, whichever it is in]
    #[arg(long, value_name = "QUEUE")]
    pub(crate) queue: Option<DlqQueue>,
    /// Only the message with this id; can be given more than once
    #[arg(long = "id", value_name = "ID")]
    pub(crate) ids: Vec<String>,
    /// How many to send at most in a second [default: as many as SQS can]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=500))]
    pub(crate) max_per_second: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct PurgeDlqArguments {
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
    /// Of which queue
    #[arg(long, value_name = "QUEUE", default_value = "fanout")]
    pub(crate) queue: DlqQueue,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
}
