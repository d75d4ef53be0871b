//! `@connections` and SQS, as a function meets them.

use async_trait::async_trait;
use tidegate_core::broker::Notice;
use tidegate_core::connection::{ConnectionId, Endpoint};
use tidegate_core::fanout::{FanoutQueue, QueueError, Slice};
use tidegate_core::sender::{SendError, Sender};
use tidegate_core::timer::Timer;

use super::{GIVEN_UP_MS, Ports};
use crate::dice::Site;

/// What becomes of a request to the gateway or the queue.
enum Fate {
    Done,
    Throttled,
    Unreachable,
    AnswerLost,
}

impl Ports {
    async fn fate(&self, site: Site) -> Fate {
        self.travel(site).await;
        let fate = {
            let dice = &mut self.shared.lock().dice;
            if dice.fault(site, "429", 40) {
                Fate::Throttled
            } else if dice.fault(site, "5xx", 40) {
                Fate::Unreachable
            } else if dice.fault(site, "answer lost", 30) {
                Fate::AnswerLost
            } else {
                Fate::Done
            }
        };
        if !matches!(fate, Fate::Done) {
            self.shared.pause(Some(GIVEN_UP_MS)).await;
        }
        fate
    }
}

fn unavailable() -> SendError {
    SendError::Unavailable("no answer".into())
}

#[async_trait]
impl Sender for Ports {
    async fn send(
        &self,
        _endpoint: &Endpoint,
        connection: &ConnectionId,
        frame: &str,
    ) -> Result<(), SendError> {
        let fate = self.fate(self.next_call("send")).await;
        let mut world = self.shared.lock();
        match fate {
            Fate::Done => world.post(connection, frame),
            Fate::Throttled => Err(SendError::Throttled),
            Fate::Unreachable => Err(unavailable()),
            Fate::AnswerLost => {
                let _posted = world.post(connection, frame);
                Err(unavailable())
            }
        }
    }

    async fn end(&self, _endpoint: &Endpoint, connection: &ConnectionId) -> Result<(), SendError> {
        let fate = self.fate(self.next_call("end")).await;
        let mut world = self.shared.lock();
        match fate {
            Fate::Done => {
                world.end_by_server(connection);
                Ok(())
            }
            Fate::Throttled => Err(SendError::Throttled),
            Fate::Unreachable => Err(unavailable()),
            Fate::AnswerLost => {
                world.end_by_server(connection);
                Err(unavailable())
            }
        }
    }

    async fn exists(
        &self,
        _endpoint: &Endpoint,
        connection: &ConnectionId,
    ) -> Result<bool, SendError> {
        let fate = self.fate(self.next_call("exists")).await;
        let world = self.shared.lock();
        match fate {
            Fate::Done => Ok(world.gateway.is_open(connection)),
            Fate::Throttled => Err(SendError::Throttled),
            Fate::Unreachable | Fate::AnswerLost => Err(unavailable()),
        }
    }
}

impl Ports {
    async fn enqueue(&self, body: String, delay_s: u32) -> Result<(), QueueError> {
        let site = self.next_call("enqueue");
        let fate = self.fate(site).await;
        let mut world = self.shared.lock();
        match fate {
            Fate::Done => world.enqueue(&body, delay_s, site),
            Fate::AnswerLost => {
                world.enqueue(&body, delay_s, site);
                return Err(QueueError::Unavailable("no answer".into()));
            }
            _ => return Err(QueueError::Unavailable("no answer".into())),
        }
        Ok(())
    }
}

#[async_trait]
impl FanoutQueue for Ports {
    async fn send(
        &self,
        slices: &[Slice],
        delay_s: u32,
        _trace: Option<&str>,
    ) -> Vec<Result<(), QueueError>> {
        let mut taken = Vec::with_capacity(slices.len());
        for slice in slices {
            let body = serde_json::to_string(slice);
            taken.push(match body {
                Ok(body) => self.enqueue(body, delay_s).await,
                Err(error) => Err(QueueError::Invalid(error.to_string())),
            });
        }
        taken
    }

    async fn send_notice(
        &self,
        notice: &Notice,
        delay_s: u32,
        _trace: Option<&str>,
    ) -> Result<(), QueueError> {
        match notice.body() {
            Ok(body) => self.enqueue(body, delay_s).await,
            Err(error) => Err(QueueError::Invalid(error.to_string())),
        }
    }
}

#[async_trait]
impl Timer for Ports {
    async fn sleep_until(&self, at_ms: u64) {
        let now_ms = self
            .shared
            .lock()
            .now_ms
            .saturating_add_signed(self.skew_ms);
        if at_ms > now_ms {
            self.shared.pause(Some(at_ms - now_ms)).await;
        }
    }
}

/// The dead-letter queue: what is in it is dealt with by people.
#[derive(Debug)]
pub(crate) struct DeadLetters(pub(crate) Ports);

#[async_trait]
impl FanoutQueue for DeadLetters {
    async fn send(
        &self,
        slices: &[Slice],
        _delay_s: u32,
        _trace: Option<&str>,
    ) -> Vec<Result<(), QueueError>> {
        let fate = self.0.fate(self.0.next_call("give up")).await;
        let done = matches!(fate, Fate::Done | Fate::AnswerLost);
        if done {
            self.0.shared.lock().queue.dead += slices.len();
        }
        let answers = slices.iter().map(|_| match fate {
            Fate::Done => Ok(()),
            _ => Err(QueueError::Unavailable("no answer".into())),
        });
        answers.collect()
    }

    async fn send_notice(
        &self,
        _notice: &Notice,
        _delay_s: u32,
        _trace: Option<&str>,
    ) -> Result<(), QueueError> {
        Err(QueueError::Invalid("no notice is given up".to_owned()))
    }
}
