//! The provider on a socket of this machine.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use pulumi_gestalt_proto::pulumi::pulumirpc::resource_provider_server::ResourceProviderServer;
use tokio::net::TcpListener;
use tonic::transport::server::TcpIncoming;

use crate::environment::Environment;
use crate::service::Provider;

/// As in Pulumi's engine: large values must get through.
const MAX_MESSAGE_BYTES: usize = 400 * 1024 * 1024;

/// A provider that listens.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    provider: Provider,
}

impl Server {
    /// Listens on a free port.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub async fn bind(host: Ipv4Addr, environment: Environment) -> io::Result<Self> {
        Ok(Self {
            listener: TcpListener::bind((host, 0)).await?,
            provider: Provider::new(environment),
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    ///
    /// When the socket is broken.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until the process ends: the engine kills its plugins.
    ///
    /// # Errors
    ///
    /// When it can listen no longer.
    pub async fn serve(self) -> Result<(), tonic::transport::Error> {
        let service = ResourceProviderServer::new(self.provider)
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES);
        tonic::transport::Server::builder()
            .add_service(service)
            .serve_with_incoming(TcpIncoming::from(self.listener).with_nodelay(Some(true)))
            .await
    }
}
