//! Looks once a minute after connections that are present somewhere, and whose end nobody may have told: `$disconnect` is
//! best effort. What it finds gone is announced by the function behind the fan-out queue.

mod wiring;

use serde::Deserialize;
use tidegate_contract::functions::Function;
use tidegate_contract::log;
use tidegate_core::broker::Swept;
use tidegate_lambda::{Backend, Moment, Report};

pub use wiring::from_environment;

/// What a schedule of EventBridge sends. All that matters of it is that it came.
#[derive(Debug, Deserialize)]
pub struct ScheduledEvent {}

/// Looks after those whose leases are due. What fails as a whole is tried again by Lambda, and by the next minute.
pub async fn handle(
    backend: &Backend,
    _event: ScheduledEvent,
    moment: Moment<'_>,
) -> (Result<(), String>, Report) {
    let report = Report {
        route: Function::Sweep.name().to_owned(),
        ..Report::default()
    };
    match backend.broker(&moment).sweep().await {
        Ok(Swept {
            alive,
            gone,
            failed,
        }) => {
            let report = Report {
                outcome: "ok",
                counts: vec![(log::ALIVE, alive), (log::GONE, gone), (log::AGAIN, failed)],
                ..report
            };
            (Ok(()), report)
        }
        Err(error) => {
            let report = Report {
                outcome: "unavailable",
                ..report
            };
            (Err(error.to_string()), report)
        }
    }
}
