//! One served WebSocket API.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tidegate_local_cloud::clock::SharedClock;
use tidegate_local_cloud::faults::Faults;
use tidegate_local_cloud::limits::Limits;
use tidegate_local_cloud::system::{Distribution, HttpApi, Stage, Throttle, WebSocketApi};
use tidegate_local_functions::Function;
use tidegate_local_metrics::Metrics;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::connections::Connections;
use crate::front::Front;
use crate::http_api::HttpGateway;
use crate::http_service;
use crate::ids::Ids;
use crate::listen;
use crate::meters::Meters;
use crate::throttle::Bucket;

/// What a gateway needs of its surroundings.
#[derive(Debug, Clone)]
pub struct GatewayOptions {
    /// The functions that integrations and authorizers name, by name.
    pub functions: HashMap<String, Function>,
    /// Tells the time.
    pub clock: SharedClock,
    /// What is enforced.
    pub limits: Limits,
    /// What goes wrong.
    pub faults: Faults,
    /// The access key with which callers of the management API must sign.
    pub access_key_id: String,
    /// Where ids start from.
    pub seed: u64,
    /// Takes the metrics that API Gateway makes.
    pub metrics: Metrics,
}

/// A WebSocket API that is served. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Gateway {
    pub(crate) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) api_id: String,
    pub(crate) stages: HashMap<String, Arc<ServedStage>>,
    pub(crate) functions: HashMap<String, Function>,
    pub(crate) clock: SharedClock,
    pub(crate) limits: Limits,
    pub(crate) faults: Faults,
    pub(crate) access_key_id: String,
    /// The account's quota of new connections.
    pub(crate) connects: Bucket,
    /// The account's quota of requests.
    pub(crate) requests: Bucket,
    pub(crate) ids: Mutex<Ids>,
    /// Handshakes, connections and what runs after them.
    pub(crate) tasks: TaskTracker,
    /// Cancelled when connections are to be closed.
    pub(crate) closing: CancellationToken,
}

/// A stage with what there is only while it is served.
#[derive(Debug)]
pub(crate) struct ServedStage {
    pub(crate) stage: Stage,
    pub(crate) connections: Connections,
    pub(crate) meters: Meters,
    default_bucket: Bucket,
    route_buckets: HashMap<String, Bucket>,
}

impl ServedStage {
    fn new(stage: Stage, meters: Meters, now_ms: u64) -> Self {
        let bucket =
            |(key, throttle): (&String, &Throttle)| (key.clone(), Bucket::full(*throttle, now_ms));
        Self {
            connections: Connections::default(),
            meters,
            default_bucket: Bucket::full(stage.throttle, now_ms),
            route_buckets: stage.route_throttles.iter().map(bucket).collect(),
            stage,
        }
    }

    /// Whether the stage's throttle lets a request of this route through.
    pub(crate) fn admits(&self, route_key: &str, now_ms: u64) -> bool {
        self.route_buckets
            .get(route_key)
            .unwrap_or(&self.default_bucket)
            .take(now_ms)
    }
}

impl Gateway {
    /// A gateway for `api`.
    #[must_use]
    pub fn new(api: WebSocketApi, options: GatewayOptions) -> Self {
        let GatewayOptions {
            functions,
            clock,
            limits,
            faults,
            access_key_id,
            seed,
            metrics,
        } = options;
        let now_ms = clock.now_ms();
        let stages = api.stages.into_iter().map(|(name, stage)| {
            let meters = Meters::new(&metrics, &api.id, &stage);
            (name, Arc::new(ServedStage::new(stage, meters, now_ms)))
        });
        let stages = stages.collect();
        let shared = Shared {
            api_id: api.id,
            stages,
            functions,
            connects: Bucket::full(
                rate(limits.connects_per_second, limits.connects_per_second),
                now_ms,
            ),
            requests: Bucket::full(
                rate(limits.requests_per_second, limits.requests_burst),
                now_ms,
            ),
            clock,
            limits,
            faults,
            access_key_id,
            ids: Mutex::new(Ids::seeded(seed)),
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Serves until `shutdown` is cancelled; then closes every connection, lets each `$disconnect` end, and returns.
    pub async fn serve(&self, listener: TcpListener, shutdown: CancellationToken) {
        let shared = Arc::clone(&self.shared);
        listen::accept(&self.shared, listener, &shutdown, move |peer, request| {
            http_service::serve(Arc::clone(&shared), peer, request)
        })
        .await;
        self.shared.closing.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }

    /// A gateway for an HTTP API of the same account: both draw on the same quota of requests.
    #[must_use]
    pub fn http_api(&self, api: HttpApi) -> HttpGateway {
        HttpGateway::new(Arc::clone(&self.shared), api)
    }

    /// What stands before the API.
    #[must_use]
    pub fn front(&self, distribution: Distribution) -> Front {
        Front::new(Arc::clone(&self.shared), distribution)
    }

    /// How many connections are open.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared
            .stages
            .values()
            .map(|stage| stage.connections.len())
            .sum()
    }
}

impl Shared {
    /// A new source of ids.
    pub(crate) fn fork_ids(&self) -> Ids {
        self.ids
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fork()
    }
}

fn rate(per_second: u64, burst: u64) -> Throttle {
    let number = |limit: u64| f64::from(u32::try_from(limit).unwrap_or(u32::MAX));
    Throttle {
        rate: number(per_second),
        burst: number(burst),
    }
}
