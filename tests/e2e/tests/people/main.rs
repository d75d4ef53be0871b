//! `tidegate users` and `tidegate login`: the real command, against the local user pool in this process and against a
//! Cognito that nobody here wrote.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

mod login;
mod moto;
mod support;
mod users;
