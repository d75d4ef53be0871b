//! The function behind the message routes.

use std::sync::Arc;

use tidegate_aws::Meter;
use tidegate_lambda::{Edge, StartError, WebSocketEvent, serve_invoked};
use tidegate_message::{Moment, Service};

fn main() -> Result<(), StartError> {
    let meter = Arc::new(Meter::default());
    let service = Arc::new(Service::from_environment(Edge::variable, &meter)?);
    serve_invoked(&meter, move |event: WebSocketEvent, invoked| {
        let service = Arc::clone(&service);
        async move {
            service
                .handle(
                    &event,
                    Moment {
                        now_ms: Edge::now_ms(),
                        jitter: Edge::jitter(),
                        deadline_ms: invoked.deadline_ms,
                        trace: invoked.trace.as_deref(),
                        new_id: Edge::id,
                        uptime: Edge::uptime,
                    },
                )
                .await
        }
    })
}
