//! All functions of one runtime.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tidegate_local_cloud::clock::SharedClock;
use tidegate_local_metrics::Metrics;
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::function::Shared;
use crate::ids::Ids;
use crate::{Function, FunctionSpec, PoolOptions, SharedLogSink};

/// All functions of one runtime, and the processes that run them.
///
/// Dropping it kills the processes; [`shutdown`](Pool::shutdown) also waits until they are gone.
#[derive(Debug)]
pub struct Pool {
    shared: Arc<PoolShared>,
}

/// What all functions share.
#[derive(Debug)]
pub(crate) struct PoolShared {
    pub(crate) clock: SharedClock,
    pub(crate) sink: SharedLogSink,
    pub(crate) options: PoolOptions,
    pub(crate) metrics: Option<Metrics>,
    pub(crate) ids: Ids,
    pub(crate) tasks: Handle,
    functions: Mutex<Functions>,
    alive: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Functions {
    closed: bool,
    open: Vec<Arc<Shared>>,
}

/// Held by the task of each environment: as long as there is one, the pool is not shut down.
#[derive(Debug)]
pub(crate) struct Alive(watch::Sender<usize>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.send_modify(|alive| *alive -= 1);
    }
}

impl Pool {
    /// A pool without functions. Its processes are looked after in the Tokio runtime that this is called in.
    ///
    /// The time limits are those of `clock`, but a process reads its deadline with the machine's clock, and takes the
    /// machine's time: hand in a virtual clock only where that is meant.
    ///
    /// # Panics
    ///
    /// Outside a Tokio runtime.
    pub fn new(clock: SharedClock, log_sink: SharedLogSink, options: PoolOptions) -> Pool {
        Pool::create(clock, log_sink, options, None)
    }

    /// The same, with the metrics that Lambda makes of its functions put into `metrics`.
    ///
    /// # Panics
    ///
    /// Outside a Tokio runtime.
    pub fn with_metrics(
        clock: SharedClock,
        log_sink: SharedLogSink,
        options: PoolOptions,
        metrics: Metrics,
    ) -> Pool {
        Pool::create(clock, log_sink, options, Some(metrics))
    }

    fn create(
        clock: SharedClock,
        log_sink: SharedLogSink,
        options: PoolOptions,
        metrics: Option<Metrics>,
    ) -> Pool {
        let ids = Ids::new(options.seed.unwrap_or_else(|| clock.now_ms()));
        let shared = PoolShared {
            clock,
            sink: log_sink,
            options,
            metrics,
            ids,
            tasks: Handle::current(),
            functions: Mutex::default(),
            alive: watch::Sender::new(0),
        };
        Pool {
            shared: Arc::new(shared),
        }
    }

    /// Adds a function. No process is started before its first invocation.
    pub fn add(&self, spec: FunctionSpec) -> Function {
        let function = Function {
            shared: Arc::new(Shared::new(spec, Arc::clone(&self.shared))),
        };
        let mut functions = self.shared.functions();
        if functions.closed {
            function.shared.close(true);
        } else {
            functions.open.push(Arc::clone(&function.shared));
        }
        function
    }

    /// How many processes there are, those of removed functions included.
    pub fn processes(&self) -> usize {
        *self.shared.alive.borrow()
    }

    /// Kills all processes, and returns when none is left. Invocations that wait or run, and those from now on, fail
    /// with [`ShuttingDown`](crate::InvokeError::ShuttingDown).
    pub async fn shutdown(&self) {
        self.shared.close();
        // The sender is in `self`: this waits for the number alone.
        let _ = self
            .shared
            .alive
            .subscribe()
            .wait_for(|alive| *alive == 0)
            .await;
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.close();
    }
}

impl PoolShared {
    /// Counts an environment, until the result is dropped.
    pub(crate) fn alive(&self) -> Alive {
        self.alive.send_modify(|alive| *alive += 1);
        Alive(self.alive.clone())
    }

    /// Forgets a function that was removed.
    pub(crate) fn forget(&self, function: &Arc<Shared>) {
        self.functions()
            .open
            .retain(|open| !Arc::ptr_eq(open, function));
    }

    fn close(&self) {
        let open = {
            let mut functions = self.functions();
            functions.closed = true;
            mem::take(&mut functions.open)
        };
        for function in open {
            function.close(true);
        }
    }

    fn functions(&self) -> MutexGuard<'_, Functions> {
        self.functions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
