//! Starts everything, and stops everything.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use thiserror::Error;
use tidegate_contract::manifest::Executables;
use tidegate_local_cloud::clock::SharedClock;
use tidegate_local_cloud::faults::Faults;
use tidegate_local_cloud::limits::Limits;
use tidegate_local_cloud::system::{System, WebSocketApi};
use tidegate_local_engine::{Deployment, OnMessage, RunError};
use tidegate_local_events::Events;
use tidegate_local_functions::{Function, SharedLogSink};
use tidegate_local_identity::{KeyError, SigningKey};
use tidegate_local_metrics::{AlarmStatus, Metrics};

use crate::listeners::Listeners;
use crate::observation::OnAlarm;
use crate::places::{Places, running};
use crate::project::{Project, StackConfig};
use crate::provision::Provision;
use crate::services::{Services, Surroundings};
use crate::state::{Running, StateDirectory, StateError, Taken};
use crate::summary::Summary;
use crate::tasks::Tasks;

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
    services: Services,
    tasks: Tasks,
    _taken: Taken,
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
        let provision = Provision {
            project: &project,
            stack: &stack,
            config: &config,
            program: &program,
            manifest: taken.manifest(&manifest)?,
            websocket_api: format!("ws://{}", listeners.websocket.address),
            http_api: format!("http://{}", listeners.http.address),
            distribution: listeners.distribution.address.to_string(),
            identity: listeners.identity.address.to_string(),
            queues: format!("http://{}", listeners.queues.address),
            on_message,
        };
        let deployment = provision.run().await?;
        let system = deployment.cloud.system();
        let api = served(&system)?;
        let places = Places {
            region: config.region(),
            identity_url: &format!("http://{}", listeners.identity.address),
            database_url: &format!("http://{}", listeners.database.address),
            queues_url: &format!("http://{}", listeners.queues.address),
            events_url: &format!("http://{}", listeners.events.address),
            outputs: &deployment.outputs,
        };
        let around = Surroundings {
            clock,
            limits,
            faults,
            seed,
        };
        let (services, readers) =
            Services::of_system(&system, api, &places, key, log_sink, &around)?;
        let tasks = Tasks::start(&services, readers, listeners, &system, &around, on_alarm);
        let running = running(&stack, api, &system, &places);
        if let Err(error) = taken.note(&running) {
            tasks.shutdown(services).await;
            return Err(error.into());
        }
        Ok(Self {
            running,
            summary: Summary::new(&deployment.resources, &system),
            deployment,
            services,
            tasks,
            _taken: taken,
        })
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
        self.services.evaluator.statuses()
    }

    /// The metrics of the stack: of its functions' own, and those that AWS makes.
    #[must_use]
    pub const fn metrics(&self) -> &Metrics {
        &self.services.metrics
    }

    /// The event bus.
    #[must_use]
    pub const fn events(&self) -> &Events {
        &self.services.events
    }

    /// How many connections are open.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.services.gateway.connections()
    }

    /// The functions, by name.
    #[must_use]
    pub const fn functions(&self) -> &BTreeMap<String, Function> {
        &self.services.functions
    }

    /// Stops everything: connections are closed and their `$disconnect` runs, and batches and events that were begun end;
    /// then functions and services.
    pub async fn shutdown(self) {
        self.tasks.shutdown(self.services).await;
    }
}

/// The API that is served, of a system that nothing is lost in.
fn served(system: &System) -> Result<&WebSocketApi, RuntimeError> {
    if !system.lost_events.is_empty() {
        return Err(RuntimeError::LostEvents(system.lost_events.clone()));
    }
    let first = system.apis.first().filter(|api| !api.stages.is_empty());
    first.ok_or(RuntimeError::NoApi)
}
