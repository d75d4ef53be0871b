//! Rules that go off by themselves.

use std::sync::Arc;

use tidegate_local_cloud::events::Schedule;
use tokio_util::sync::CancellationToken;

use crate::event;
use crate::events::{Events, Served};

impl Events {
    /// Lets the rules with a schedule go off, each in its time, until `stop`.
    ///
    /// Where the clock jumps over several times of a rule, as that of a machine does that was asleep, it goes off once.
    pub async fn run_schedules(self, stop: CancellationToken) {
        let clock = Arc::clone(&self.shared.clock);
        let mut done_ms = self.shared.made_ms;
        while let Some(next_ms) = self.next_ms(done_ms) {
            tokio::select! {
                () = stop.cancelled() => return,
                () = clock.sleep_until(next_ms) => {}
            }
            let now_ms = clock.now_ms().max(next_ms);
            for (served, schedule) in self.scheduled() {
                let due_ms = schedule.next_ms(self.shared.made_ms, done_ms);
                if let Some(due_ms) = due_ms.filter(|due_ms| *due_ms <= now_ms) {
                    self.go_off(served, due_ms);
                }
            }
            done_ms = now_ms;
        }
        stop.cancelled().await;
    }

    fn scheduled(&self) -> impl Iterator<Item = (&Served, &Schedule)> {
        let enabled = self.shared.rules.iter().filter(|it| it.rule.enabled);
        enabled.filter_map(|served| Some((served, served.rule.schedule.as_ref()?)))
    }

    /// When the next rule goes off.
    fn next_ms(&self, done_ms: u64) -> Option<u64> {
        let made_ms = self.shared.made_ms;
        self.scheduled()
            .filter_map(|(_, schedule)| schedule.next_ms(made_ms, done_ms))
            .min()
    }

    fn go_off(&self, served: &Served, at_ms: u64) {
        let (_, event) = self
            .shared
            .envelope(event::scheduled(&served.rule.arn, at_ms));
        self.hand_over(served, &event);
    }
}
