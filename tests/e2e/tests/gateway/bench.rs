//! A gateway on a free port, its API put together by hand, its functions real processes.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use tidegate_e2e::{Answer, Client, PATIENCE, Refusal, binary, call, eventually};
use tidegate_local_cloud::alarms::{MetricStatistic, Statistic};
use tidegate_local_cloud::clock::{SharedClock, SystemClock, VirtualClock};
use tidegate_local_cloud::faults::{Fault, Faults, Probability};
use tidegate_local_cloud::limits::Limits;
use tidegate_local_cloud::selection::SelectionExpression;
use tidegate_local_cloud::system::{
    Authorizer, Deployment, IdentitySource, Integration, Route, Stage, Throttle, WebSocketApi,
};
use tidegate_local_functions::{Function, FunctionSpec, LogLine, Pool, PoolOptions};
use tidegate_local_gateway::{Gateway, GatewayOptions};
use tidegate_local_metrics::Metrics;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) const EXECUTION_ARN: &str = "arn:aws:execute-api:eu-central-1:000000000000:abc/dev";
const KEY: &str = "AKIDTEST";
const PLENTY: Throttle = Throttle {
    rate: 10_000.0,
    burst: 5_000.0,
};

/// What is to be served.
pub(crate) struct Plan {
    routes: BTreeMap<String, Route>,
    functions: BTreeMap<String, FunctionSpec>,
    pub(crate) throttle: Throttle,
    pub(crate) route_throttles: BTreeMap<String, Throttle>,
    pub(crate) limits: Limits,
    clock: SharedClock,
    faults: Faults,
}

impl Plan {
    /// An API without routes.
    pub(crate) fn new() -> Self {
        Self {
            routes: BTreeMap::new(),
            functions: BTreeMap::new(),
            throttle: PLENTY,
            route_throttles: BTreeMap::new(),
            limits: Limits::default(),
            clock: Arc::new(SystemClock),
            faults: Faults::none(),
        }
    }

    /// A function that does what `body` says when its event has no body.
    pub(crate) fn misbehaving(mut self, name: &str, body: &str) -> Self {
        let spec = FunctionSpec {
            name: name.to_owned(),
            arn: format!("arn:aws:lambda:eu-central-1:000000000000:function:{name}"),
            binary: binary("tidegate-misbehave"),
            handler: "bootstrap".to_owned(),
            environment: BTreeMap::from([("MISBEHAVE_BODY".to_owned(), body.to_owned())]),
            timeout: PATIENCE,
            memory_mb: 128,
            max_processes: 4,
            log_group: None,
            region: "eu-central-1".to_owned(),
        };
        self.functions.insert(name.to_owned(), spec);
        self
    }

    /// Changes a function.
    pub(crate) fn with_function(mut self, name: &str, set: impl FnOnce(&mut FunctionSpec)) -> Self {
        set(self.functions.get_mut(name).unwrap());
        self
    }

    /// A route.
    pub(crate) fn route(
        mut self,
        key: &str,
        integration: Option<Integration>,
        two_way: bool,
    ) -> Self {
        let route = Route {
            key: key.to_owned(),
            authorizer: None,
            integration,
            two_way,
        };
        self.routes.insert(key.to_owned(), route);
        self
    }

    /// A function of the same name as its route, and the route, which answers.
    pub(crate) fn two_way(self, key: &str) -> Self {
        self.misbehaving(key, "")
            .route(key, Some(function(key)), true)
    }

    /// `$connect` with a function that does what `body` says.
    pub(crate) fn connect(self, body: &str) -> Self {
        self.misbehaving("connect", body)
            .route("$connect", Some(function("connect")), false)
    }

    /// `$disconnect` with a function that writes its events out.
    pub(crate) fn disconnect(self) -> Self {
        self.misbehaving("disconnect", "event").route(
            "$disconnect",
            Some(function("disconnect")),
            false,
        )
    }

    /// An authorizer on `$connect`, which does what `body` says.
    pub(crate) fn authorizer(mut self, body: &str, sources: &[IdentitySource]) -> Self {
        self = self.misbehaving("authorizer", body);
        let authorizer = Authorizer {
            function: "authorizer".to_owned(),
            identity_sources: sources.to_vec(),
            arn_suffix: "authorizers/a".to_owned(),
            permitted: true,
        };
        let route = self.routes.entry("$connect".to_owned());
        let route = route.or_insert_with(|| Route {
            key: "$connect".to_owned(),
            authorizer: None,
            integration: None,
            two_way: false,
        });
        route.authorizer = Some(authorizer);
        self
    }

    /// Changes the authorizer.
    pub(crate) fn with_authorizer(mut self, set: impl FnOnce(&mut Authorizer)) -> Self {
        let route = self.routes.get_mut("$connect").unwrap();
        set(route.authorizer.as_mut().unwrap());
        self
    }

    /// Changes the limits.
    pub(crate) fn limits(mut self, set: impl FnOnce(&mut Limits)) -> Self {
        set(&mut self.limits);
        self
    }

    /// Lets time pass as this clock does, for all of it.
    pub(crate) fn clock(mut self, clock: &VirtualClock) -> Self {
        self.clock = Arc::new(clock.clone());
        self
    }

    /// Lets this go wrong every time.
    pub(crate) fn always(self, fault: Fault) -> Self {
        self.faults.set(fault, Probability::ALWAYS);
        self
    }

    /// Serves it.
    pub(crate) async fn serve(self) -> Bench {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&lines);
        let metrics = Metrics::new(Arc::clone(&self.clock));
        let pool = Pool::with_metrics(
            Arc::clone(&self.clock),
            Arc::new(move |line: LogLine| kept.lock().unwrap().push(line)),
            PoolOptions {
                faults: self.faults.clone(),
                ..PoolOptions::default()
            },
            metrics.clone(),
        );
        let functions: HashMap<String, Function> = self
            .functions
            .into_iter()
            .map(|(name, spec)| (name, pool.add(spec)))
            .collect();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let stage = Stage {
            name: "dev".to_owned(),
            execution_arn: EXECUTION_ARN.to_owned(),
            deployment: Arc::new(Deployment {
                id: "d1".to_owned(),
                selection: SelectionExpression::parse("$request.body.action").unwrap(),
                routes: self.routes,
            }),
            throttle: self.throttle,
            route_throttles: self.route_throttles,
            detailed_metrics: true,
            variables: BTreeMap::new(),
        };
        let api = WebSocketApi {
            id: "abc".to_owned(),
            name: "test".to_owned(),
            endpoint: format!("ws://{address}"),
            stages: BTreeMap::from([("dev".to_owned(), stage)]),
        };
        let gateway = Gateway::new(
            api,
            GatewayOptions {
                functions: functions.clone(),
                clock: Arc::clone(&self.clock),
                limits: self.limits,
                faults: self.faults.clone(),
                access_key_id: KEY.to_owned(),
                seed: 7,
                metrics: metrics.clone(),
            },
        );
        let shutdown = CancellationToken::new();
        let serving = tokio::spawn({
            let (gateway, shutdown) = (gateway.clone(), shutdown.clone());
            async move { gateway.serve(listener, shutdown).await }
        });
        Bench {
            gateway,
            functions,
            clock: self.clock,
            faults: self.faults,
            address: address.to_string(),
            pool,
            metrics,
            lines,
            shutdown,
            serving,
        }
    }
}

/// An integration with a function, with all the time that AWS gives at the most.
pub(crate) fn function(name: &str) -> Integration {
    within(name, 29_000)
}

/// An integration with a function, with so much time.
pub(crate) fn within(name: &str, timeout_ms: u64) -> Integration {
    Integration::Function {
        name: name.to_owned(),
        timeout: Duration::from_millis(timeout_ms),
        permitted: true,
    }
}

/// An integration with a function that API Gateway may not invoke.
pub(crate) fn forbidden(name: &str) -> Integration {
    Integration::Function {
        name: name.to_owned(),
        timeout: Duration::from_secs(29),
        permitted: false,
    }
}

/// What runs.
pub(crate) struct Bench {
    pub(crate) gateway: Gateway,
    functions: HashMap<String, Function>,
    clock: SharedClock,
    pub(crate) faults: Faults,
    pub(crate) address: String,
    pool: Pool,
    metrics: Metrics,
    lines: Arc<Mutex<Vec<LogLine>>>,
    shutdown: CancellationToken,
    serving: JoinHandle<()>,
}

impl Bench {
    pub(crate) fn url(&self) -> String {
        format!("ws://{}/dev", self.address)
    }

    pub(crate) fn function(&self, name: &str) -> &Function {
        &self.functions[name]
    }

    pub(crate) async fn client(&self) -> Client {
        self.handshake(&[])
            .await
            .unwrap_or_else(|refusal| panic!("{refusal:?}"))
    }

    pub(crate) async fn handshake(&self, headers: &[(&str, &str)]) -> Result<Client, Refusal> {
        Client::connect(&self.url(), headers).await
    }

    /// The status with which a handshake is refused.
    pub(crate) async fn refused(&self) -> u16 {
        match self.handshake(&[]).await {
            Ok(_) => panic!("the handshake was not refused"),
            Err(refusal) => refusal.status,
        }
    }

    /// A client, and the id of its connection.
    pub(crate) async fn known_client(&self) -> (Client, String) {
        let mut client = self.client().await;
        client.send(r#"{"action":"no-such-route"}"#).await;
        let frame = client.receive().await;
        assert_eq!(frame["message"], "Forbidden", "{frame}");
        let id = frame["connectionId"].as_str().unwrap().to_owned();
        (client, id)
    }

    /// Calls `/@connections/{id}`, with the id percent-encoded.
    pub(crate) async fn manage(&self, method: Method, id: &str, body: &str) -> Answer {
        let url = format!("http://{}/dev/@connections/{}", self.address, encoded(id));
        let authorization = signed();
        let headers = [("authorization", authorization.as_str())];
        tokio::time::timeout(PATIENCE, call(method, &url, &headers, body))
            .await
            .unwrap_or_else(|_| panic!("the call is not answered"))
            .unwrap()
    }

    pub(crate) async fn post(&self, id: &str, body: &str) -> u16 {
        self.manage(Method::POST, id, body).await.status.as_u16()
    }

    /// What the values of a metric of AWS's add up to, as of now.
    pub(crate) fn sum(&self, namespace: &str, name: &str, dimensions: &[(&str, &str)]) -> f64 {
        self.statistic(Statistic::Sum, namespace, name, dimensions)
    }

    /// How many values a metric of AWS's has, as of now.
    pub(crate) fn samples(&self, namespace: &str, name: &str, dimensions: &[(&str, &str)]) -> f64 {
        self.statistic(Statistic::SampleCount, namespace, name, dimensions)
    }

    fn statistic(
        &self,
        statistic: Statistic,
        namespace: &str,
        name: &str,
        dimensions: &[(&str, &str)],
    ) -> f64 {
        let watched = MetricStatistic {
            metric: Metrics::key(namespace, name, dimensions),
            statistic,
        };
        // The minute that runs, and enough before it for any test.
        let at_ms = self.clock.now_ms() + 60_000;
        let minutes = self.metrics.values(&watched, at_ms, 60, 10);
        minutes.into_iter().flatten().sum()
    }

    /// What functions wrote.
    pub(crate) fn lines(&self) -> Vec<String> {
        let lines = self.lines.lock().unwrap();
        lines.iter().map(|line| line.text.clone()).collect()
    }

    /// The process that holds an invocation.
    pub(crate) async fn holder(&self) -> i32 {
        eventually("the process that holds", || async {
            let lines = self.lines();
            let pid = lines.iter().find_map(|line| line.strip_prefix("holding "));
            pid.map(|pid| pid.parse().unwrap())
        })
        .await
    }

    /// The events of the `$disconnect`s, once there are so many.
    pub(crate) async fn disconnects(&self, count: usize) -> Vec<Value> {
        eventually("the disconnects", || async {
            let lines = self.lines();
            let events = lines
                .iter()
                .filter_map(|line| serde_json::from_str::<Value>(line).ok())
                .filter(|event| event["requestContext"]["eventType"] == "DISCONNECT");
            let events: Vec<_> = events.collect();
            (events.len() >= count).then_some(events)
        })
        .await
    }

    /// The code and the reason of the one `$disconnect`, after which no connection is left.
    pub(crate) async fn disconnected(&self) -> Value {
        let events = self.disconnects(1).await;
        assert_eq!(events.len(), 1, "{events:?}");
        assert_eq!(self.gateway.connections(), 0);
        let context = &events[0]["requestContext"];
        json!([context["disconnectStatusCode"], context["disconnectReason"]])
    }

    /// Tells the gateway to stop, and waits until it has.
    pub(crate) async fn stop_serving(&mut self) {
        self.shutdown.cancel();
        tokio::time::timeout(PATIENCE, &mut self.serving)
            .await
            .unwrap_or_else(|_| panic!("the gateway did not stop"))
            .unwrap();
    }

    /// Stops everything.
    pub(crate) async fn stop(mut self) {
        self.stop_serving().await;
        self.shut_down_pool().await;
    }

    /// Stops the functions.
    pub(crate) async fn shut_down_pool(&self) {
        self.pool.shutdown().await;
    }
}

/// A handshake as it is on the wire.
pub(crate) fn upgrade_request(address: &str) -> String {
    format!(
        "GET /dev HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
}

/// The header of a caller who signs for this account.
pub(crate) fn signed() -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential={KEY}/20260101/eu-central-1/execute-api/aws4_request, \
         SignedHeaders=host, Signature=00"
    )
}

/// An id as it must be in a URL.
pub(crate) fn encoded(id: &str) -> String {
    id.bytes().fold(String::new(), |text, byte| {
        if byte.is_ascii_alphanumeric() {
            text + char::from(byte).encode_utf8(&mut [0; 4])
        } else {
            format!("{text}%{byte:02X}")
        }
    })
}

/// Asserts that `frame` is an error frame as AWS writes it, to the letter.
pub(crate) fn assert_error_frame(frame: &str, message: &str) {
    let parsed: Value = serde_json::from_str(frame).unwrap();
    let (Some(connection), Some(request)) = (
        parsed["connectionId"].as_str(),
        parsed["requestId"].as_str(),
    ) else {
        panic!("no error frame: {frame}");
    };
    assert_eq!(
        frame,
        format!(
            r#"{{"message": "{message}", "connectionId":"{connection}", "requestId":"{request}"}}"#
        )
    );
    assert!(
        connection.len() == 16 && connection.ends_with('='),
        "{frame}"
    );
}
