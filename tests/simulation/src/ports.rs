//! The ports of one invocation: what the functions ask of the world takes time, fails, or is done and not answered.

mod delivery;
pub(crate) mod store;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tidegate_core::memory::MemoryStore;
use tidegate_core::store::StoreError;

use crate::dice::Site;
use crate::event::Event;
use crate::kernel::{Shared, World};
use crate::mutation::Mutation;
use crate::ports::store::Snapshot;

pub(crate) use delivery::DeadLetters;

/// What is done to the database although nobody waits for it any more.
pub type Request = Box<dyn FnOnce(&mut World) + Send>;

/// How long a call may take until it is given up, in milliseconds: the adapters' limit for all its attempts.
const GIVEN_UP_MS: u64 = 3_000;

/// The ports of one invocation. A clone is the same.
#[derive(Debug, Clone)]
pub struct Ports {
    shared: Shared,
    task: u64,
    site: Site,
    /// How far the function's clock is off, in milliseconds.
    skew_ms: i64,
    calls: Arc<AtomicU64>,
    /// The subscribers when another function began, before it; only for a mutation.
    before: Option<Arc<Snapshot>>,
}

/// What becomes of a request to the database.
enum Fate {
    Done,
    /// Not done.
    Throttled,
    /// Not done, and nobody knows.
    Unreachable,
    /// Done, and nobody knows.
    AnswerLost,
    /// Done later than the caller waits.
    Late(u64),
    /// Done, the answer lost, and done again by the SDK: the caller has the second answer.
    Twice,
}

impl Ports {
    /// The ports of an invocation that runs as this task.
    #[must_use]
    pub fn new(shared: &Shared, task: u64, site: Site, skew_ms: i64) -> Self {
        let mut world = shared.lock();
        let before = if world.mutation == Some(Mutation::ReadsSubscribersStale) {
            let now = Arc::new(Snapshot::of(&world.store));
            world.subscribers.replace(now)
        } else {
            None
        };
        drop(world);
        Self {
            shared: shared.clone(),
            task,
            site,
            skew_ms,
            calls: Arc::default(),
            before,
        }
    }

    fn mutation(&self) -> Option<Mutation> {
        self.shared.lock().mutation
    }

    /// The site of the next call.
    fn next_call(&self, operation: &'static str) -> Site {
        let nth = self.calls.fetch_add(1, Ordering::Relaxed);
        self.site.nth(nth).and(operation)
    }

    /// The time on the way there; perhaps the function ends meanwhile.
    async fn travel(&self, site: Site) {
        let pause = {
            let mut world = self.shared.lock();
            if world.dice.fault(site, "function crashes", 40) {
                let ms = world.dice.ms(site, 0..=5);
                world.after(ms, Event::Kill(self.task, "crashed"));
                None
            } else if world.dice.fault(site, "slow call", 60) {
                Some(world.dice.ms(site, 100..=2_500))
            } else {
                Some(world.dice.ms(site, 1..=12))
            }
        };
        self.shared.pause(pause).await;
    }

    /// One request to the database.
    async fn request<T, E>(
        &self,
        operation: &'static str,
        does: impl Fn(&mut World, &MemoryStore) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send,
        E: From<StoreError> + Send,
    {
        let site = self.next_call(operation);
        self.travel(site).await;
        let does_it = |world: &mut World| {
            let store = world.store.clone();
            does(world, &store)
        };
        let fate = fate(&mut self.shared.lock(), site);
        let unanswered = |source: &'static str| {
            E::from(StoreError::Unavailable {
                operation,
                source: source.into(),
            })
        };
        match fate {
            Fate::Done => {
                let (done, answered) = {
                    let mut world = self.shared.lock();
                    let done = does_it(&mut world);
                    let answered = world.dice.at(site).u8(0..3) == 0;
                    (done, answered.then(|| world.dice.ms(site, 1..=6)))
                };
                if let Some(ms) = answered {
                    self.shared.pause(Some(ms)).await;
                }
                done
            }
            Fate::Throttled => Err(StoreError::Throttled { operation }.into()),
            Fate::Unreachable => {
                self.shared.pause(Some(GIVEN_UP_MS)).await;
                Err(unanswered("unreachable"))
            }
            Fate::AnswerLost => {
                drop(does_it(&mut self.shared.lock()));
                self.shared.pause(Some(GIVEN_UP_MS)).await;
                Err(unanswered("done, and the answer lost"))
            }
            Fate::Late(ms) => {
                let late: Request = Box::new(move |world: &mut World| {
                    let store = world.store.clone();
                    drop(does(world, &store));
                });
                self.shared
                    .lock()
                    .after(GIVEN_UP_MS + ms, Event::Late(late));
                self.shared.pause(Some(GIVEN_UP_MS)).await;
                Err(unanswered("given up, and done later"))
            }
            Fate::Twice => {
                drop(does_it(&mut self.shared.lock()));
                self.shared.pause(Some(400)).await;
                does_it(&mut self.shared.lock())
            }
        }
    }
}

fn fate(world: &mut World, site: Site) -> Fate {
    let dice = &mut world.dice;
    if dice.fault(site, "throttled", 60) {
        Fate::Throttled
    } else if dice.fault(site, "unreachable", 40) {
        Fate::Unreachable
    } else if dice.fault(site, "answer lost", 50) {
        Fate::AnswerLost
    } else if dice.fault(site, "done late", 40) {
        Fate::Late(dice.ms(site, 1..=2_000))
    } else if dice.fault(site, "done twice", 50) {
        Fate::Twice
    } else {
        Fate::Done
    }
}
