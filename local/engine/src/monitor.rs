//! The two services, as the wire has them.

use std::collections::HashMap;

use pulumi::wire;
use pulumi_gestalt_proto::pulumi::pulumirpc::engine_server::Engine;
use pulumi_gestalt_proto::pulumi::pulumirpc::resource_monitor_server::ResourceMonitor;
use pulumi_gestalt_proto::pulumi::pulumirpc::{self as rpc, LogSeverity, Result as Outcome};
use tidegate_local_schema::outputs::plain;
use tonic::{Request, Response, Status};

use crate::decode::{self, Registration};
use crate::deployment::Resource;
use crate::features::{not_emulated, supports};
use crate::invoke;
use crate::message::{Message, Severity, Source};
use crate::server::Services;
use crate::version::{self, PULUMI_VERSION};

type Answer<T> = Result<Response<T>, Status>;

impl Services {
    /// Gives an answer; one that is an error fails the run.
    fn answer<T>(&self, result: Result<T, Status>) -> Answer<T> {
        match result {
            Ok(answer) => Ok(Response::new(answer)),
            Err(status) => Err(self.0.diagnostics.refuse(status)),
        }
    }

    fn refuse<T>(&self, what: impl std::fmt::Display) -> Answer<T> {
        self.answer(Err(not_emulated(what)))
    }

    fn register(
        &self,
        request: rpc::RegisterResourceRequest,
    ) -> Result<rpc::RegisterResourceResponse, Status> {
        let registration = decode::registration(request)?;
        let Registration { accept_secrets, .. } = registration;
        self.0.with(|state| {
            let resource = state.register(registration)?;
            response(resource, accept_secrets)
        })
    }
}

fn response(
    resource: &Resource,
    accept_secrets: bool,
) -> Result<rpc::RegisterResourceResponse, Status> {
    let mut outputs = resource.outputs.clone();
    if !accept_secrets {
        for value in outputs.values_mut() {
            *value = plain(std::mem::replace(value, pulumi::PropertyValue::Null));
        }
    }
    let object = wire::to_struct(&outputs).map_err(|error| {
        let urn = &resource.urn;
        Status::internal(format!("the outputs of `{urn}` cannot be sent: {error}"))
    })?;
    Ok(rpc::RegisterResourceResponse {
        urn: resource.urn.clone(),
        id: resource.id.clone().unwrap_or_default(),
        object: Some(object),
        stable: false,
        stables: Vec::new(),
        // Every output depends on its own resource, which the program knows.
        property_dependencies: HashMap::new(),
        result: Outcome::Success.into(),
    })
}

#[tonic::async_trait]
impl ResourceMonitor for Services {
    async fn supports_feature(
        &self,
        request: Request<rpc::SupportsFeatureRequest>,
    ) -> Answer<rpc::SupportsFeatureResponse> {
        let has_support = supports(&request.into_inner().id);
        Ok(Response::new(rpc::SupportsFeatureResponse { has_support }))
    }

    async fn register_resource(
        &self,
        request: Request<rpc::RegisterResourceRequest>,
    ) -> Answer<rpc::RegisterResourceResponse> {
        self.answer(self.register(request.into_inner()))
    }

    async fn register_resource_outputs(
        &self,
        request: Request<rpc::RegisterResourceOutputsRequest>,
    ) -> Answer<()> {
        let rpc::RegisterResourceOutputsRequest { urn, outputs } = request.into_inner();
        let outputs = decode::properties(outputs, &format!("the outputs of `{urn}`"));
        self.answer(outputs.and_then(|outputs| self.0.with(|state| state.complete(&urn, outputs))))
    }

    async fn signal_and_wait_for_shutdown(&self, _: Request<()>) -> Answer<()> {
        // Everything was done when it was registered.
        Ok(Response::new(()))
    }

    async fn invoke(
        &self,
        request: Request<rpc::ResourceInvokeRequest>,
    ) -> Answer<rpc::InvokeResponse> {
        self.answer(
            self.0
                .with(|state| invoke::answer(state.cloud(), request.into_inner())),
        )
    }

    async fn call(&self, request: Request<rpc::ResourceCallRequest>) -> Answer<rpc::CallResponse> {
        let token = request.into_inner().tok;
        self.refuse(format_args!("methods of resources (`{token}`)"))
    }

    async fn read_resource(
        &self,
        request: Request<rpc::ReadResourceRequest>,
    ) -> Answer<rpc::ReadResourceResponse> {
        let rpc::ReadResourceRequest { r#type, name, .. } = request.into_inner();
        let label = decode::label(&r#type, &name);
        if r#type == "pulumi:pulumi:StackReference" {
            return self.refuse(format_args!("references to other stacks ({label})"));
        }
        self.refuse(format_args!(
            "the reading of resources that exist elsewhere ({label})"
        ))
    }

    async fn register_stack_transform(&self, _: Request<rpc::Callback>) -> Answer<()> {
        self.refuse("transforms")
    }

    async fn register_stack_invoke_transform(&self, _: Request<rpc::Callback>) -> Answer<()> {
        self.refuse("transforms of invokes")
    }

    async fn register_resource_hook(
        &self,
        request: Request<rpc::RegisterResourceHookRequest>,
    ) -> Answer<()> {
        let name = request.into_inner().name;
        self.refuse(format_args!("resource hooks (`{name}`)"))
    }

    async fn register_error_hook(
        &self,
        request: Request<rpc::RegisterErrorHookRequest>,
    ) -> Answer<()> {
        let name = request.into_inner().name;
        self.refuse(format_args!("error hooks (`{name}`)"))
    }

    async fn register_package(
        &self,
        request: Request<rpc::RegisterPackageRequest>,
    ) -> Answer<rpc::RegisterPackageResponse> {
        let name = request.into_inner().name;
        self.refuse(format_args!("parameterized packages (`{name}`)"))
    }
}

#[tonic::async_trait]
impl Engine for Services {
    async fn log(&self, request: Request<rpc::LogRequest>) -> Answer<()> {
        let rpc::LogRequest {
            severity,
            message,
            urn,
            // Pieces of one message are shown as they come.
            stream_id: _,
            ephemeral: _,
        } = request.into_inner();
        // A severity of later days is at least to be seen.
        let severity = LogSeverity::try_from(severity).map_or(Severity::Info, Severity::from);
        self.0.diagnostics.say(Message {
            source: Source::Log,
            severity,
            urn: Some(urn).filter(|urn| !urn.is_empty()),
            text: message.trim_end().to_owned(),
        });
        Ok(Response::new(()))
    }

    async fn get_root_resource(
        &self,
        _: Request<rpc::GetRootResourceRequest>,
    ) -> Answer<rpc::GetRootResourceResponse> {
        let root =
            |state: &mut crate::state::State| Ok(state.root().unwrap_or_default().to_owned());
        let urn = self.0.with(root)?;
        Ok(Response::new(rpc::GetRootResourceResponse { urn }))
    }

    async fn set_root_resource(
        &self,
        request: Request<rpc::SetRootResourceRequest>,
    ) -> Answer<rpc::SetRootResourceResponse> {
        let urn = request.into_inner().urn;
        let set = self.0.with(|state| state.set_root(urn));
        self.answer(set.map(|()| rpc::SetRootResourceResponse {}))
    }

    async fn start_debugging(&self, request: Request<rpc::StartDebuggingRequest>) -> Answer<()> {
        // The program waits for its debugger by itself; the engine only says so.
        self.0.diagnostics.say(Message {
            source: Source::Log,
            severity: Severity::Info,
            urn: None,
            text: format!("waiting for a debugger: {}", request.into_inner().message),
        });
        Ok(Response::new(()))
    }

    async fn require_pulumi_version(
        &self,
        request: Request<rpc::RequirePulumiVersionRequest>,
    ) -> Answer<rpc::RequirePulumiVersionResponse> {
        let range = request.into_inner().pulumi_version_range;
        let result = match version::matches(&range, PULUMI_VERSION) {
            Some(true) => Ok(rpc::RequirePulumiVersionResponse {}),
            Some(false) => Err(Status::failed_precondition(format!(
                "the program wants Pulumi `{range}`, and the local runtime stands in for {}",
                version::display(PULUMI_VERSION)
            ))),
            None => Err(Status::invalid_argument(format!(
                "`{range}` is no range of versions such as `>=3.200.0 <4.0.0`"
            ))),
        };
        self.answer(result)
    }
}
