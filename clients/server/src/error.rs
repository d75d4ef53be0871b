//! Why a request was not done.

use thiserror::Error;
use tidegate_server_api::ApiError;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why a request was not done.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The API's URL is none.
    #[error(
        "`{0}` is no URL of an HTTP API: it must begin with https:// (or http://) and have no query"
    )]
    Url(String),
    /// There are no credentials.
    #[error("there are no AWS credentials to sign with")]
    Credentials(#[source] Source),
    /// More were to be published than one request may have.
    #[error("{0} publications are more than the {most} that one request may have", most = tidegate_server_api::MAX_BATCH)]
    Batch(usize),
    /// The request cannot be written.
    #[error("the request cannot be made")]
    Request(#[source] Source),
    /// Nobody answers.
    #[error("{host} cannot be reached")]
    Unreachable {
        /// Who.
        host: String,
        /// What went wrong.
        #[source]
        source: Source,
    },
    /// The API refuses.
    #[error("{0}")]
    Refused(ApiError),
    /// API Gateway refuses the caller, before any function is asked.
    #[error(
        "API Gateway refuses the caller (status {status}: {message}): the credentials' role must allow execute-api:Invoke on \
         the stack's output `serverRoutesArn`"
    )]
    NotAllowed {
        /// 401 or 403.
        status: u16,
        /// What API Gateway says.
        message: String,
    },
    /// There is no such route.
    #[error("there is no such route at this URL: does the stack have `http.serverRoutes`?")]
    NoRoute,
    /// Something answers that is not the function.
    #[error("the answer has the status {status}, and is not the API's: {message}")]
    Gateway {
        /// The status.
        status: u16,
        /// What it says.
        message: String,
    },
    /// The answer cannot be read.
    #[error("the API's answer is not understood: it is newer, or another one")]
    Answer(#[source] serde_json::Error),
}
