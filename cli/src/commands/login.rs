//! `tidegate login`: the authorization code flow with PKCE, with a browser that comes back to this process.
//!
//! Nothing is kept: the token is printed, and whoever wants it later asks again.

mod attempt;
mod exchange;
mod listener;

use std::sync::Arc;
use std::time::Duration;

use anstream::eprintln;
use anyhow::{Context, bail};

use self::attempt::{Attempt, Outcome};
use self::listener::Callback;
use super::block_on;
use crate::arguments::LoginArguments;
use crate::failure::Refused;
use crate::machine;
use crate::output::{BOLD, line};
use crate::place::Place;

pub(crate) fn run(arguments: &LoginArguments) -> anyhow::Result<()> {
    let place = Place::find(&arguments.place)?;
    let pages = place.sign_in_url.as_deref().context(
        "the stack has no page to sign in on: the program gives it one with a UserPoolDomain and the OAuth settings of the \
         app client. For the local stack, `tidegate token --user NAME` gives a token without signing in",
    )?;
    let tokens = block_on(async {
        let callback = Callback::listen().await?;
        let attempt = Attempt::new(pages, &place.client_id, callback.port())?;
        let attempt = Arc::new(attempt);
        show(&attempt.url(), arguments.no_browser);
        let limit = Duration::from_secs(arguments.timeout);
        let outcome = tokio::time::timeout(limit, callback.outcome(&attempt)).await;
        let code = match outcome {
            Ok(outcome) => code(outcome?)?,
            Err(_) => bail!(
                "nobody signed in within {} s. If the page said redirect_mismatch, the stack was deployed without the \
                 callback URLs of this command",
                arguments.timeout
            ),
        };
        exchange::exchange(&attempt, &code).await
    })?;
    if arguments.json {
        line(format_args!("{}", serde_json::to_string(&tokens)?))?;
    } else {
        line(format_args!("{}", tokens.access_token))?;
    }
    Ok(())
}

fn show(url: &str, no_browser: bool) {
    if no_browser {
        eprintln!("Sign in at\n{BOLD}{url}{BOLD:#}");
        return;
    }
    match open::that_detached(url) {
        Ok(()) => eprintln!("Sign in with the browser. If none opens, go to\n{url}"),
        Err(_) => eprintln!("No browser opens here. Sign in at\n{BOLD}{url}{BOLD:#}"),
    }
}

fn code(outcome: Outcome) -> anyhow::Result<String> {
    match outcome {
        Outcome::Code(code) => Ok(code),
        Outcome::Refused { error, description } => {
            let description = description.map(|text| format!(": {text}"));
            let description = description.unwrap_or_default();
            Err(match error.as_str() {
                "access_denied" => Refused(format!(
                    "the sign-in was refused (access_denied){description}"
                )),
                _ => Refused(format!(
                    "the user pool does not let this sign-in go on ({error}){description}"
                )),
            }
            .into())
        }
        Outcome::Nothing => {
            bail!("the browser came back with neither a code nor an error: try again")
        }
    }
}

/// When a token ends that holds so many seconds from now, in epoch seconds.
fn ends_at(expires_in: u64) -> u64 {
    (machine::now_ms() / 1000).saturating_add(expires_in)
}
