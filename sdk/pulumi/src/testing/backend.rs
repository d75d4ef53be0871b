//! The engine of a test.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use futures::future::{self, BoxFuture};
use prost_types::Struct;
use pulumi_gestalt_proto::pulumi::pulumirpc::{
    CallResponse, InvokeResponse, LogRequest, LogSeverity, ReadResourceRequest,
    ReadResourceResponse, RegisterResourceOutputsRequest, RegisterResourceRequest,
    RegisterResourceResponse, ResourceCallRequest, ResourceInvokeRequest, Result as Outcome,
};
use tonic::Status;

use super::deployment::{Declared, Deployment, Message, Severity};
use super::mocks::{MockCall, MockResource, MockState, Mocks};
use crate::engine::{Answer, Backend};
use crate::error::report;
use crate::settings::Settings;
use crate::urn::{STACK, Urn};
use crate::value::PropertyValue;
use crate::wire;

/// Answers in the mocks' name and keeps what was declared.
pub(super) struct MockEngine {
    shared: Arc<Shared>,
}

struct Shared {
    mocks: Box<dyn Mocks>,
    project: String,
    stack: String,
    deployment: Mutex<Deployment>,
}

type Object = BTreeMap<String, PropertyValue>;

impl MockEngine {
    pub(super) fn new(mocks: impl Mocks, settings: &Settings) -> Self {
        Self {
            shared: Arc::new(Shared {
                mocks: Box::new(mocks),
                project: settings.project.clone(),
                stack: settings.stack.clone(),
                deployment: Mutex::default(),
            }),
        }
    }

    pub(super) fn deployment(&self) -> Deployment {
        self.shared.deployment().clone()
    }

    /// Answers when it is asked for, as a real engine does, and not when the request is made.
    fn answer<T: Send + 'static>(
        &self,
        answer: impl FnOnce(&Shared) -> Result<T, Status> + Send + 'static,
    ) -> BoxFuture<'static, Result<T, Status>> {
        let shared = Arc::clone(&self.shared);
        async move { answer(&shared) }.boxed()
    }
}

impl Shared {
    fn deployment(&self) -> MutexGuard<'_, Deployment> {
        self.deployment
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn urn(&self, type_token: &str, name: &str, parent: &str) -> String {
        Urn::compose(&self.project, &self.stack, parent, type_token, name).to_string()
    }

    fn state(&self, resource: &MockResource) -> Result<MockState, Status> {
        let state = self.mocks.new_resource(resource);
        state.map_err(|error| Status::unknown(report(&*error)))
    }

    fn called(
        &self,
        token: String,
        arguments: Option<Struct>,
        provider: String,
    ) -> Result<Struct, Status> {
        let call = MockCall {
            arguments: plain(&object(arguments)?),
            token,
            provider,
        };
        let returned = self.mocks.call(&call);
        sent(&returned.map_err(|error| Status::unknown(report(&*error)))?)
    }
}

impl Backend for MockEngine {
    fn supports_feature(&self, _: &'static str) -> Answer<bool> {
        future::ready(Ok(true)).boxed()
    }

    fn set_root(&self, _: String) -> Answer<()> {
        future::ready(Ok(())).boxed()
    }

    fn register(&self, request: RegisterResourceRequest) -> Answer<RegisterResourceResponse> {
        self.answer(move |shared| {
            let urn = shared.urn(&request.r#type, &request.name, &request.parent);
            let inputs = object(request.object.clone())?;
            let mut state = MockState {
                id: String::new(),
                outputs: inputs.clone(),
            };
            if request.custom {
                let import = Some(request.import_id.clone()).filter(|id| !id.is_empty());
                state = shared.state(&MockResource {
                    type_token: request.r#type.clone(),
                    name: request.name.clone(),
                    inputs: plain(&inputs),
                    custom: request.custom,
                    id: import,
                    provider: request.provider.clone(),
                })?;
            }
            shared
                .deployment()
                .resources
                .push(registered(request, inputs, &urn));
            Ok(RegisterResourceResponse {
                urn,
                id: state.id,
                object: Some(sent(&state.outputs)?),
                stable: false,
                stables: Vec::new(),
                property_dependencies: HashMap::new(),
                result: Outcome::Success.into(),
            })
        })
    }

    fn register_outputs(&self, request: RegisterResourceOutputsRequest) -> Answer<()> {
        self.answer(move |shared| {
            let outputs = object(request.outputs)?;
            let mut deployment = shared.deployment();
            let urn = Urn::from(request.urn);
            if urn.as_str().split("::").nth(2) == Some(STACK) {
                deployment.outputs = outputs;
            } else {
                deployment.component_outputs.insert(urn, outputs);
            }
            Ok(())
        })
    }

    fn read(&self, request: ReadResourceRequest) -> Answer<ReadResourceResponse> {
        self.answer(move |shared| {
            let urn = shared.urn(&request.r#type, &request.name, &request.parent);
            let inputs = object(request.properties.clone())?;
            let state = shared.state(&MockResource {
                type_token: request.r#type.clone(),
                name: request.name.clone(),
                inputs: plain(&inputs),
                custom: true,
                id: Some(request.id.clone()),
                provider: request.provider.clone(),
            })?;
            shared
                .deployment()
                .resources
                .push(read(request, inputs, &urn));
            Ok(ReadResourceResponse {
                urn,
                properties: Some(sent(&state.outputs)?),
            })
        })
    }

    fn invoke(&self, request: ResourceInvokeRequest) -> Answer<InvokeResponse> {
        self.answer(move |shared| {
            let returned = shared.called(request.tok, request.args, request.provider)?;
            Ok(InvokeResponse {
                r#return: Some(returned),
                failures: Vec::new(),
            })
        })
    }

    fn call(&self, request: ResourceCallRequest) -> Answer<CallResponse> {
        self.answer(move |shared| {
            let returned = shared.called(request.tok, request.args, request.provider)?;
            Ok(CallResponse {
                r#return: Some(returned),
                failures: Vec::new(),
                return_dependencies: HashMap::new(),
            })
        })
    }

    fn log(&self, request: LogRequest) -> Answer<()> {
        self.answer(move |shared| {
            let severity = match request.severity() {
                LogSeverity::Debug => Severity::Debug,
                LogSeverity::Info => Severity::Info,
                LogSeverity::Warning => Severity::Warning,
                LogSeverity::Error => Severity::Error,
            };
            shared.deployment().messages.push(Message {
                severity,
                text: request.message,
                urn: some_urn(request.urn),
            });
            Ok(())
        })
    }

    fn finish(&self) -> Answer<()> {
        future::ready(Ok(())).boxed()
    }
}

fn registered(request: RegisterResourceRequest, inputs: Object, urn: &str) -> Declared {
    let property_dependencies = request.property_dependencies.into_iter();
    Declared {
        urn: Urn::from(urn),
        parent: some_urn(request.parent),
        custom: request.custom,
        read: false,
        inputs,
        dependencies: request.dependencies.into_iter().map(Urn::from).collect(),
        property_dependencies: property_dependencies
            .map(|(property, on)| (property, on.urns.into_iter().map(Urn::from).collect()))
            .collect(),
        protect: request.protect,
        provider: request.provider,
        ignore_changes: request.ignore_changes,
        replace_on_changes: request.replace_on_changes,
        retain_on_delete: request.retain_on_delete,
        delete_before_replace: request
            .delete_before_replace_defined
            .then_some(request.delete_before_replace),
        type_token: request.r#type,
        name: request.name,
    }
}

fn read(request: ReadResourceRequest, inputs: Object, urn: &str) -> Declared {
    Declared {
        urn: Urn::from(urn),
        parent: some_urn(request.parent),
        custom: true,
        read: true,
        inputs,
        dependencies: request.dependencies.into_iter().map(Urn::from).collect(),
        property_dependencies: BTreeMap::new(),
        protect: None,
        provider: request.provider,
        ignore_changes: Vec::new(),
        replace_on_changes: Vec::new(),
        retain_on_delete: None,
        delete_before_replace: None,
        type_token: request.r#type,
        name: request.name,
    }
}

fn some_urn(urn: String) -> Option<Urn> {
    Some(urn).filter(|urn| !urn.is_empty()).map(Urn::from)
}

fn object(sent: Option<Struct>) -> Result<Object, Status> {
    let object = wire::from_struct(&sent.unwrap_or_default());
    object.map_err(|error| Status::invalid_argument(error.to_string()))
}

fn sent(object: &Object) -> Result<Struct, Status> {
    wire::to_struct(object).map_err(|error| Status::invalid_argument(error.to_string()))
}

/// What a provider is shown: unknown values are not there.
fn plain(object: &Object) -> Object {
    let plain = object
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), value.clone().unwrapped().value?)));
    plain.collect()
}
