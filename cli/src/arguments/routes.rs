//! The command line about routes of one's own.

use clap::{Args, Subcommand};

use crate::routes::{FunctionName, RouteKey};

#[derive(Debug, Subcommand)]
pub(crate) enum NewCommand {
    /// A route of your own: a Lambda crate with typed request and reply, and its tests
    #[command(after_help = "Examples:
  tidegate new route shout                     answers {\"action\":\"shout\",\"id\":\"1\",\"text\":\"hello\"}
  tidegate new route addToCart --function cart
  tidegate new route shout --dry-run           only says what it would write
  tidegate remove route shout                  takes all of it away again

docs/your-first-route.md does it by hand.")]
    Route(NewRouteArguments),
}

#[derive(Debug, Subcommand)]
pub(crate) enum RemoveCommand {
    /// A route of your own, with its crate
    #[command(after_help = "Examples:
  tidegate remove route shout
  tidegate remove route shout --force          also what was made of its crate since")]
    Route(RemoveRouteArguments),
}

#[derive(Debug, Args)]
pub(crate) struct NewRouteArguments {
    /// The route key, which is the `action` of its frames
    pub(crate) name: RouteKey,
    /// The name of its function [default: the route's, in small letters with `-`]
    #[arg(long, value_name = "NAME")]
    pub(crate) function: Option<FunctionName>,
    /// Answer nothing through the socket
    #[arg(long)]
    pub(crate) one_way: bool,
    #[command(flatten)]
    pub(crate) how: WritingArguments,
}

#[derive(Debug, Args)]
pub(crate) struct RemoveRouteArguments {
    /// The route key
    pub(crate) name: RouteKey,
    /// Remove its crate although it holds what `new route` did not write
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) how: WritingArguments,
}

/// How files are written.
#[derive(Debug, Args)]
pub(crate) struct WritingArguments {
    /// Only say what would be written
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Leave what is generated as it is: `cargo xtask generate` remakes it
    #[arg(long)]
    pub(crate) no_generate: bool,
    /// Print the files as JSON
    #[arg(long)]
    pub(crate) json: bool,
}
