//! `tidegate users`.

mod create;
mod list;

use anyhow::Context;
use serde_json::{Value, json};

use super::block_on;
use crate::arguments::{OneUserArguments, UsersCommand};
use crate::cognito::Cognito;
use crate::commands::connections::ended_connections;
use crate::output::line;
use crate::place::Place;
use crate::server::{Server, told};

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
                "{} is disabled: no sign-in, and no new token. {OPEN_SOCKETS} `tidegate users revoke` ends them at once.",
                arguments.user
            ))?)
        }
        UsersCommand::Enable(arguments) => {
            change("AdminEnableUser", &arguments)?;
            Ok(line(format_args!("{} may sign in again.", arguments.user))?)
        }
        UsersCommand::Revoke(arguments) => revoke(&arguments),
    }
}

/// Signs the user out of the pool first: who has no refresh token any more cannot get a token that is good again.
fn revoke(arguments: &OneUserArguments) -> anyhow::Result<()> {
    let user = &arguments.user;
    let server = Server::find(&arguments.place)?;
    let ended = block_on(async {
        let subject = server.sign_out(user).await?;
        let Ok(client) = server.client() else {
            return Ok(None);
        };
        let ended = told(client.revoke(&subject).await).with_context(|| {
            format!("`{user}` is signed out of the user pool, but sockets that are open live on: try again")
        });
        ended.map(Some)
    })?;
    let Some(ended) = ended else {
        return Ok(line(format_args!(
            "{user} is signed out everywhere: no new token without signing in again. {OPEN_SOCKETS} The stack has no routes \
             for backends (`tidegate:http.serverRoutes`), by which they could be ended at once."
        ))?);
    };
    let put_out = ended_connections(ended);
    Ok(line(format_args!(
        "{user} is signed out everywhere, and the tokens of until now open no socket any more. {put_out}. To shut the user \
         out, disable them."
    ))?)
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
