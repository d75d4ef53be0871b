//! An engine that records what it is told.

use pulumi_gestalt_proto::pulumi::pulumirpc as rpc;
use pulumi_gestalt_proto::pulumi::pulumirpc::engine_server::{Engine, EngineServer};
use rpc::{LogRequest, LogSeverity};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::transport::Server;
use tonic::{Request, Response, Status};

use super::Watched;

type Answer<T> = Result<Response<T>, Status>;

/// An engine; it is gone when this is dropped.
pub(crate) struct FakeEngine {
    pub(crate) address: String,
    pub(crate) logs: Watched<LogRequest>,
    _serving: DropGuard,
}

impl FakeEngine {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let logs = Watched::new();
        let service = EngineServer::new(Service { logs: logs.clone() });
        let serving = CancellationToken::new();
        let server = Server::builder()
            .add_service(service)
            .serve_with_incoming_shutdown(
                TcpListenerStream::new(listener),
                serving.clone().cancelled_owned(),
            );
        tokio::spawn(server);
        Self {
            address,
            logs,
            _serving: serving.drop_guard(),
        }
    }

    /// What was logged so far with a severity, but for what was not to stay.
    pub(crate) fn logged(&self, severity: LogSeverity) -> Vec<String> {
        let logs = self.logs.all().into_iter();
        logs.filter(|log| log.severity() == severity && !log.ephemeral)
            .map(|log| log.message)
            .collect()
    }
}

struct Service {
    logs: Watched<LogRequest>,
}

fn unused<T>() -> Answer<T> {
    Err(Status::unimplemented("the host does not call this"))
}

#[tonic::async_trait]
impl Engine for Service {
    async fn log(&self, request: Request<LogRequest>) -> Answer<()> {
        self.logs.push(request.into_inner());
        Ok(Response::new(()))
    }

    async fn get_root_resource(
        &self,
        _: Request<rpc::GetRootResourceRequest>,
    ) -> Answer<rpc::GetRootResourceResponse> {
        Ok(Response::new(rpc::GetRootResourceResponse {
            urn: String::new(),
        }))
    }

    async fn set_root_resource(
        &self,
        _: Request<rpc::SetRootResourceRequest>,
    ) -> Answer<rpc::SetRootResourceResponse> {
        unused()
    }

    async fn start_debugging(&self, _: Request<rpc::StartDebuggingRequest>) -> Answer<()> {
        unused()
    }

    async fn require_pulumi_version(
        &self,
        _: Request<rpc::RequirePulumiVersionRequest>,
    ) -> Answer<rpc::RequirePulumiVersionResponse> {
        unused()
    }
}
