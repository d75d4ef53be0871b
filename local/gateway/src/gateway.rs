//! One served WebSocket API.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tidegate_local_cloud::clock::SharedClock;
use tidegate_local_cloud::limits::Limits;
use tidegate_local_cloud::system::{Stage, Throttle, WebSocketApi};
use tidegate_local_functions::Function;
use tidegate_local_metrics::Metrics;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::warn;

use crate::connections::Connections;
use crate::http_service;
use crate::ids::Ids;
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
        loop {
            let accepted = tokio::select! {
                () = shutdown.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    // Frames are small and each is wanted at once.
                    let _only_slower = stream.set_nodelay(true);
                    let shared = Arc::clone(&self.shared);
                    let service = service_fn(move |request| {
                        http_service::serve(Arc::clone(&shared), peer, request)
                    });
                    let mut http = hyper::server::conn::http1::Builder::new();
                    let header_bytes =
                        usize::try_from(self.shared.limits.header_bytes).unwrap_or(usize::MAX);
                    // hyper's own bound is for the whole head, the URL included.
                    http.max_buf_size((2 * header_bytes).max(8192))
                        .auto_date_header(false)
                        .pipeline_flush(true);
                    let connection = http
                        .serve_connection(TokioIo::new(stream), service)
                        .with_upgrades();
                    tokio::spawn(async move {
                        // A client that breaks off, or talks no HTTP, is no event here.
                        let _ended = connection.await;
                    });
                }
                Err(error) => {
                    // Out of file descriptors, say: it passes, or the next accept says so again.
                    warn!(%error, "a connection could not be accepted");
                    let at_ms = self.shared.clock.now_ms() + 50;
                    self.shared.clock.sleep_until(at_ms).await;
                }
            }
        }
        self.shared.closing.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
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
