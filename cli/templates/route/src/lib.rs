//! The route `shout`: answers with what it was sent.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use tidegate_contract::own::OwnRoute;
use tidegate_route::{Caller, Handler, Moment, Refusal};

/// The longest text that is taken, in bytes.
const MAX_TEXT_BYTES: usize = 1_000;

/// What a client sends, beside `action` and `id`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The text.
    pub text: String,
}

/// What it is answered, beside `type` and `id`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// The text.
    pub text: String,
    /// The user who sent it.
    pub user: String,
    /// When it was taken, in epoch milliseconds.
    pub at: u64,
}

/// Why a request is refused.
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
    type Reply = Reply;

    async fn handle(
        &self,
        caller: &Caller,
        request: Request,
        moment: Moment<'_>,
    ) -> Result<Reply, Refusal> {
        let text = checked(request.text)?;
        Ok(Reply {
            text,
            user: caller.user().to_owned(),
            at: moment.now_ms,
        })
    }
}

fn checked(text: String) -> Result<String, Problem> {
    match text.len() {
        0 => Err(Problem::Empty),
        1..=MAX_TEXT_BYTES => Ok(text),
        bytes => Err(Problem::TooLong(bytes)),
    }
}

/// What a client branches on: stable, and in the log line.
impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        let code = match problem {
            Problem::Empty => "empty",
            Problem::TooLong(_) => "too_long",
        };
        Self::new(code, problem.to_string())
    }
}
