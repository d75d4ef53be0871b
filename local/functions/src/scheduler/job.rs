//! What the scheduler deals in.

use std::sync::Arc;
use std::task::Waker;

use bytes::Bytes;
use http::HeaderValue;
use tokio::sync::{Notify, oneshot};

use crate::{FunctionSpec, InvokeError, RequestId};

/// Where an invocation's outcome goes. That the caller may be gone is no failure: the invocation runs all the same.
pub(crate) type Reply = oneshot::Sender<Result<Bytes, InvokeError>>;

/// An invocation that no process has seen yet.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) id: RequestId,
    /// When it was asked for.
    pub(crate) since: u64,
    pub(crate) payload: Bytes,
    pub(crate) trace: HeaderValue,
    pub(crate) client_context: Option<HeaderValue>,
    pub(crate) reply: Reply,
}

/// An invocation as a process gets it.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) id: RequestId,
    pub(crate) payload: Bytes,
    pub(crate) trace: HeaderValue,
    pub(crate) client_context: Option<HeaderValue>,
    pub(crate) deadline_ms: u64,
}

/// Names an environment within its function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct EnvironmentId(pub(crate) u64);

/// An environment to start.
#[derive(Debug)]
pub(crate) struct Start {
    pub(crate) id: EnvironmentId,
    pub(crate) spec: Arc<FunctionSpec>,
    /// Wakes the supervisor to [`look`](super::Scheduler::look).
    pub(crate) attention: Arc<Notify>,
    /// Has the supervisor kill the process, as if it had ended by itself.
    pub(crate) crash: Arc<Notify>,
}

/// What is to be done once the scheduler's lock is released.
#[derive(Debug, Default)]
#[must_use]
pub(crate) struct Effects {
    /// The `/next` that now has its answer.
    pub(crate) wake: Option<Waker>,
    /// The environments to start.
    pub(crate) start: Vec<Start>,
}

/// What a process's `GET …/next` gets.
#[derive(Debug)]
pub(crate) enum Next {
    /// This invocation.
    Deliver(Delivery),
    /// Nothing yet: the waker will be woken.
    Wait,
    /// Nothing, as it has not answered the one before.
    Busy,
}

/// Why a response is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotCurrent {
    /// The environment has answered that invocation already.
    Answered,
    /// The environment is not at that invocation: never was, or its time is up.
    Unknown,
}

/// What a supervisor has to do now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Look again at this time, or when called.
    SleepUntil(u64),
    /// Kill the process, reap it and say so.
    Kill,
}

/// What the end of a process means, and to whom.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// To nobody.
    Quiet,
    /// It was killed as its invocation's time was up.
    TimedOut(RequestId, Reply),
    /// It was killed in mid-invocation as the function goes away.
    ShutDown(Reply),
    /// It ended by itself in mid-invocation.
    Crashed(RequestId, Reply),
    /// It never asked for an invocation. The reply is that of the invocation which has now nobody to wait for.
    InitFailed(InitEnd, Option<Reply>),
}

/// How an environment failed to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum InitEnd {
    /// The process ended, or was never there.
    Ended,
    /// The process said why.
    Reported { error_type: String, message: String },
    /// The process was killed as its time was up.
    TimedOut,
}
