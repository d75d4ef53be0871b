//! `tidegate users create`.

use std::io::BufRead;

use anstream::eprintln;
use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::arguments::CreateUserArguments;
use crate::aws::AwsRefusal;
use crate::cognito::Cognito;
use crate::commands::block_on;
use crate::machine;
use crate::output::line;
use crate::place::Place;

/// Random bytes of a temporary password: 120 bits, 20 characters.
const PASSWORD_BYTES: usize = 15;

/// A password, and whether it is the user's own.
enum Password {
    Temporary(String),
    Permanent(String),
}

impl Password {
    fn text(&self) -> &str {
        match self {
            Self::Temporary(text) | Self::Permanent(text) => text,
        }
    }
}

pub(super) fn run(arguments: &CreateUserArguments) -> anyhow::Result<()> {
    let password = if arguments.password_stdin {
        Password::Permanent(first_line()?)
    } else {
        // What is random need not have a character of each kind, and a password must.
        Password::Temporary(format!("{}-aA1", machine::random_text(PASSWORD_BYTES)?))
    };
    let place = Place::find(&arguments.place)?;
    let cognito = Cognito::of(&place)?;
    block_on(create(&cognito, arguments, &password))?;
    let user = &arguments.user;
    match &password {
        Password::Temporary(text) => line(format_args!(
            "{user} is made. The temporary password, which is shown this once and changed at the first sign-in:\n{text}"
        ))?,
        Password::Permanent(_) => line(format_args!("{user} is made, with the password given."))?,
    }
    if place.is_local {
        eprintln!("On this machine signing in asks for no password.");
    }
    Ok(())
}

fn first_line() -> anyhow::Result<String> {
    let mut text = String::new();
    let read = std::io::stdin().lock().read_line(&mut text);
    read.context("the password cannot be read from standard input")?;
    let password = text.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        bail!("there is no password on standard input: --password-stdin reads its first line");
    }
    Ok(password.to_owned())
}

/// Makes the user whole or not at all: half a user could not be finished from here.
async fn create(
    cognito: &Cognito,
    arguments: &CreateUserArguments,
    password: &Password,
) -> anyhow::Result<()> {
    let mut attributes = Vec::new();
    if let Some(email) = &arguments.email {
        attributes.push(json!({ "Name": "email", "Value": email }));
        attributes.push(json!({ "Name": "email_verified", "Value": "true" }));
    }
    let request = json!({
        "Username": arguments.user,
        "TemporaryPassword": password.text(),
        // Cognito would send the password by mail.
        "MessageAction": "SUPPRESS",
        "UserAttributes": attributes,
    });
    let not_made = || format!("`{}` was not made", arguments.user);
    let _made: Value = cognito
        .call("AdminCreateUser", request)
        .await
        .with_context(not_made)?;
    let Err(error) = finish(cognito, arguments, password).await else {
        return Ok(());
    };
    let request = json!({ "Username": arguments.user });
    let undone: anyhow::Result<Value> = cognito.call("AdminDeleteUser", request).await;
    Err(match undone {
        Ok(_) => error.context(not_made()),
        Err(_) => error.context(format!(
            "`{}` was made, but not finished, and cannot be deleted either: delete the user in Cognito and try again",
            arguments.user
        )),
    })
}

async fn finish(
    cognito: &Cognito,
    arguments: &CreateUserArguments,
    password: &Password,
) -> anyhow::Result<()> {
    if let Password::Permanent(text) = password {
        let request = json!({ "Username": arguments.user, "Password": text, "Permanent": true });
        let _set: Value = cognito.call("AdminSetUserPassword", request).await?;
    }
    for group in &arguments.groups {
        join(cognito, &arguments.user, group).await?;
    }
    Ok(())
}

/// Puts the user into a group, which is made if there is none.
async fn join(cognito: &Cognito, user: &str, group: &str) -> anyhow::Result<()> {
    let request = json!({ "Username": user, "GroupName": group });
    let joined: anyhow::Result<Value> = cognito.call("AdminAddUserToGroup", request.clone()).await;
    let Err(error) = joined else { return Ok(()) };
    let refused = error.downcast_ref::<AwsRefusal>();
    if refused.is_none_or(|refused| refused.name != "ResourceNotFoundException") {
        return Err(error);
    }
    let _made: Value = cognito
        .call("CreateGroup", json!({ "GroupName": group }))
        .await?;
    eprintln!("The group {group} is new.");
    let _joined: Value = cognito.call("AdminAddUserToGroup", request).await?;
    Ok(())
}
