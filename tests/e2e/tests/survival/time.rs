//! Time that a test lets pass, for the runtime and for clients at once. Functions are processes of their own, and live by the
//! machine's clock: what is kept has to outlive the hours that they do not see.

use std::time::Duration;

use tidegate_e2e::Stack;
use tidegate_local_cloud::clock::{Clock, SharedClock, SystemClock, VirtualClock};
use tidegate_local_functions::Function;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

/// What passes at once: less than anything waits for an answer.
const STEP: Duration = Duration::from_secs(5);

/// A clock for a stack, and a tokio runtime for clients whose timers go by the same time.
pub(crate) struct Time {
    clock: VirtualClock,
    clients: Handle,
    passes: mpsc::UnboundedSender<(Duration, oneshot::Sender<()>)>,
}

impl Time {
    /// Time that begins now.
    pub(crate) async fn begin() -> Self {
        let clock = VirtualClock::at(SystemClock.now_ms());
        let (passes, passing) = mpsc::unbounded_channel();
        let (ready, handle) = oneshot::channel();
        std::thread::spawn(move || run(passing, ready));
        Self {
            clock,
            clients: handle.await.unwrap(),
            passes,
        }
    }

    pub(crate) fn clock(&self) -> SharedClock {
        std::sync::Arc::new(self.clock.clone())
    }

    /// Makes something whose timers go by this time.
    pub(crate) fn within<T>(&self, make: impl FnOnce() -> T) -> T {
        let _within = self.clients.enter();
        make()
    }

    /// Lets time pass, by and by, while no function works: a function's time limit is not to end it for being slower than a
    /// clock that jumps.
    pub(crate) async fn pass(&self, stack: &Stack, time: Duration) {
        let mut passed = Duration::ZERO;
        while passed < time {
            self.step(stack).await;
            passed += STEP;
        }
    }

    /// Lets time pass until `state` gives something.
    pub(crate) async fn until<T>(
        &self,
        stack: &Stack,
        what: &str,
        state: impl Fn() -> Option<T>,
    ) -> T {
        for _ in 0..2_000 {
            if let Some(found) = state() {
                return found;
            }
            self.step(stack).await;
        }
        panic!("{what} did not come within hours");
    }

    async fn step(&self, stack: &Stack) {
        tidegate_e2e::eventually("that functions rest", || async {
            let functions = stack.runtime().functions().values();
            let working: usize = functions
                .map(Function::stats)
                .map(|stats| stats.busy + stats.queued + stats.starting)
                .sum();
            (working == 0).then_some(())
        })
        .await;
        self.clock.advance(STEP);
        let (done, passed) = oneshot::channel();
        self.passes.send((STEP, done)).unwrap();
        passed.await.unwrap();
        // What is due now goes its way over sockets, which takes a moment of the machine's.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn run(
    mut passing: mpsc::UnboundedReceiver<(Duration, oneshot::Sender<()>)>,
    ready: oneshot::Sender<Handle>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    ready.send(runtime.handle().clone()).unwrap();
    runtime.block_on(async move {
        // While a blocking task runs, tokio does not let time pass by itself.
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let held = tokio::task::spawn_blocking(move || ended.recv());
        while let Some((by, done)) = passing.recv().await {
            tokio::time::advance(by).await;
            let _gone = done.send(());
        }
        drop(end);
        let _ended = held.await;
    });
}
