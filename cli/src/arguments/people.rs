//! The command line about people and secrets.

use clap::{Args, Subcommand};

use super::StackArguments;

/// Which stack, and where it is.
#[derive(Debug, Args)]
pub(crate) struct PlaceArguments {
    #[command(flatten)]
    pub(crate) stack: StackArguments,
    /// The stack that `tidegate dev` runs on this machine [default: if it runs]
    #[arg(long, conflicts_with = "deployed")]
    pub(crate) local: bool,
    /// The stack that Pulumi deployed [default: if it does not run on this machine]
    #[arg(long)]
    pub(crate) deployed: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum UsersCommand {
    /// Make a user
    #[command(after_help = "Examples:
  tidegate users create --user alice --group team:red          prints a temporary password, once
  pass show alice | tidegate users create --user alice --password-stdin")]
    Create(CreateUserArguments),
    /// List the users
    List(ListUsersArguments),
    /// Shut a user out: no sign-in and no new token
    Disable(OneUserArguments),
    /// Let a disabled user in again
    Enable(OneUserArguments),
    /// Sign a user out everywhere, refuse the tokens of until now, and end all sockets within seconds
    Revoke(OneUserArguments),
}

#[derive(Debug, Args)]
pub(crate) struct CreateUserArguments {
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
    /// The user's name
    #[arg(long)]
    pub(crate) user: String,
    /// The user's mail address, which is taken for verified
    #[arg(long)]
    pub(crate) email: Option<String>,
    /// A group to be in, which is made if there is none; can be given more than once
    #[arg(long = "group", value_name = "NAMESPACE:NAME")]
    pub(crate) groups: Vec<String>,
    /// Read the password from standard input, instead of making a temporary one
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ListUsersArguments {
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
    /// Show the groups of each user too, which is one more request for each
    #[arg(long)]
    pub(crate) groups: bool,
    /// Print them as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct OneUserArguments {
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
    /// The user's name
    #[arg(long)]
    pub(crate) user: String,
}

#[derive(Debug, Args)]
pub(crate) struct LoginArguments {
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
    /// Print where to sign in, and open no browser
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// For how many seconds to wait
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) timeout: u64,
    /// Print all tokens with the expiry of the access token as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RotateOriginSecretArguments {
    #[command(flatten)]
    pub(crate) stack: StackArguments,
    /// End the overlap: what came before the newest secret is accepted no more
    #[arg(long)]
    pub(crate) finish: bool,
}
