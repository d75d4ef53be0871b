//! The engine and what it can do.

mod backend;
mod grpc;

use std::collections::BTreeSet;
use std::sync::Arc;

use pulumi_gestalt_proto::pulumi::pulumirpc::{LogRequest, LogSeverity};
use tonic::{Code, Status};

pub(crate) use self::backend::{Answer, Backend};
use self::grpc::Grpc;
use crate::error::{Error, rpc_error};
use crate::settings::Settings;
use crate::urn::Urn;

/// The engine that a program runs against.
#[derive(Clone)]
pub(crate) struct Engine {
    backend: Arc<dyn Backend>,
    features: BTreeSet<Feature>,
}

/// What engines came to support over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Feature {
    Secrets,
    ResourceReferences,
    OutputValues,
    AliasSpecs,
    DeletedWith,
    ReplaceWith,
    ReplacementTrigger,
}

impl Feature {
    pub(crate) const ALL: [Self; 7] = [
        Self::Secrets,
        Self::ResourceReferences,
        Self::OutputValues,
        Self::AliasSpecs,
        Self::DeletedWith,
        Self::ReplaceWith,
        Self::ReplacementTrigger,
    ];

    /// The engine's name of it.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Secrets => "secrets",
            Self::ResourceReferences => "resourceReferences",
            Self::OutputValues => "outputValues",
            Self::AliasSpecs => "aliasSpecs",
            Self::DeletedWith => "deletedWith",
            Self::ReplaceWith => "replaceWith",
            Self::ReplacementTrigger => "replacementTrigger",
        }
    }
}

impl Engine {
    /// The engine at the addresses in the settings.
    pub(crate) async fn connect(settings: &Settings) -> Result<Self, Error> {
        Self::over(Arc::new(Grpc::connect(settings).await?)).await
    }

    /// This engine, once it has said what it can do.
    pub(crate) async fn over(backend: Arc<dyn Backend>) -> Result<Self, Error> {
        let mut features = BTreeSet::new();
        for feature in Feature::ALL {
            let call = format!("the question for the feature `{}`", feature.id());
            let supported = backend.supports_feature(feature.id()).await;
            if unless_old(supported, &call)?.unwrap_or(false) {
                features.insert(feature);
            }
        }
        Ok(Self { backend, features })
    }

    pub(crate) fn backend(&self) -> &dyn Backend {
        &*self.backend
    }

    pub(crate) fn has(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }

    pub(crate) async fn set_root(&self, urn: &Urn) -> Result<(), Error> {
        let answer = self.backend.set_root(urn.to_string()).await;
        unless_old(answer, "the root resource").map(Option::unwrap_or_default)
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
        let answer = self.backend.log(request).await;
        answer.map_err(|status| rpc_error("a log message", &status))
    }

    /// Tells the engine that no more will come, and waits until it has done everything.
    pub(crate) async fn finish(&self) -> Result<(), Error> {
        let answer = self.backend.finish().await;
        unless_old(answer, "the end of the program").map(Option::unwrap_or_default)
    }
}

/// The answer, or nothing from an engine that is older than the call.
fn unless_old<T>(answer: Result<T, Status>, call: &str) -> Result<Option<T>, Error> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        // Only this says so; any other failure is one.
        Err(status) if status.code() == Code::Unimplemented => Ok(None),
        Err(status) => Err(rpc_error(call, &status)),
    }
}
