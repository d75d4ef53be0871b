//! `tidegate users`.

mod create;
mod list;

use anyhow::Context;
use serde_json::{Value, json};

use super::block_on;
use crate::arguments::{OneUserArguments, UsersCommand};
use crate::cognito::Cognito;
use crate::output::line;
use crate::place::Place;

/// What no call to Cognito changes.
const OPEN_SOCKETS: &str = "Sockets that are open live on until their access token ends, which is at most \
                            `tidegate:identity.accessTokenMinutes` (15, unless the stack says otherwise) after it was issued.";

pub(crate) fn run(command: UsersCommand) -> anyhow::Result<()> {
    match command {
        UsersCommand::Create(arguments) => create::run(&arguments),
        UsersCommand::List(arguments) => list::run(&arguments),
        UsersCommand::Disable(arguments) => {
            change("AdminDisableUser", &arguments)?;
            Ok(line(format_args!(
                "{} is disabled: no sign-in, and no new token. {OPEN_SOCKETS}",
                arguments.user
            ))?)
        }
        UsersCommand::Enable(arguments) => {
            change("AdminEnableUser", &arguments)?;
            Ok(line(format_args!("{} may sign in again.", arguments.user))?)
        }
        UsersCommand::Revoke(arguments) => {
            change("AdminUserGlobalSignOut", &arguments)?;
            Ok(line(format_args!(
                "{} is signed out everywhere: no new token without signing in again. {OPEN_SOCKETS} To shut the user out, \
                 disable them.",
                arguments.user
            ))?)
        }
    }
}

/// One operation on one user.
fn change(operation: &'static str, arguments: &OneUserArguments) -> anyhow::Result<()> {
    let place = Place::find(&arguments.place)?;
    let cognito = Cognito::of(&place)?;
    let request = json!({ "Username": arguments.user });
    let _nothing: Value = block_on(cognito.call(operation, request))
        .with_context(|| format!("nothing was done to `{}`", arguments.user))?;
    Ok(())
}
