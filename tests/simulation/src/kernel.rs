//! The clock, the row of what is to happen, and how a function waits for its turn.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tidegate_core::memory::MemoryStore;

use crate::dice::Dice;
use crate::event::Event;
use crate::gateway::Gateway;
use crate::ledger::Ledger;
use crate::mutation::Mutation;
use crate::ports::store::Snapshot;
use crate::queue::Queue;
use crate::trace::Trace;

/// When every run begins, in epoch milliseconds.
pub const START_MS: u64 = 1_800_000_000_000;

/// The world outside the functions and the clients.
pub struct World {
    /// Now, in epoch milliseconds.
    pub now_ms: u64,
    /// Chance.
    pub dice: Dice,
    /// What happened.
    pub trace: Trace,
    /// API Gateway.
    pub gateway: Gateway,
    /// SQS.
    pub queue: Queue,
    /// What is true, whatever anybody says.
    pub ledger: Ledger,
    /// What is broken on purpose.
    pub mutation: Option<Mutation>,
    /// The subscribers when the last function began; only for a mutation.
    pub(crate) subscribers: Option<Arc<Snapshot>>,
    /// DynamoDB.
    pub store: MemoryStore,
    row: BinaryHeap<Reverse<(u64, u64)>>,
    events: BTreeMap<u64, Event>,
    next: u64,
    pauses: BTreeMap<u64, Option<Waker>>,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World")
            .field("now_ms", &self.now_ms)
            .finish_non_exhaustive()
    }
}

impl World {
    /// A world in which nothing has happened.
    #[must_use]
    pub fn new(dice: Dice, trace: Trace, mutation: Option<Mutation>) -> Self {
        Self {
            now_ms: START_MS,
            dice,
            trace,
            gateway: Gateway::default(),
            queue: Queue::default(),
            ledger: Ledger::default(),
            mutation,
            subscribers: None,
            store: MemoryStore::default().with_page_size(7),
            row: BinaryHeap::new(),
            events: BTreeMap::new(),
            next: 0,
            pauses: BTreeMap::new(),
        }
    }

    /// Lets something happen in so many milliseconds.
    pub fn after(&mut self, ms: u64, event: Event) {
        self.at(self.now_ms + ms, event);
    }

    /// Lets something happen at a time.
    pub fn at(&mut self, at_ms: u64, event: Event) {
        self.next += 1;
        self.row.push(Reverse((at_ms.max(self.now_ms), self.next)));
        self.events.insert(self.next, event);
    }

    /// What happens next, if it does until `until_ms`. The clock goes to there.
    pub fn next(&mut self, until_ms: u64) -> Option<Event> {
        loop {
            let Reverse((at_ms, number)) = self.row.peek().copied()?;
            if at_ms > until_ms {
                self.now_ms = until_ms;
                return None;
            }
            self.row.pop();
            self.now_ms = at_ms;
            if let Some(event) = self.events.remove(&number) {
                return Some(event);
            }
        }
    }

    /// Notes what happened.
    pub fn note(&mut self, line: &str) {
        let since = self.now_ms - START_MS;
        self.trace.note(since, line);
    }

    /// A pause is over.
    pub fn resume(&mut self, pause: u64) {
        if let Some(waker) = self.pauses.remove(&pause).flatten() {
            waker.wake();
        }
    }
}

/// The world, as everybody holds it. One thread only: the lock is never waited for.
#[derive(Debug, Clone)]
pub struct Shared(Arc<Mutex<World>>);

impl Shared {
    /// This world.
    #[must_use]
    pub fn new(world: World) -> Self {
        Self(Arc::new(Mutex::new(world)))
    }

    /// The world, to look at and to change; never across a wait.
    pub fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for so many milliseconds; for ever with none.
    pub fn pause(&self, ms: Option<u64>) -> Pause {
        let mut world = self.lock();
        world.next += 1;
        let number = world.next;
        world.pauses.insert(number, None);
        if let Some(ms) = ms {
            world.after(ms, Event::Resume(number));
        }
        drop(world);
        Pause {
            shared: self.clone(),
            number,
        }
    }
}

/// A wait.
#[derive(Debug)]
pub struct Pause {
    shared: Shared,
    number: u64,
}

impl Future for Pause {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut world = self.shared.lock();
        match world.pauses.get_mut(&self.number) {
            Some(waker) => {
                *waker = Some(context.waker().clone());
                Poll::Pending
            }
            None => Poll::Ready(()),
        }
    }
}

impl Drop for Pause {
    fn drop(&mut self) {
        self.shared.lock().pauses.remove(&self.number);
    }
}
