//! The engine behind gRPC, as the Pulumi CLI starts programs.

use futures::FutureExt;
use pulumi_gestalt_proto::pulumi::pulumirpc::engine_client::EngineClient;
use pulumi_gestalt_proto::pulumi::pulumirpc::resource_monitor_client::ResourceMonitorClient;
use pulumi_gestalt_proto::pulumi::pulumirpc::{
    CallResponse, InvokeResponse, LogRequest, ReadResourceRequest, ReadResourceResponse,
    RegisterResourceOutputsRequest, RegisterResourceRequest, RegisterResourceResponse,
    ResourceCallRequest, ResourceInvokeRequest, SetRootResourceRequest, SupportsFeatureRequest,
};
use tonic::transport::{Channel, Endpoint};

use super::backend::{Answer, Backend};
use crate::error::{Error, ErrorKind};
use crate::settings::Settings;

/// As in Pulumi's other SDKs: a state with large values in it must get through.
const MAX_MESSAGE_BYTES: usize = 400 * 1024 * 1024;

/// Both services of the engine that a program talks to.
pub(crate) struct Grpc {
    monitor: ResourceMonitorClient<Channel>,
    engine: EngineClient<Channel>,
}

impl Grpc {
    pub(crate) async fn connect(settings: &Settings) -> Result<Self, Error> {
        let monitor = channel("resource monitor", &settings.monitor).await?;
        let engine = channel("engine", &settings.engine).await?;
        Ok(Self {
            monitor: ResourceMonitorClient::new(monitor)
                .max_decoding_message_size(MAX_MESSAGE_BYTES)
                .max_encoding_message_size(MAX_MESSAGE_BYTES),
            engine: EngineClient::new(engine)
                .max_decoding_message_size(MAX_MESSAGE_BYTES)
                .max_encoding_message_size(MAX_MESSAGE_BYTES),
        })
    }
}

async fn channel(service: &'static str, address: &str) -> Result<Channel, Error> {
    let failed = |source: tonic::transport::Error| ErrorKind::Connect {
        service,
        address: address.to_owned(),
        source: source.into(),
    };
    let uri = if address.contains("://") {
        address.to_owned()
    } else {
        format!("http://{address}")
    };
    let endpoint = Endpoint::from_shared(uri).map_err(failed)?;
    Ok(endpoint.connect().await.map_err(failed)?)
}

/// A call of one of the services, as a future that owns its client.
macro_rules! call {
    ($client:expr, $method:ident, $request:expr) => {{
        let mut client = $client.clone();
        let request = $request;
        async move {
            client
                .$method(request)
                .await
                .map(tonic::Response::into_inner)
        }
        .boxed()
    }};
}

impl Backend for Grpc {
    fn supports_feature(&self, feature: &'static str) -> Answer<bool> {
        let mut monitor = self.monitor.clone();
        let request = SupportsFeatureRequest {
            id: feature.to_owned(),
        };
        async move {
            let response = monitor.supports_feature(request).await?;
            Ok(response.into_inner().has_support)
        }
        .boxed()
    }

    fn set_root(&self, urn: String) -> Answer<()> {
        let mut engine = self.engine.clone();
        async move {
            engine
                .set_root_resource(SetRootResourceRequest { urn })
                .await?;
            Ok(())
        }
        .boxed()
    }

    fn register(&self, request: RegisterResourceRequest) -> Answer<RegisterResourceResponse> {
        call!(self.monitor, register_resource, request)
    }

    fn register_outputs(&self, request: RegisterResourceOutputsRequest) -> Answer<()> {
        call!(self.monitor, register_resource_outputs, request)
    }

    fn read(&self, request: ReadResourceRequest) -> Answer<ReadResourceResponse> {
        call!(self.monitor, read_resource, request)
    }

    fn invoke(&self, request: ResourceInvokeRequest) -> Answer<InvokeResponse> {
        call!(self.monitor, invoke, request)
    }

    fn call(&self, request: ResourceCallRequest) -> Answer<CallResponse> {
        call!(self.monitor, call, request)
    }

    fn log(&self, request: LogRequest) -> Answer<()> {
        call!(self.engine, log, request)
    }

    fn finish(&self) -> Answer<()> {
        call!(self.monitor, signal_and_wait_for_shutdown, ())
    }
}
