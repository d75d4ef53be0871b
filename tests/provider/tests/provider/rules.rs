//! What AWS refuses, in its words.

mod aliases;
mod apigateway;
mod edge;
mod messaging;
mod others;

use tonic::Status;

/// The refusal has this text.
fn says<T: std::fmt::Debug>(result: Result<T, Status>, text: &str) {
    let status = result.unwrap_err();
    assert!(status.message().contains(text), "{}", status.message());
}
