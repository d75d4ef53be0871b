//! The engine's two services on a socket of this machine.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pulumi_gestalt_proto::pulumi::pulumirpc::engine_server::EngineServer;
use pulumi_gestalt_proto::pulumi::pulumirpc::resource_monitor_server::ResourceMonitorServer;
use tidegate_local_cloud::Cloud;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tonic::Status;
use tonic::transport::server::TcpIncoming;

use crate::deployment::Deployment;
use crate::diagnostics::Diagnostics;
use crate::error::RunError;
use crate::message::OnMessage;
use crate::state::State;
use crate::urn::StackName;

/// As in Pulumi's engine: large values must get through.
const MAX_MESSAGE_BYTES: usize = 400 * 1024 * 1024;

/// An engine that waits for one program. It stops when it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// What both services work on.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Gone once the run is over.
    state: Mutex<Option<State>>,
    pub(crate) diagnostics: Diagnostics,
}

impl Server {
    /// Listens on a free port for the program of this stack.
    ///
    /// # Errors
    ///
    /// When there is no port to listen on.
    pub async fn start(
        project: impl Into<String>,
        stack: impl Into<String>,
        on_message: OnMessage,
        cloud: Cloud,
    ) -> Result<Self, RunError> {
        // It takes a few milliseconds, which the program needs to start anyway. What is wrong with it, the first
        // resource is told.
        tokio::task::spawn_blocking(|| drop(tidegate_local_schema::aws()));
        let name = StackName {
            project: project.into(),
            stack: stack.into(),
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.map_err(RunError::Server)?;
        let address = listener.local_addr().map_err(RunError::Server)?;
        let shared = Arc::new(Shared {
            state: Mutex::new(Some(State::new(name, cloud))),
            diagnostics: Diagnostics::new(on_message),
        });
        let services = Services(Arc::clone(&shared));
        let monitor = ResourceMonitorServer::new(services.clone());
        let engine = EngineServer::new(services);
        let serving = tonic::transport::Server::builder()
            .add_service(
                monitor
                    .max_decoding_message_size(MAX_MESSAGE_BYTES)
                    .max_encoding_message_size(MAX_MESSAGE_BYTES),
            )
            .add_service(
                engine
                    .max_decoding_message_size(MAX_MESSAGE_BYTES)
                    .max_encoding_message_size(MAX_MESSAGE_BYTES),
            )
            // Without it, each small answer would wait for the other side's delayed acknowledgement.
            .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)));
        let task = tokio::spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%error, "the engine stopped listening");
            }
        });
        Ok(Self {
            address,
            shared,
            task,
        })
    }

    /// Where both services are: what `PULUMI_MONITOR` and `PULUMI_ENGINE` have to be.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends the run, once its program has ended without a failure.
    ///
    /// # Errors
    ///
    /// When something was refused, the program logged an error, or it has not registered its stack.
    pub fn finish(self) -> Result<Deployment, RunError> {
        let (state, messages) = self.close();
        if !messages.is_empty() {
            return Err(RunError::Failed { messages });
        }
        state
            .and_then(State::finish)
            .ok_or(RunError::ProgramNeverRegistered)
    }

    /// Ends the run: what there is, and the errors.
    pub(crate) fn close(self) -> (Option<State>, Vec<String>) {
        let state = self.shared.lock().take();
        (state, self.shared.diagnostics.finish())
    }

    pub(crate) fn diagnostics(&self) -> &Diagnostics {
        &self.shared.diagnostics
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Option<State>> {
        // A panic under the lock is a bug that has been reported; the state is a list that is only added to.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with the state of a run that is not over.
    pub(crate) fn with<T>(
        &self,
        action: impl FnOnce(&mut State) -> Result<T, Status>,
    ) -> Result<T, Status> {
        match self.lock().as_mut() {
            Some(state) => action(state),
            None => Err(Status::unavailable("the run is over")),
        }
    }
}

/// Both services.
#[derive(Clone, Debug)]
pub(crate) struct Services(pub(crate) Arc<Shared>);
