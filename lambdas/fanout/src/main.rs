//! The function behind the fan-out queue.

use std::sync::Arc;

use tidegate_aws::Meter;
use tidegate_fanout::{Moment, Service};
use tidegate_lambda::{Edge, SqsEvent, StartError, serve_invoked};

fn main() -> Result<(), StartError> {
    let meter = Arc::new(Meter::default());
    let service = Arc::new(Service::from_environment(Edge::variable, &meter)?);
    serve_invoked(&meter, move |event: SqsEvent, invoked| {
        let service = Arc::clone(&service);
        async move {
            service
                .handle(
                    event,
                    Moment {
                        now_ms: Edge::now_ms(),
                        clock: Edge::now_ms,
                        jitter: Edge::jitter(),
                        deadline_ms: invoked.deadline_ms,
                        trace: invoked.trace.as_deref(),
                    },
                )
                .await
        }
    })
}
