//! One function: its handle, and what its environments share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::HeaderValue;
use tokio::sync::oneshot;

use crate::meters::Meters;
use crate::pool::PoolShared;
use crate::scheduler::{Effects, Job, Scheduler};
use crate::{FunctionSpec, InvokeError, RequestId, supervisor};

/// A function of a [`Pool`](crate::Pool); clones mean the same one.
#[derive(Debug, Clone)]
pub struct Function {
    pub(crate) shared: Arc<Shared>,
}

/// What may go with an invocation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InvokeOptions {
    /// The invocation's id, from [`Function::new_request_id`] for a caller that wants to log it; a new one if none.
    pub request_id: Option<RequestId>,
    /// The X-Ray trace header, `Root=…;Parent=…;Sampled=…`; a new, unsampled trace if none.
    pub trace_header: Option<String>,
    /// The client context, a JSON text.
    pub client_context: Option<String>,
}

/// How a function is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Processes that are there: starting, idle, busy, or being killed.
    pub processes: usize,
    /// Processes that have not asked for an invocation yet.
    pub starting: usize,
    /// Processes without an invocation.
    pub idle: usize,
    /// Processes with an invocation.
    pub busy: usize,
    /// Invocations that wait for a process.
    pub queued: usize,
    /// Processes started so far.
    pub cold_starts: u64,
    /// Invocations taken so far.
    pub invocations: u64,
    /// Invocations that failed so far, throttled ones included.
    pub errors: u64,
}

impl Function {
    /// Runs the function once and gives its response.
    ///
    /// Dropping the future ends the waiting, not the invocation, which runs to its end as on Lambda.
    ///
    /// # Errors
    ///
    /// Whatever kept the function from giving a response; see [`InvokeError`].
    pub async fn invoke(&self, payload: Bytes) -> Result<Bytes, InvokeError> {
        self.invoke_with(payload, InvokeOptions::default()).await
    }

    /// Runs the function once, with what goes beside the event.
    ///
    /// # Errors
    ///
    /// As [`invoke`](Function::invoke).
    pub async fn invoke_with(
        &self,
        payload: Bytes,
        options: InvokeOptions,
    ) -> Result<Bytes, InvokeError> {
        let shared = &self.shared;
        let limit = shared.pool.options.max_request_bytes;
        if payload.len() > limit {
            shared.scheduler().count_error();
            return Err(InvokeError::PayloadTooLarge {
                size: payload.len(),
                limit,
            });
        }
        let now = shared.pool.clock.now_ms();
        let trace = options
            .trace_header
            .unwrap_or_else(|| shared.pool.ids.trace_header(now));
        let client_context = options
            .client_context
            .map(|text| header("client context", text))
            .transpose()?;
        let (reply, outcome) = oneshot::channel();
        let job = Job {
            id: options
                .request_id
                .unwrap_or_else(|| shared.pool.ids.request_id()),
            since: now,
            payload,
            trace: header("trace header", trace)?,
            client_context,
            reply,
        };
        let effects = shared.scheduler().submit(job, now)?;
        shared.apply(effects);
        // The sender is dropped unused only if the supervisor's task was: the Tokio runtime is going away.
        outcome.await.unwrap_or(Err(InvokeError::ShuttingDown))
    }

    /// An id for [`InvokeOptions::request_id`].
    pub fn new_request_id(&self) -> RequestId {
        self.shared.pool.ids.request_id()
    }

    /// The function as it is configured now.
    pub fn spec(&self) -> Arc<FunctionSpec> {
        Arc::clone(self.shared.scheduler().spec())
    }

    /// Changes the function: new processes are those of `spec`, idle ones end at once, busy ones with their
    /// invocation, and no invocation is lost. The binary must be complete at its path.
    pub fn replace(&self, spec: FunctionSpec) {
        let now = self.shared.pool.clock.now_ms();
        let effects = self.shared.scheduler().replace(Arc::new(spec), now);
        self.shared.apply(effects);
    }

    /// Starts processes until there are this many, or as many as there may be: provisioned concurrency. They wait for
    /// invocations like any other, and end like any other when they had none for too long.
    pub fn warm(&self, processes: usize) {
        let now = self.shared.pool.clock.now_ms();
        let effects = self.shared.scheduler().warm(processes, now);
        self.shared.apply(effects);
    }

    /// Takes the function away: invocations from now on, and those that wait, are refused; those that run end by
    /// themselves.
    pub fn remove(&self) {
        self.shared.close(false);
        self.shared.pool.forget(&self.shared);
    }

    /// How the function is doing.
    pub fn stats(&self) -> Stats {
        self.shared.scheduler().stats()
    }
}

fn header(what: &'static str, text: String) -> Result<HeaderValue, InvokeError> {
    HeaderValue::from_maybe_shared(Bytes::from(text))
        .map_err(|_| InvokeError::InvalidContext { what })
}

/// What the handles and the environments of a function share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) name: Arc<str>,
    pub(crate) pool: Arc<PoolShared>,
    scheduler: Mutex<Scheduler>,
}

impl Shared {
    pub(crate) fn new(spec: FunctionSpec, pool: Arc<PoolShared>) -> Shared {
        let name = Arc::from(spec.name.as_str());
        let options = &pool.options;
        let scheduler = Scheduler::new(Arc::new(spec), options);
        let metrics = pool.metrics.as_ref();
        let scheduler = scheduler.metered(metrics.map(|metrics| Meters::new(metrics, &name)));
        Shared {
            name,
            pool,
            scheduler: Mutex::new(scheduler),
        }
    }

    pub(crate) fn scheduler(&self) -> MutexGuard<'_, Scheduler> {
        self.scheduler
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Does what the scheduler decided, with its lock released.
    pub(crate) fn apply(self: &Arc<Shared>, effects: Effects) {
        if let Some(waker) = effects.wake {
            waker.wake();
        }
        for start in effects.start {
            let alive = self.pool.alive();
            let shared = Arc::clone(self);
            self.pool.tasks.spawn(async move {
                supervisor::supervise(&shared, start).await;
                drop(alive);
            });
        }
    }

    /// Takes no more invocations; see [`Scheduler::close`].
    pub(crate) fn close(&self, kill: bool) {
        let now = self.pool.clock.now_ms();
        let refused = self.scheduler().close(kill, now);
        for reply in refused {
            let _ = reply.send(Err(InvokeError::ShuttingDown));
        }
    }
}
