//! `tidegate token`.

use super::block_on;
use crate::arguments::TokenArguments;
use crate::endpoint::{self, TokenRequest};
use crate::machine;
use crate::output::line;

pub(crate) fn run(arguments: TokenArguments) -> anyhow::Result<()> {
    let TokenArguments {
        stack,
        user,
        groups,
        expires_in,
        json,
    } = arguments;
    let running = machine::state(&machine::project()?, &stack).running()?;
    let request = TokenRequest {
        user: &user,
        groups: &groups,
        expires_in,
    };
    let token = block_on(endpoint::token(&running, &request))?;
    if json {
        line(format_args!("{}", serde_json::to_string(&token)?))?;
    } else {
        line(format_args!("{}", token.access_token))?;
    }
    Ok(())
}
