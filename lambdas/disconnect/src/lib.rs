//! `$disconnect`: marks a connection gone and removes its subscriptions.
//!
//! API Gateway sends it at best once, perhaps late, perhaps before `$connect` has answered, and ignores the answer.

mod wiring;

use tidegate_contract::metrics::Metric;
use tidegate_lambda::{Backend, Moment, Reply, Report, WebSocketEvent};

pub use wiring::from_environment;

/// Answers one `$disconnect`.
pub async fn handle(
    backend: &Backend,
    event: &WebSocketEvent,
    moment: Moment<'_>,
) -> (Result<Reply, String>, Report) {
    let context = &event.request_context;
    let (reply, outcome) = match &context.authorizer {
        // Without an authorizer's context nothing was ever registered.
        None => (Ok(Reply::silent()), "unregistered"),
        Some(authorized) => match backend
            .broker(&moment)
            .disconnect(&authorized.key(), &context.connection_id)
            .await
        {
            Ok(()) => (Ok(Reply::silent()), "ok"),
            Err(error) => (Err(error.to_string()), "unavailable"),
        },
    };
    let report = Report {
        route: context.route_key.clone(),
        connection: context.connection_id.to_string(),
        session: context
            .authorizer
            .as_ref()
            .map(|authorized| authorized.key().session),
        outcome,
        metrics: vec![
            (Metric::Disconnects, 1.0),
            (
                Metric::AbnormalDisconnects,
                f64::from(u8::from(is_abnormal(context.disconnect_status_code))),
            ),
        ],
        ..Report::default()
    };
    (reply, report)
}

/// Whether a connection ended without a close frame of the client's or of the gateway's usual ones.
///
/// Normal is every code that a client sends (1000, 1001, 1005 for none, its own from 3000 on), that the gateway ends a
/// connection with as documented (1001 for idle and two hours, 1003 and 1009 for frames that it does not take), or that
/// stands for a `DELETE`. Abnormal are 1006 (lost), 1008 (throttled), 1011 (internal error) and 1012 (service restart).
/// An event without a code has not been seen; it would say that no close frame was, so it is abnormal: an alarm that is
/// too loud is noticed, one that never fires is not.
fn is_abnormal(code: Option<i64>) -> bool {
    matches!(code, None | Some(1006 | 1008 | 1011 | 1012))
}

#[cfg(test)]
mod tests {
    use super::is_abnormal;

    #[test]
    fn what_ended_without_a_usual_close_frame_is_abnormal() {
        let abnormal = [None, Some(1006), Some(1008), Some(1011), Some(1012)];
        for code in abnormal {
            assert!(is_abnormal(code), "{code:?}");
        }
        let normal = [1000, 1001, 1002, 1003, 1005, 1009, 3000, 4000];
        for code in normal {
            assert!(!is_abnormal(Some(code)), "{code}");
        }
    }
}
