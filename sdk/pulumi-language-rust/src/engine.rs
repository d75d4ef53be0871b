//! The engine, as far as the host itself has something to tell it.

use std::time::Duration;

use pulumi_gestalt_proto::pulumi::pulumirpc::engine_client::EngineClient;
use pulumi_gestalt_proto::pulumi::pulumirpc::{GetRootResourceRequest, LogRequest, LogSeverity};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};

use crate::error::Error;

/// How often the engine is looked for.
const LOOK: Duration = Duration::from_secs(1);

/// The engine that started the host, or that shook hands with it.
#[derive(Clone, Debug)]
pub(crate) struct Engine {
    address: String,
    client: EngineClient<Channel>,
}

impl Engine {
    /// The engine at an address; nothing is sent yet.
    ///
    /// # Errors
    /// When that is no address.
    pub(crate) fn at(address: &str) -> Result<Self, Error> {
        let uri = if address.contains("://") {
            address.to_owned()
        } else {
            format!("http://{address}")
        };
        let endpoint = Endpoint::from_shared(uri).map_err(|source| Error::Address {
            address: address.to_owned(),
            source,
        })?;
        Ok(Self {
            address: address.to_owned(),
            client: EngineClient::new(endpoint.connect_lazy()),
        })
    }

    /// Its address, as it was given.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Has a message shown, and says whether the engine took it.
    pub(crate) async fn log(&self, severity: LogSeverity, message: String) -> bool {
        self.send(severity, message, false).await.is_ok()
    }

    /// Has a message shown for as long as nothing newer is there.
    pub(crate) async fn progress(&self, message: String) {
        // An engine that does not hear of progress is not worse off.
        let _ = self.send(LogSeverity::Info, message, true).await;
    }

    async fn send(
        &self,
        severity: LogSeverity,
        message: String,
        ephemeral: bool,
    ) -> Result<(), Status> {
        let request = LogRequest {
            severity: severity.into(),
            message,
            urn: String::new(),
            stream_id: 0,
            ephemeral,
        };
        self.client.clone().log(request).await.map(|_| ())
    }

    /// Waits until the engine is no longer there.
    pub(crate) async fn gone(&self) {
        let mut look = tokio::time::interval(LOOK);
        let mut client = self.client.clone();
        loop {
            look.tick().await;
            // Any answer is a sign of life, a refusal too.
            if let Err(status) = client.get_root_resource(GetRootResourceRequest {}).await
                && status.code() == Code::Unavailable
            {
                return;
            }
        }
    }
}
