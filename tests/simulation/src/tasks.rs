//! The functions that run: futures on one thread, polled in the order in which they were woken.

use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use crate::functions::{Invocation, Outcome};

type Running = Pin<Box<dyn Future<Output = Outcome>>>;
type Ready = Arc<Mutex<VecDeque<u64>>>;

struct TaskWaker {
    task: u64,
    ready: Ready,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        ready.push_back(self.task);
    }
}

/// The functions that run.
#[derive(Default)]
pub struct Tasks {
    running: BTreeMap<u64, (Invocation, Running)>,
    ready: Ready,
}

impl Tasks {
    /// Begins a function.
    pub fn begin(&mut self, task: u64, invocation: Invocation, running: Running) {
        self.running.insert(task, (invocation, running));
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        ready.push_back(task);
    }

    /// Ends a function where it is.
    pub fn kill(&mut self, task: u64) -> Option<Invocation> {
        let (invocation, running) = self.running.remove(&task)?;
        drop(running);
        Some(invocation)
    }

    /// Lets a function go on that was woken; returns it when it has ended. None when all wait.
    pub fn advance(&mut self) -> Option<Option<(u64, Invocation, Outcome)>> {
        let task = {
            let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
            ready.pop_front()?
        };
        let Some((_, running)) = self.running.get_mut(&task) else {
            return Some(None);
        };
        let ready = self.ready.clone();
        let waker = Waker::from(Arc::new(TaskWaker { task, ready }));
        let polled = running.as_mut().poll(&mut Context::from_waker(&waker));
        Some(match polled {
            Poll::Pending => None,
            Poll::Ready(outcome) => {
                let ended = self.running.remove(&task);
                ended.map(|(invocation, _)| (task, invocation, outcome))
            }
        })
    }
}
