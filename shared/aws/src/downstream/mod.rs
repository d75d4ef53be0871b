//! Guards around everything outside that a function asks: a time limit for each attempt and for all of them, a budget of
//! retries, and a circuit breaker.
//!
//! A guard stands where requests leave the process, below signing and below the SDK's client: no call can go around it,
//! and the SDK's own retries and time limits are off. Each downstream has a guard of its own (each API of `@connections`,
//! each issuer), so that one that is down costs only what needs it.
//!
//! What is counted is the health of the service, never a caller's mistake: 410 Gone, a failed condition and any other 4xx
//! are answers. 429 and DynamoDB's throttles are answers too, but must not be answered with more requests: they are tried
//! again out of the budget, and earn it nothing.
//!
//! **Frozen processes.** Lambda freezes a process between two invocations, for milliseconds or for minutes, and a
//! monotonic clock may stand still meanwhile: an open breaker would stay open for as many seconds of *running* as it
//! should of time. So all this is told the wall clock's time. After minutes in the ice the window is empty, a breaker that
//! was open may probe, and the budget has a retry for the pooled connections that died meanwhile. A clock that is set
//! back empties the window and lets a probe through: both are harmless.
//!
//! **No crate does this here.** Looked at in 2026-11: `recloser` 1.4 and `failsafe` 1.3 (last released in 2024-05) read
//! the monotonic clock themselves, as does `tower-resilience-circuitbreaker` 0.14, which also wants every client to be a
//! tower service; none takes a minimum of calls, a share and the time as values. Breaker and budget are some hundred
//! lines without I/O.

mod breaker;
mod budget;
mod guard;
mod judge;
mod policy;
mod refusal;

pub(crate) use guard::{Guarded, Judge};
pub(crate) use judge::{Verdict, by_status};
pub(crate) use policy::Policy;
pub(crate) use refusal::chain;
