//! The services of the engine.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use pulumi::wire;
use pulumi_gestalt_proto::pulumi::pulumirpc::engine_server::Engine;
use pulumi_gestalt_proto::pulumi::pulumirpc::resource_monitor_server::ResourceMonitor;
use pulumi_gestalt_proto::pulumi::pulumirpc::{self as rpc, Result as Outcome};
use tonic::{Request, Response, Status};

use super::{Behaviour, Record, failure, urn};

type Answer<T> = Result<Response<T>, Status>;

#[derive(Clone)]
pub(super) struct Services {
    behaviour: Behaviour,
    record: Arc<Mutex<Record>>,
}

impl Services {
    pub(super) fn new(behaviour: Behaviour, record: Arc<Mutex<Record>>) -> Self {
        Self { behaviour, record }
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap()
    }
}

fn unused<T>() -> Answer<T> {
    Err(Status::internal("the SDK does not call this yet"))
}

#[tonic::async_trait]
impl Engine for Services {
    async fn log(&self, request: Request<rpc::LogRequest>) -> Answer<()> {
        failure(self.behaviour.log)?;
        self.record().logs.push(request.into_inner());
        Ok(Response::new(()))
    }

    async fn get_root_resource(
        &self,
        _: Request<rpc::GetRootResourceRequest>,
    ) -> Answer<rpc::GetRootResourceResponse> {
        unused()
    }

    async fn set_root_resource(
        &self,
        request: Request<rpc::SetRootResourceRequest>,
    ) -> Answer<rpc::SetRootResourceResponse> {
        self.record().root = Some(request.into_inner().urn);
        Ok(Response::new(rpc::SetRootResourceResponse {}))
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

#[tonic::async_trait]
impl ResourceMonitor for Services {
    async fn supports_feature(
        &self,
        request: Request<rpc::SupportsFeatureRequest>,
    ) -> Answer<rpc::SupportsFeatureResponse> {
        failure(self.behaviour.probe)?;
        let id = request.into_inner().id;
        let features = self.behaviour.features.as_ref();
        Ok(Response::new(rpc::SupportsFeatureResponse {
            has_support: features.is_some_and(|features| features.contains(id.as_str())),
        }))
    }

    async fn register_resource(
        &self,
        request: Request<rpc::RegisterResourceRequest>,
    ) -> Answer<rpc::RegisterResourceResponse> {
        let request = request.into_inner();
        self.record().registered.push(request.clone());
        let name = request.name.as_str();
        if let Some((code, message)) = self.behaviour.refusals.get(name) {
            return Err(Status::new(*code, *message));
        }
        let skipped = self.behaviour.skipped.contains(name);
        let mut object = request.object.unwrap_or_default();
        if let Some(outputs) = self.behaviour.outputs.get(name) {
            object
                .fields
                .extend(wire::to_struct(outputs).unwrap().fields);
        }
        let id = if request.custom && !self.behaviour.dry_run && !skipped {
            format!("{name}-id")
        } else {
            String::new()
        };
        let outcome = if skipped {
            Outcome::Skip
        } else {
            Outcome::Success
        };
        Ok(Response::new(rpc::RegisterResourceResponse {
            urn: urn(&request.r#type, name),
            id,
            object: Some(object),
            stable: false,
            stables: Vec::new(),
            property_dependencies: HashMap::new(),
            result: outcome.into(),
        }))
    }

    async fn register_resource_outputs(
        &self,
        request: Request<rpc::RegisterResourceOutputsRequest>,
    ) -> Answer<()> {
        self.record().outputs.push(request.into_inner());
        Ok(Response::new(()))
    }

    async fn signal_and_wait_for_shutdown(&self, _: Request<()>) -> Answer<()> {
        self.record().shutdowns += 1;
        failure(self.behaviour.shutdown)?;
        Ok(Response::new(()))
    }

    async fn invoke(&self, _: Request<rpc::ResourceInvokeRequest>) -> Answer<rpc::InvokeResponse> {
        unused()
    }

    async fn call(&self, _: Request<rpc::ResourceCallRequest>) -> Answer<rpc::CallResponse> {
        unused()
    }

    async fn read_resource(
        &self,
        _: Request<rpc::ReadResourceRequest>,
    ) -> Answer<rpc::ReadResourceResponse> {
        unused()
    }

    async fn register_stack_transform(&self, _: Request<rpc::Callback>) -> Answer<()> {
        unused()
    }

    async fn register_stack_invoke_transform(&self, _: Request<rpc::Callback>) -> Answer<()> {
        unused()
    }

    async fn register_resource_hook(
        &self,
        _: Request<rpc::RegisterResourceHookRequest>,
    ) -> Answer<()> {
        unused()
    }

    async fn register_error_hook(&self, _: Request<rpc::RegisterErrorHookRequest>) -> Answer<()> {
        unused()
    }

    async fn register_package(
        &self,
        _: Request<rpc::RegisterPackageRequest>,
    ) -> Answer<rpc::RegisterPackageResponse> {
        unused()
    }
}
