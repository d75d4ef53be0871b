//! Starts everything, and stops everything.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use pulumi::PropertyValue;
use thiserror::Error;
use tidegate_contract::manifest::Executables;
use tidegate_local_cloud::clock::SharedClock;
use tidegate_local_cloud::faults::Faults;
use tidegate_local_cloud::limits::Limits;
use tidegate_local_cloud::system::{self, System};
use tidegate_local_engine::{Deployment, OnMessage, RunError};
use tidegate_local_events::{Events, EventsOptions};
use tidegate_local_functions::{Function, FunctionSpec, Pool, PoolOptions, SharedLogSink};
use tidegate_local_gateway::{Gateway, GatewayOptions};
use tidegate_local_identity::{Identity, KeyError, SigningKey};
use tidegate_local_metrics::{AlarmStatus, Evaluator, Metrics};
use tidegate_local_queues::QueuesOptions;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::database;
use crate::observation::{self, OnAlarm};
use crate::project::{Project, StackConfig};
use crate::provision::{ACCOUNT, Provision};
use crate::queues;
use crate::state::{Running, StateDirectory, StateError, Taken};
use crate::summary::Summary;

/// The credentials that functions get, and that the management API and the user pool know. They open nothing but this runtime.
pub const ACCESS_KEY_ID: &str = "AKIALOCALTIDEGATE000";
/// What belongs to [`ACCESS_KEY_ID`]. No signature is recomputed, so it opens nothing either.
pub const SECRET_ACCESS_KEY: &str = "local-to-this-machine";

/// What a runtime is started with.
pub struct RuntimeOptions {
    /// The project.
    pub project: Project,
    /// The stack.
    pub stack: String,
    /// Its configuration.
    pub config: StackConfig,
    /// The program's executable.
    pub program: PathBuf,
    /// The functions' executables.
    pub manifest: Executables,
    /// The port of the socket; 0 for any that is free.
    pub port: u16,
    /// What is enforced.
    pub limits: Limits,
    /// Where state is kept.
    pub state: StateDirectory,
    /// Tells the time: to all parts, none of which looks at another clock.
    pub clock: SharedClock,
    /// What goes wrong, in all parts. It can be set while they run.
    pub faults: Faults,
    /// Where ids start from.
    pub seed: u64,
    /// Takes what functions write.
    pub log_sink: SharedLogSink,
    /// Takes what the program says.
    pub on_message: OnMessage,
    /// Takes the alarms that change their state.
    pub on_alarm: OnAlarm,
}

/// Why a runtime did not start. Whatever it had started by then has been stopped.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RuntimeError {
    /// State cannot be kept.
    #[error(transparent)]
    State(#[from] StateError),
    /// The port is taken.
    #[error(
        "port {port} is taken: stop what listens there, or choose another with --port (0 for any that is free)"
    )]
    PortTaken {
        /// The port.
        port: u16,
    },
    /// A port cannot be listened on.
    #[error("cannot listen on 127.0.0.1:{port}")]
    Listen {
        /// The port.
        port: u16,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The signing key of the local user pool cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The program failed.
    #[error(transparent)]
    Program(#[from] RunError),
    /// A table cannot be made.
    #[error("{0}")]
    Table(String),
    /// EventBridge would not be let hand over some of its events.
    #[error("{}", .0.join("\n"))]
    LostEvents(Vec<String>),
    /// The program describes nothing that could be served.
    #[error("the program registers no WebSocket API with a stage: there is nothing to serve")]
    NoApi,
}

/// Everything that one stack needs, running.
pub struct Runtime {
    running: Running,
    summary: Summary,
    deployment: Deployment,
    gateway: Gateway,
    functions: BTreeMap<String, Function>,
    pool: Pool,
    events: Events,
    metrics: Metrics,
    evaluator: Arc<Evaluator>,
    gateway_shutdown: CancellationToken,
    services_shutdown: CancellationToken,
    gateway_task: TaskTracker,
    mappings: TaskTracker,
    services: TaskTracker,
    _taken: Taken,
}

/// What the program's description is served on.
struct Listeners {
    websocket: TcpListener,
    http: TcpListener,
    distribution: TcpListener,
    identity: TcpListener,
    database: TcpListener,
    queues: TcpListener,
    events: TcpListener,
}

impl Listeners {
    /// Bound before the program runs, since it is told the addresses: a port that is taken is the first thing to know.
    async fn bind(port: u16) -> Result<Self, RuntimeError> {
        Ok(Self {
            websocket: listen(port).await?,
            http: listen(0).await?,
            distribution: listen(0).await?,
            identity: listen(0).await?,
            database: listen(0).await?,
            queues: listen(0).await?,
            events: listen(0).await?,
        })
    }
}

async fn listen(port: u16) -> Result<TcpListener, RuntimeError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpListener::bind(address)
        .await
        .map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => RuntimeError::PortTaken { port },
            _ => RuntimeError::Listen { port, source },
        })
}

fn address(listener: &TcpListener) -> Result<SocketAddr, RuntimeError> {
    listener
        .local_addr()
        .map_err(|source| RuntimeError::Listen { port: 0, source })
}

impl Runtime {
    /// Runs the program, and serves what it registered.
    ///
    /// # Errors
    /// The first thing that does not work.
    pub async fn start(options: RuntimeOptions) -> Result<Self, RuntimeError> {
        let RuntimeOptions {
            project,
            stack,
            config,
            program,
            manifest,
            port,
            limits,
            state,
            clock,
            faults,
            seed,
            log_sink,
            on_message,
            on_alarm,
        } = options;
        let taken = state.take()?;
        let listeners = Listeners::bind(port).await?;
        let key = SigningKey::load_or_generate(&state.signing_key())?;
        let identity_address = address(&listeners.identity)?.to_string();
        let database_url = format!("http://{}", address(&listeners.database)?);
        let queues_url = format!("http://{}", address(&listeners.queues)?);
        let events_url = format!("http://{}", address(&listeners.events)?);
        let provision = Provision {
            project: &project,
            stack: &stack,
            config: &config,
            program: &program,
            manifest: taken.manifest(&manifest)?,
            websocket_api: format!("ws://{}", address(&listeners.websocket)?),
            http_api: format!("http://{}", address(&listeners.http)?),
            distribution: address(&listeners.distribution)?.to_string(),
            identity: identity_address.clone(),
            queues: queues_url.clone(),
            on_message,
        };
        let deployment = provision.run().await?;
        let system = deployment.cloud.system();
        let api = system
            .apis
            .first()
            .filter(|api| !api.stages.is_empty())
            .cloned()
            .ok_or(RuntimeError::NoApi)?;
        if !system.lost_events.is_empty() {
            return Err(RuntimeError::LostEvents(system.lost_events));
        }
        let database = database::with_tables(&system.tables, Arc::clone(&clock));
        let database = database.map_err(|error| RuntimeError::Table(error.to_string()))?;

        let places = Places {
            region: config.region(),
            identity_url: &format!("http://{identity_address}"),
            database_url: &database_url,
            queues_url: &queues_url,
            events_url: &events_url,
            outputs: &deployment.outputs,
        };
        let pool_options = pool_options(&limits, &places, seed, &faults);
        let metrics = Metrics::new(Arc::clone(&clock));
        let (log_sink, lines) = observation::tap(log_sink);
        let pool = Pool::with_metrics(Arc::clone(&clock), log_sink, pool_options, metrics.clone());
        let functions = start_functions(&pool, &system, &limits, config.region());
        let queues_options = QueuesOptions {
            clock: Arc::clone(&clock),
            limits: limits.clone(),
            faults: faults.clone(),
            access_key_id: ACCESS_KEY_ID.to_owned(),
            url: queues_url.clone(),
            account: ACCOUNT.to_owned(),
            seed,
        };
        let ttl_delay_ms = limits.ttl_delay_ms;
        let (queues, polled) = queues::of_system(&system, &functions, queues_options);
        let events_options = EventsOptions {
            functions: functions.clone(),
            queues: queues.clone(),
            clock: Arc::clone(&clock),
            limits: limits.clone(),
            metrics: metrics.clone(),
            access_key_id: ACCESS_KEY_ID.to_owned(),
            account: ACCOUNT.to_owned(),
            region: config.region().to_owned(),
            seed,
        };
        let events = Events::new(system.event_rules.clone(), events_options);
        let gateway = Gateway::new(
            api.clone(),
            GatewayOptions {
                functions: functions.clone().into_iter().collect::<HashMap<_, _>>(),
                clock: Arc::clone(&clock),
                limits,
                faults,
                access_key_id: ACCESS_KEY_ID.to_owned(),
                seed,
                metrics: metrics.clone(),
            },
        );
        let identity = Identity::new(
            key,
            system.user_pools.clone(),
            Arc::clone(&clock),
            places.identity_url,
            ACCESS_KEY_ID,
        );

        let (gateway_shutdown, services_shutdown) =
            (CancellationToken::new(), CancellationToken::new());
        let (gateway_task, services) = (TaskTracker::new(), TaskTracker::new());
        let mappings = TaskTracker::new();
        for mapping in polled {
            mappings.spawn(mapping.run(gateway_shutdown.clone()));
        }
        mappings.spawn(events.clone().run_schedules(gateway_shutdown.clone()));
        services.spawn(
            queues
                .clone()
                .meter(metrics.clone(), services_shutdown.clone()),
        );
        services.spawn(queues.serve(listeners.queues, services_shutdown.clone()));
        let bus = events.clone();
        services.spawn(bus.serve(listeners.events, services_shutdown.clone()));
        services.spawn(Arc::new(identity).serve(
            listeners.identity,
            services_shutdown.clone().cancelled_owned(),
        ));
        services.spawn(database::serve(
            listeners.database,
            database.clone(),
            services_shutdown.clone(),
        ));
        services.spawn(database::sweep(
            database,
            Arc::clone(&clock),
            ttl_delay_ms,
            services_shutdown.clone(),
        ));
        let until = || services_shutdown.clone();
        services.spawn(observation::ingest(lines, metrics.clone(), until()));
        let evaluator = Evaluator::new(system.alarms.clone(), metrics.clone(), clock.now_ms());
        let evaluator = Arc::new(evaluator);
        let watched = Arc::clone(&evaluator);
        services.spawn(observation::watch(watched, clock, on_alarm, until()));
        let serving = gateway.clone();
        let until = gateway_shutdown.clone();
        gateway_task.spawn(async move { serving.serve(listeners.websocket, until).await });
        if let Some(api) = system.http_apis.first() {
            let (http, until) = (gateway.http_api(api.clone()), gateway_shutdown.clone());
            gateway_task.spawn(async move { http.serve(listeners.http, until).await });
        }
        if let Some(distribution) = system.distributions.first() {
            let front = gateway.front(distribution.clone());
            let until = gateway_shutdown.clone();
            gateway_task.spawn(async move { front.serve(listeners.distribution, until).await });
        }

        let running = running(&stack, &api, &system, &places);
        let summary = Summary::new(&deployment.resources, &system);
        let runtime = Self {
            running,
            summary,
            deployment,
            gateway,
            functions,
            pool,
            events,
            metrics,
            evaluator,
            gateway_shutdown,
            services_shutdown,
            gateway_task,
            mappings,
            services,
            _taken: taken,
        };
        runtime._taken.note(&runtime.running)?;
        Ok(runtime)
    }

    /// Where it can be reached.
    #[must_use]
    pub const fn running(&self) -> &Running {
        &self.running
    }

    /// What was provisioned.
    #[must_use]
    pub const fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Everything that the program registered.
    #[must_use]
    pub const fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// What each alarm says.
    #[must_use]
    pub fn alarms(&self) -> Vec<AlarmStatus> {
        self.evaluator.statuses()
    }

    /// The metrics of the stack: of its functions' own, and those that AWS makes.
    #[must_use]
    pub const fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The event bus.
    #[must_use]
    pub const fn events(&self) -> &Events {
        &self.events
    }

    /// How many connections are open.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.gateway.connections()
    }

    /// The functions, by name.
    #[must_use]
    pub const fn functions(&self) -> &BTreeMap<String, Function> {
        &self.functions
    }

    /// Stops everything: connections are closed and their `$disconnect` runs, and batches and events that were begun end;
    /// then functions and services.
    pub async fn shutdown(self) {
        self.gateway_shutdown.cancel();
        self.gateway_task.close();
        self.gateway_task.wait().await;
        self.mappings.close();
        self.mappings.wait().await;
        self.events.finish().await;
        self.pool.shutdown().await;
        self.services_shutdown.cancel();
        self.services.close();
        self.services.wait().await;
    }
}

fn pool_options(limits: &Limits, places: &Places<'_>, seed: u64, faults: &Faults) -> PoolOptions {
    let environment = [
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY),
        ("AWS_REGION", places.region),
        ("AWS_DEFAULT_REGION", places.region),
        ("AWS_ENDPOINT_URL_DYNAMODB", places.database_url),
        ("AWS_ENDPOINT_URL_SQS", places.queues_url),
        ("AWS_ENDPOINT_URL_EVENTBRIDGE", places.events_url),
        ("AWS_ACCOUNT_ID", ACCOUNT),
    ];
    PoolOptions {
        environment: environment
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        init_timeout: Duration::from_millis(limits.init_timeout_ms),
        max_queued: 10_000,
        seed: Some(seed),
        faults: faults.clone(),
        ..PoolOptions::default()
    }
}

fn start_functions(
    pool: &Pool,
    system: &System,
    limits: &Limits,
    region: &str,
) -> BTreeMap<String, Function> {
    let most = usize::try_from(limits.processes_per_function)
        .unwrap_or(usize::MAX)
        .max(1);
    let spec = |function: &system::Function| {
        let reserved = function
            .reserved_concurrency
            .and_then(|most| usize::try_from(most).ok());
        FunctionSpec {
            name: function.name.clone(),
            arn: function.arn.clone(),
            binary: function.bootstrap.clone(),
            handler: function.handler.clone(),
            environment: function.environment.clone(),
            timeout: function.timeout,
            memory_mb: function.memory_mb,
            max_processes: reserved.map_or(most, |reserved| reserved.min(most)),
            log_group: function.log_group.clone(),
            region: region.to_owned(),
        }
    };
    system
        .functions
        .values()
        .map(|function| {
            let added = pool.add(spec(function));
            let provisioned = usize::try_from(function.provisioned_concurrency);
            added.warm(provisioned.unwrap_or(most));
            (function.name.clone(), added)
        })
        .collect()
}

/// Where the services are, and what the program says of them.
struct Places<'a> {
    region: &'a str,
    identity_url: &'a str,
    database_url: &'a str,
    queues_url: &'a str,
    outputs: &'a BTreeMap<String, PropertyValue>,
    events_url: &'a str,
}

fn running(
    stack: &str,
    api: &system::WebSocketApi,
    system: &System,
    places: &Places<'_>,
) -> Running {
    let stage = api.stages.keys().next().cloned().unwrap_or_default();
    let pool = system.user_pools.values().next();
    let client = pool.and_then(|pool| pool.clients.keys().next().cloned());
    let direct = format!("{}/{stage}", api.endpoint);
    let distribution = system.distributions.first();
    let issuer = pool
        .map(|pool| format!("{}/{}", places.identity_url, pool.id))
        .unwrap_or_default();
    let through = distribution.map(|it| {
        // What the distribution does not put before every path is left to the client.
        let path = format!("/{stage}");
        let path = path.strip_prefix(&it.origin_path).unwrap_or_default();
        format!("ws://{}{path}", it.domain_name)
    });
    Running {
        pid: std::process::id(),
        stack: stack.to_owned(),
        origin_url: through.is_some().then(|| direct.clone()),
        websocket_url: through.unwrap_or(direct),
        http_url: system.http_apis.first().map(|api| api.endpoint.clone()),
        management_url: format!("{}/{stage}", api.endpoint.replacen("ws", "http", 1)),
        sign_in_url: pool
            .filter(|pool| pool.domain.is_some())
            .map(|_| issuer.clone()),
        issuer,
        client_id: client.unwrap_or_default(),
        user_pool_id: pool.map(|pool| pool.id.clone()).unwrap_or_default(),
        region: places.region.to_owned(),
        dynamodb_url: places.database_url.to_owned(),
        sqs_url: places.queues_url.to_owned(),
        outputs: texts(places.outputs),
        events_url: places.events_url.to_owned(),
    }
}

/// The outputs that are texts; secrets are none.
fn texts(outputs: &BTreeMap<String, PropertyValue>) -> BTreeMap<String, String> {
    let texts = outputs.iter().filter_map(|(name, value)| match value {
        PropertyValue::String(text) => Some((name.clone(), text.clone())),
        _ => None,
    });
    texts.collect()
}
