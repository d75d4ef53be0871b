//! The services of the engine.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use prost_types::Struct;
use pulumi::wire;
use pulumi_gestalt_proto::pulumi::pulumirpc::call_response;
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

    /// What a function returns or a resource that is read has, and what is wrong with the arguments.
    fn answer(&self, name: &str) -> (Struct, Vec<rpc::CheckFailure>) {
        let object = self
            .behaviour
            .outputs
            .get(name)
            .cloned()
            .unwrap_or_default();
        let failures = self.behaviour.failures.get(name).cloned();
        let failures = failures.map(|(property, reason)| rpc::CheckFailure {
            property: property.to_owned(),
            reason: reason.to_owned(),
        });
        (
            wire::to_struct(&object).unwrap(),
            failures.into_iter().collect(),
        )
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

    async fn invoke(
        &self,
        request: Request<rpc::ResourceInvokeRequest>,
    ) -> Answer<rpc::InvokeResponse> {
        let request = request.into_inner();
        self.record().invokes.push(request.clone());
        let (returned, failures) = self.answer(&request.tok);
        Ok(Response::new(rpc::InvokeResponse {
            r#return: Some(returned),
            failures,
        }))
    }

    async fn call(&self, request: Request<rpc::ResourceCallRequest>) -> Answer<rpc::CallResponse> {
        let request = request.into_inner();
        self.record().calls.push(request.clone());
        let (returned, failures) = self.answer(&request.tok);
        let urns = vec!["urn:from-the-method".to_owned()];
        let dependencies = call_response::ReturnDependencies { urns };
        Ok(Response::new(rpc::CallResponse {
            return_dependencies: returned
                .fields
                .keys()
                .map(|name| (name.clone(), dependencies.clone()))
                .collect(),
            r#return: Some(returned),
            failures,
        }))
    }

    async fn read_resource(
        &self,
        request: Request<rpc::ReadResourceRequest>,
    ) -> Answer<rpc::ReadResourceResponse> {
        let request = request.into_inner();
        self.record().reads.push(request.clone());
        let (properties, _) = self.answer(&request.name);
        Ok(Response::new(rpc::ReadResourceResponse {
            urn: urn(&request.r#type, &request.name),
            properties: Some(properties),
        }))
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
