//! The command line.

mod load;
mod operation;
mod people;
mod routes;
mod server;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use tidegate_build::BuildArguments;
use tidegate_core::channel::Channel;
use tidegate_local_cloud::faults::{self, FaultSetting};
use tidegate_local_cloud::limits::Override;
use tidegate_plan::cost::Load;

pub(crate) use load::LoadArguments;
pub(crate) use operation::{
    DlqCommand, DlqQueue, ListDlqArguments, PurgeDlqArguments, RedriveDlqArguments,
    ShowDlqArguments,
};
pub(crate) use people::{
    CreateUserArguments, ListUsersArguments, LoginArguments, OneUserArguments, PlaceArguments,
    RotateOriginSecretArguments, UsersCommand,
};
pub(crate) use routes::{
    NewCommand, NewRouteArguments, RemoveCommand, RemoveRouteArguments, WritingArguments,
};
pub(crate) use server::{ChannelsArguments, ConnectionsArguments, KickArguments, PublishArguments};

/// A WebSocket backend for AWS: run it on this machine, look at what it would make, talk to it.
#[derive(Debug, Parser)]
#[command(name = "tidegate", version, propagate_version = true, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done; 1 failed; 2 wrong arguments; 3 the server refused (token, channel, limit).";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the stack on this machine: build, provision, serve
    #[command(after_help = "Examples:
  tidegate dev                      serve the stack `dev` on port 4000
  tidegate dev --port 0             on any port that is free
  tidegate dev --log-format json    for programs: one JSON object a line, `ready` with the URLs
  tidegate dev --limit idle-timeout-ms=2000   see what idle clients live through")]
    Dev(DevArguments),
    /// Join a channel: print what arrives, publish what is typed
    #[command(after_help = "Examples:
  tidegate connect --user alice --channel room:lobby
  echo hi | tidegate connect --user bob --channel room:lobby     publish, and exit after the ack
  tidegate connect --url wss://… --token \"$TOKEN\" --channel room:lobby --json")]
    Connect(ConnectArguments),
    /// Print an access token of the local user pool
    #[command(after_help = "Examples:
  tidegate token --user alice
  wscat -c \"ws://127.0.0.1:4000/dev?room_id=lobby\" -H \"Authorization: Bearer $(tidegate token --user alice)\"
  tidegate token --user alice --group team:red")]
    Token(TokenArguments),
    /// List what the program would make, without serving anything
    #[command(after_help = "Examples:
  tidegate plan
  tidegate plan --cost --load clients=5000,receivers=50
  tidegate plan --json | jq '.resources[] | select(.type == \"aws:lambda/function:Function\")'")]
    Plan(PlanArguments),
    /// Write a preview as a comment for a pull request, in GitHub's Markdown
    #[command(after_help = "Examples:
  pulumi preview --json --show-sames > preview.json
  tidegate preview-comment --preview preview.json --fail-on-trap > comment.md
  tidegate plan --json > new.json     and on the other branch > old.json: no account is needed
  tidegate preview-comment --preview new.json --base-plan old.json")]
    PreviewComment(PreviewCommentArguments),
    /// Make, list and shut out users, of a deployed stack or of the local one
    #[command(subcommand)]
    Users(UsersCommand),
    /// Sign in with a browser and print the access token
    #[command(after_help = "Examples:
  tidegate login                        at the stack that `tidegate dev` runs, else at the deployed one
  tidegate login --deployed --stack prod
  wscat -c wss://… -H \"Authorization: Bearer $(tidegate login)\"")]
    Login(LoginArguments),
    /// Publish, as a backend does
    #[command(after_help = "Examples:
  tidegate publish room:lobby '{\"text\": \"hi\"}'
  tidegate publish room:lobby 'what is no JSON is a text'
  jq -c .order order.json | tidegate publish user:alice - --key order-7-paid --deployed --stack prod

It needs credentials whose role may invoke the stack's routes for backends: its output `serverRoutesArn`.")]
    Publish(PublishArguments),
    /// Look at channels: how many receive, who is there, how far they have come
    #[command(after_help = "Examples:
  tidegate channels room:lobby room:attic
  tidegate channels room:lobby --presence --history 10
  tidegate channels room:lobby --json | jq '.[].sessions'")]
    Channels(ChannelsArguments),
    /// List the connections of a user
    #[command(after_help = "Examples:
  tidegate connections --user alice
  tidegate connections --user alice --json | jq '.sessions[].connections[].channels'")]
    Connections(ConnectionsArguments),
    /// Put connections of a user out; the user's tokens stay good
    #[command(after_help = "Examples:
  tidegate kick --user alice
  tidegate kick --user alice --session tab-1234

Clients that are told so do not come back by themselves. To refuse the user's tokens too: `tidegate users revoke`.")]
    Kick(KickArguments),
    /// Look at what could not be delivered, send it out again, or delete it
    #[command(subcommand)]
    Dlq(DlqCommand),
    /// Let thousands of users connect, talk, drop off and come back, and see what becomes of it
    #[command(after_help = "Examples:
  tidegate load --users 1000                           against the stack that `tidegate dev` runs
  tidegate load --users 10000 --mix storm --duration 2m --report load.html
  tidegate load --users 500 --url wss://… --token-command './token.sh' --mix broadcast

Exit code 1: something was lost in silence, doubled or contradictory; or more than 1 in 100 users or publications were not
served.")]
    Load(LoadArguments),
    /// Make a new secret by which CloudFront proves itself to the stack
    #[command(after_help = "Examples:
  tidegate rotate-origin-secret --stack prod             then `pulumi up --stack prod`
  tidegate rotate-origin-secret --stack prod --finish    once that is done, then `pulumi up` again")]
    RotateOriginSecret(RotateOriginSecretArguments),
    /// Add something of your own to the project
    #[command(subcommand)]
    New(NewCommand),
    /// Take away what `new` added
    #[command(subcommand)]
    Remove(RemoveCommand),
    /// Build the functions for Lambda: a small zip each, the same bytes wherever it is built
    #[command(after_help = "Examples:
  tidegate build                          for arm64, into .tidegate/build/arm64
  tidegate build --if-stale --json        for programs: the manifest, of what is there or else is built
  tidegate build --architecture x86_64")]
    Build(BuildArguments),
    /// Print the completions of a shell
    #[command(after_help = "Example:
  tidegate completions bash > ~/.local/share/bash-completion/completions/tidegate")]
    Completions(CompletionsArguments),
}

/// Which stack of which project.
#[derive(Debug, Clone, Args)]
pub(crate) struct StackArguments {
    /// The stack, whose configuration is in Pulumi.STACK.yaml
    #[arg(long, default_value = "dev")]
    pub(crate) stack: String,
    /// Take the stack's configuration from this file instead
    #[arg(long, value_name = "FILE")]
    pub(crate) config_file: Option<PathBuf>,
    /// Where state is kept [default: .tidegate in the project's folder]
    #[arg(long, value_name = "FOLDER", env = "TIDEGATE_STATE")]
    pub(crate) state: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct DevArguments {
    #[command(flatten)]
    pub(crate) stack: StackArguments,
    /// The port of the socket; 0 for any that is free
    #[arg(long, default_value_t = 4000)]
    pub(crate) port: u16,
    /// How to write: for people, or one JSON object a line
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
    /// Build with optimisation
    #[arg(long)]
    pub(crate) release: bool,
    /// Set a limit to another value than AWS's; can be given more than once
    #[arg(long = "limit", value_name = "NAME=NUMBER")]
    pub(crate) limits: Vec<Override>,
    /// Let something go wrong with this probability, from 0 to 1; can be given more than once (see --help for what)
    #[arg(long = "fault", value_name = "NAME=PROBABILITY", long_help = fault_help())]
    pub(crate) faults: Vec<FaultSetting>,
    /// What the faults' chances are drawn from, to have the same again [default: another each time, which is said]
    #[arg(long, value_name = "N", requires = "faults")]
    pub(crate) fault_seed: Option<u64>,
}

fn fault_help() -> String {
    format!(
        "Let something go wrong with this probability, from 0 to 1; can be given more than once\n\n{}",
        faults::described()
    )
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct ConnectArguments {
    #[command(flatten)]
    pub(crate) stack: StackArguments,
    /// The channel to join, as namespace:name
    #[arg(long)]
    pub(crate) channel: Channel,
    /// The user of the local user pool to be
    #[arg(long, conflicts_with = "token", required_unless_present = "token")]
    pub(crate) user: Option<String>,
    /// A group of that user; can be given more than once
    #[arg(
        long = "group",
        value_name = "NAMESPACE:NAME",
        conflicts_with = "token"
    )]
    pub(crate) groups: Vec<String>,
    /// The access token to bring
    #[arg(long, env = "TIDEGATE_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// Where to connect [default: what `tidegate dev` serves]
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// Print frames as they are, one a line
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TokenArguments {
    #[command(flatten)]
    pub(crate) stack: StackArguments,
    /// The user
    #[arg(long)]
    pub(crate) user: String,
    /// A group of the user; can be given more than once
    #[arg(long = "group", value_name = "NAMESPACE:NAME")]
    pub(crate) groups: Vec<String>,
    /// For how many seconds it holds [default: as the user pool's client says]
    #[arg(long, value_name = "SECONDS")]
    pub(crate) expires_in: Option<u64>,
    /// Print the token with its expiry as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArguments {
    #[command(flatten)]
    pub(crate) stack: StackArguments,
    /// Print each resource with its inputs and dependencies as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Build with optimisation
    #[arg(long)]
    pub(crate) release: bool,
    /// Print what it would cost in a month, item by item
    #[arg(long, conflicts_with = "json")]
    pub(crate) cost: bool,
    /// The load that the cost is for, as clients=5000,receivers=50 [default: 1000 clients]
    #[arg(long, value_name = "NAME=NUMBER,…", requires = "cost")]
    pub(crate) load: Option<Load>,
}

#[derive(Debug, Args)]
pub(crate) struct PreviewCommentArguments {
    /// What `pulumi preview --json --show-sames` wrote, or `tidegate plan --json`
    #[arg(long, value_name = "FILE")]
    pub(crate) preview: PathBuf,
    /// What `tidegate plan --json` wrote before the change: the preview is then told as a change of that
    #[arg(long, value_name = "FILE")]
    pub(crate) base_plan: Option<PathBuf>,
    /// The manifest of `tidegate build`, for the sizes of the functions
    #[arg(long, value_name = "FILE")]
    pub(crate) manifest: Option<PathBuf>,
    /// The manifest of the build before the change
    #[arg(long, value_name = "FILE", requires = "manifest")]
    pub(crate) base_manifest: Option<PathBuf>,
    /// The load that the cost is for, as clients=5000,receivers=50 [default: 1000 clients]
    #[arg(long, value_name = "NAME=NUMBER,…")]
    pub(crate) load: Option<Load>,
    /// End with 1 where the change walks into a trap, or its preview failed
    #[arg(long)]
    pub(crate) fail_on_trap: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell
    pub(crate) shell: Shell,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_channel_that_is_none_is_refused_with_the_reason() {
        let parsed = Arguments::try_parse_from([
            "tidegate",
            "connect",
            "--user",
            "alice",
            "--channel",
            "lobby",
        ]);
        assert!(parsed.unwrap_err().to_string().contains("namespace:name"));
    }

    #[test]
    fn a_fault_that_there_is_not_is_refused_with_those_that_there_are() {
        let dev = |more: &[&str]| {
            let arguments = [&["tidegate", "dev"], more].concat();
            Arguments::try_parse_from(arguments).map_err(|error| error.to_string())
        };
        let refused = dev(&["--fault", "gremlins=1"]).unwrap_err();
        assert!(refused.contains("message-doubled"), "{refused}");
        let refused = dev(&["--fault", "post-gone=often"]).unwrap_err();
        assert!(refused.contains("NAME=PROBABILITY"), "{refused}");
        let refused = dev(&["--fault-seed", "7"]).unwrap_err();
        assert!(refused.contains("--fault"), "{refused}");
        assert!(dev(&["--fault", "post-gone=0.1", "--fault-seed", "7"]).is_ok());
    }

    #[test]
    fn the_help_says_what_each_fault_does() {
        let mut command = Arguments::command();
        let dev = command.find_subcommand_mut("dev").unwrap();
        let help = dev.render_long_help().to_string();
        for fault in faults::Fault::ALL {
            assert!(help.contains(fault.name()), "{help}");
        }
    }

    #[test]
    fn a_limit_that_there_is_not_is_refused_with_those_that_there_are() {
        let parsed = Arguments::try_parse_from(["tidegate", "dev", "--limit", "idle=3"]);
        assert!(parsed.unwrap_err().to_string().contains("idle-timeout-ms"));
    }
}
