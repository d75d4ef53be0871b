//! The route `shout`: takes what it is sent, and answers nothing.

use serde::Deserialize;
use thiserror::Error;
use tidegate_contract::own::OwnRoute;
use tidegate_route::{Caller, Handler, Moment, Refusal};

/// The longest text that is taken, in bytes.
const MAX_TEXT_BYTES: usize = 1_000;

/// What a client sends, beside `action`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The text.
    pub text: String,
}

/// Why a request is refused: only the log line says it.
#[derive(Debug, Error)]
pub enum Problem {
    /// There is nothing in it.
    #[error("`text` is empty: send at least one character")]
    Empty,
    /// There is too much in it.
    #[error("`text` is {0} bytes long, of at most {MAX_TEXT_BYTES}")]
    TooLong(usize),
}

/// The route.
pub struct Route;

impl Handler for Route {
    const ROUTE: OwnRoute = OwnRoute::Shout;
    type Request = Request;
    type Reply = ();

    async fn handle(
        &self,
        _caller: &Caller,
        request: Request,
        _moment: Moment<'_>,
    ) -> Result<(), Refusal> {
        check(&request.text)?;
        Ok(())
    }
}

const fn check(text: &str) -> Result<(), Problem> {
    match text.len() {
        0 => Err(Problem::Empty),
        1..=MAX_TEXT_BYTES => Ok(()),
        bytes => Err(Problem::TooLong(bytes)),
    }
}

/// What dashboards and alarms tell apart: stable, and in the log line.
impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        let code = match problem {
            Problem::Empty => "empty",
            Problem::TooLong(_) => "too_long",
        };
        Self::new(code, problem.to_string())
    }
}
