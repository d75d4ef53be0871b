//! The connection to the engine and what it can do.

use std::collections::BTreeSet;

use pulumi_gestalt_proto::pulumi::pulumirpc::engine_client::EngineClient;
use pulumi_gestalt_proto::pulumi::pulumirpc::resource_monitor_client::ResourceMonitorClient;
use pulumi_gestalt_proto::pulumi::pulumirpc::{
    LogRequest, LogSeverity, SetRootResourceRequest, SupportsFeatureRequest,
};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};

use crate::error::{Error, ErrorKind, rpc_error};
use crate::settings::Settings;
use crate::urn::Urn;

/// As in Pulumi's other SDKs: a state with large values in it must get through.
const MAX_MESSAGE_BYTES: usize = 400 * 1024 * 1024;

/// Both services of the engine that a program talks to.
#[derive(Clone)]
pub(crate) struct Engine {
    pub(crate) monitor: ResourceMonitorClient<Channel>,
    engine: EngineClient<Channel>,
    features: BTreeSet<Feature>,
}

/// What engines came to support over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Feature {
    Secrets,
    ResourceReferences,
    OutputValues,
    AliasSpecs,
}

impl Feature {
    const ALL: [Self; 4] = [
        Self::Secrets,
        Self::ResourceReferences,
        Self::OutputValues,
        Self::AliasSpecs,
    ];

    fn id(self) -> &'static str {
        match self {
            Self::Secrets => "secrets",
            Self::ResourceReferences => "resourceReferences",
            Self::OutputValues => "outputValues",
            Self::AliasSpecs => "aliasSpecs",
        }
    }
}

impl Engine {
    pub(crate) async fn connect(settings: &Settings) -> Result<Self, Error> {
        let monitor = channel("resource monitor", &settings.monitor).await?;
        let engine = channel("engine", &settings.engine).await?;
        let mut connected = Self {
            monitor: ResourceMonitorClient::new(monitor)
                .max_decoding_message_size(MAX_MESSAGE_BYTES)
                .max_encoding_message_size(MAX_MESSAGE_BYTES),
            engine: EngineClient::new(engine)
                .max_decoding_message_size(MAX_MESSAGE_BYTES)
                .max_encoding_message_size(MAX_MESSAGE_BYTES),
            features: BTreeSet::new(),
        };
        for feature in Feature::ALL {
            if connected.ask(feature).await? {
                connected.features.insert(feature);
            }
        }
        Ok(connected)
    }

    pub(crate) fn has(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }

    async fn ask(&mut self, feature: Feature) -> Result<bool, Error> {
        let request = SupportsFeatureRequest {
            id: feature.id().to_owned(),
        };
        match self.monitor.supports_feature(request).await {
            Ok(response) => Ok(response.into_inner().has_support),
            Err(status) if is_old(&status) => Ok(false),
            Err(status) => {
                let call = format!("the question for the feature `{}`", feature.id());
                Err(rpc_error(call, &status))
            }
        }
    }

    pub(crate) async fn set_root(&self, urn: &Urn) -> Result<(), Error> {
        let request = SetRootResourceRequest {
            urn: urn.to_string(),
        };
        match self.engine.clone().set_root_resource(request).await {
            Ok(_) => Ok(()),
            Err(status) if is_old(&status) => Ok(()),
            Err(status) => Err(rpc_error("the root resource", &status)),
        }
    }

    pub(crate) async fn log(
        &self,
        severity: LogSeverity,
        message: String,
        urn: Option<&Urn>,
    ) -> Result<(), Error> {
        let request = LogRequest {
            severity: severity.into(),
            message,
            urn: urn.map(ToString::to_string).unwrap_or_default(),
            stream_id: 0,
            ephemeral: false,
        };
        match self.engine.clone().log(request).await {
            Ok(_) => Ok(()),
            Err(status) => Err(rpc_error("a log message", &status)),
        }
    }

    /// Tells the engine that no more will come, and waits until it has done everything.
    pub(crate) async fn finish(&self) -> Result<(), Error> {
        match self.monitor.clone().signal_and_wait_for_shutdown(()).await {
            Ok(_) => Ok(()),
            Err(status) if is_old(&status) => Ok(()),
            Err(status) => Err(rpc_error("the end of the program", &status)),
        }
    }
}

/// Only this says that the engine is older than the call; any other failure is one.
fn is_old(status: &Status) -> bool {
    status.code() == Code::Unimplemented
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
