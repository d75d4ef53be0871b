//! An HTTP API on a free port, put together by hand, its functions real processes.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use tidegate_e2e::{Answer, PATIENCE, binary, call};
use tidegate_local_cloud::clock::SystemClock;
use tidegate_local_cloud::faults::Faults;
use tidegate_local_cloud::limits::Limits;
use tidegate_local_cloud::route_key::RouteKey;
use tidegate_local_cloud::system::{
    Cors, HttpApi, HttpIntegration, HttpRoute, HttpStage, Throttle, WebSocketApi,
};
use tidegate_local_functions::{FunctionSpec, Pool, PoolOptions, discard};
use tidegate_local_gateway::{Gateway, GatewayOptions};
use tidegate_local_metrics::Metrics;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const KEY: &str = "AKIDTEST";
pub(crate) const PLENTY: Throttle = Throttle {
    rate: 10_000.0,
    burst: 5_000.0,
};

/// What is to be served.
pub(crate) struct Plan {
    pub(crate) api: HttpApi,
    pub(crate) limits: Limits,
    functions: Vec<FunctionSpec>,
}

impl Plan {
    /// An API with a stage and without routes.
    pub(crate) fn new() -> Self {
        let stage = HttpStage {
            name: "$default".to_owned(),
            routes: Vec::new(),
            throttle: PLENTY,
            route_throttles: BTreeMap::new(),
            variables: BTreeMap::new(),
        };
        let api = HttpApi {
            id: "abcdef1234".to_owned(),
            name: "test".to_owned(),
            account: "111122223333".to_owned(),
            endpoint: String::new(),
            cors: None,
            stage: Some(stage),
        };
        Self {
            api,
            limits: Limits::default(),
            functions: Vec::new(),
        }
    }

    pub(crate) fn stage(&mut self) -> &mut HttpStage {
        self.api.stage.as_mut().unwrap()
    }

    /// A route with a function that does what `body` says when the request has no body.
    pub(crate) fn route(self, key: &str, body: &str) -> Self {
        self.route_with(key, body, |_| {})
    }

    /// The same, changed.
    pub(crate) fn route_with(
        mut self,
        key: &str,
        body: &str,
        change: impl FnOnce(&mut HttpRoute),
    ) -> Self {
        let name = format!("function-{}", self.functions.len());
        self.functions.push(FunctionSpec {
            name: name.clone(),
            arn: format!("arn:aws:lambda:eu-central-1:111122223333:function:{name}"),
            binary: binary("tidegate-misbehave"),
            handler: "bootstrap".to_owned(),
            environment: BTreeMap::from([("MISBEHAVE_BODY".to_owned(), body.to_owned())]),
            timeout: PATIENCE,
            memory_mb: 128,
            max_processes: 4,
            log_group: None,
            region: "eu-central-1".to_owned(),
        });
        let mut route = HttpRoute {
            key: RouteKey::parse(key).unwrap(),
            iam: false,
            integration: Some(HttpIntegration {
                function: name,
                timeout: Duration::from_secs(30),
                permitted: true,
            }),
        };
        change(&mut route);
        self.stage().routes.push(route);
        self
    }

    pub(crate) fn cors(mut self, cors: Cors) -> Self {
        self.api.cors = Some(cors);
        self
    }

    /// Serves it.
    pub(crate) async fn serve(self) -> Bench {
        let pool = Pool::new(Arc::new(SystemClock), discard(), PoolOptions::default());
        let functions: HashMap<_, _> = self
            .functions
            .into_iter()
            .map(|spec| (spec.name.clone(), pool.add(spec)))
            .collect();
        let sockets = WebSocketApi {
            id: "sockets".to_owned(),
            name: "sockets".to_owned(),
            endpoint: String::new(),
            stages: BTreeMap::new(),
        };
        let gateway = Gateway::new(
            sockets,
            GatewayOptions {
                functions,
                clock: Arc::new(SystemClock),
                limits: self.limits,
                faults: Faults::none(),
                access_key_id: KEY.to_owned(),
                seed: 7,
                metrics: Metrics::new(Arc::new(SystemClock)),
            },
        );
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let shutdown = CancellationToken::new();
        let serving = tokio::spawn({
            let (http, shutdown) = (gateway.http_api(self.api), shutdown.clone());
            async move { http.serve(listener, shutdown).await }
        });
        Bench {
            address,
            pool,
            shutdown,
            serving,
        }
    }
}

/// What runs.
pub(crate) struct Bench {
    pub(crate) address: String,
    pool: Pool,
    pub(crate) shutdown: CancellationToken,
    serving: JoinHandle<()>,
}

impl Bench {
    /// One request; a body is text.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let url = format!("http://{}{path}", self.address);
        let mut all = vec![("content-type", "text/plain")];
        all.extend_from_slice(headers);
        tokio::time::timeout(PATIENCE, call(method, &url, &all, body))
            .await
            .unwrap_or_else(|_| panic!("the request is not answered"))
            .unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[], "").await
    }

    /// Waits until it has stopped.
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        tokio::time::timeout(PATIENCE, self.serving)
            .await
            .unwrap_or_else(|_| panic!("the gateway did not stop"))
            .unwrap();
        self.pool.shutdown().await;
    }
}

/// The header of a caller who signs for this account.
pub(crate) fn signed(key: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential={key}/20260101/eu-central-1/execute-api/aws4_request, \
         SignedHeaders=host, Signature=00"
    )
}

/// The header of the account's own caller.
pub(crate) fn signed_by_us() -> String {
    signed(KEY)
}
