//! The metrics that API Gateway makes of a WebSocket API: namespace `AWS/ApiGateway`, by API, by stage, and by route where
//! the stage has detailed metrics.

use std::collections::HashMap;

use tidegate_local_cloud::system::Stage;
use tidegate_local_metrics::{Metrics, Series};

/// What is counted, or measured. The meanings are those of "Monitoring WebSocket API execution with CloudWatch metrics".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meter {
    /// Messages sent to the `$connect` integration.
    Connects,
    /// Messages from and to clients. What goes to a client belongs to no route.
    Messages,
    /// Integrations that answered 4xx or 5xx.
    IntegrationErrors,
    /// What the gateway refused before any integration.
    ClientErrors,
    /// Integrations that could not be called, or failed.
    ExecutionErrors,
    /// How long integrations took, in milliseconds; not those of the gateway itself.
    IntegrationLatency,
}

impl Meter {
    const ALL: [Self; 6] = [
        Self::Connects,
        Self::Messages,
        Self::IntegrationErrors,
        Self::ClientErrors,
        Self::ExecutionErrors,
        Self::IntegrationLatency,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Connects => "ConnectCount",
            Self::Messages => "MessageCount",
            Self::IntegrationErrors => "IntegrationError",
            Self::ClientErrors => "ClientError",
            Self::ExecutionErrors => "ExecutionError",
            Self::IntegrationLatency => "IntegrationLatency",
        }
    }
}

type Set = [Series; Meter::ALL.len()];

/// The meters of one stage.
#[derive(Debug)]
pub(crate) struct Meters {
    api: Set,
    stage: Set,
    routes: HashMap<String, Set>,
}

impl Meters {
    pub(crate) fn new(metrics: &Metrics, api_id: &str, stage: &Stage) -> Self {
        let set = |dimensions: &[(&str, &str)]| {
            Meter::ALL.map(|meter| metrics.series("AWS/ApiGateway", meter.name(), dimensions))
        };
        let (api, of_stage) = (("ApiId", api_id), ("Stage", stage.name.as_str()));
        let detailed = stage
            .deployment
            .routes
            .keys()
            .filter(|_| stage.detailed_metrics);
        let routes = detailed.map(|key| (key.clone(), set(&[api, of_stage, ("Route", key)])));
        Self {
            api: set(&[api]),
            stage: set(&[api, of_stage]),
            routes: routes.collect(),
        }
    }

    /// Adds a value: of a route, if it is known.
    pub(crate) fn add(&self, meter: Meter, route: Option<&str>, now_ms: u64, value: f64) {
        let at = meter as usize;
        let route = route.and_then(|route| self.routes.get(route));
        for set in [Some(&self.api), Some(&self.stage), route]
            .into_iter()
            .flatten()
        {
            if let Some(series) = set.get(at) {
                series.add_at(now_ms, value);
            }
        }
    }

    /// Counts one.
    pub(crate) fn count(&self, meter: Meter, route: Option<&str>, now_ms: u64) {
        self.add(meter, route, now_ms, 1.0);
    }

    /// An integration that was called at `called_ms` has answered with a status.
    pub(crate) fn answered(&self, route: &str, called_ms: u64, now_ms: u64, status: u16) {
        let took = u32::try_from(now_ms.saturating_sub(called_ms)).unwrap_or(u32::MAX);
        self.add(
            Meter::IntegrationLatency,
            Some(route),
            now_ms,
            f64::from(took),
        );
        if status >= 400 {
            self.count(Meter::IntegrationErrors, Some(route), now_ms);
        }
    }
}
