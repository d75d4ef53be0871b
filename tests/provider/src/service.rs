//! The protocol of resource providers: each call is handed to its operation.

use std::sync::{Mutex, PoisonError};

use pulumi_gestalt_proto::pulumi::pulumirpc as rpc;
use pulumi_gestalt_proto::pulumi::pulumirpc::resource_provider_server::ResourceProvider;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use crate::cloud::{Folder, Verb};
use crate::environment::Environment;
use crate::operations::{self, Context};

/// The provider.
#[derive(Debug)]
pub(crate) struct Provider {
    environment: Environment,
    /// The Region that the configuration names.
    region: Mutex<Option<String>>,
    cancelled: CancellationToken,
}

type Answer<T> = Result<Response<T>, Status>;

impl Provider {
    pub(crate) fn new(environment: Environment) -> Self {
        Self {
            environment,
            region: Mutex::new(None),
            cancelled: CancellationToken::new(),
        }
    }

    fn region(&self) -> String {
        let configured = self.region.lock().unwrap_or_else(PoisonError::into_inner);
        configured
            .clone()
            .unwrap_or_else(|| self.environment.region.clone())
    }

    /// What operations on the cloud need.
    fn context(&self) -> Result<Context, Status> {
        let Some(cloud) = &self.environment.cloud else {
            return Err(Status::failed_precondition(
                "TIDEGATE_TEST_CLOUD names no folder: this is the stand-in for the AWS provider, and knows no other cloud",
            ));
        };
        Ok(Context {
            folder: Folder::new(cloud),
            region: self.region(),
            cancelled: self.cancelled.clone(),
        })
    }
}

/// Does what waits for files and locks where waiting is allowed.
async fn blocking<T, R>(
    request: T,
    operation: impl FnOnce(&T) -> Result<R, Status> + Send + 'static,
) -> Answer<R>
where
    T: Send + 'static,
    R: Send + 'static,
{
    let done = tokio::task::spawn_blocking(move || operation(&request)).await;
    done.map_err(|error| Status::internal(error.to_string()))?
        .map(Response::new)
}

fn not_supported(what: &str) -> Status {
    Status::unimplemented(format!(
        "the stand-in for the AWS provider does not know {what}"
    ))
}

#[async_trait::async_trait]
impl ResourceProvider for Provider {
    async fn handshake(
        &self,
        _: Request<rpc::ProviderHandshakeRequest>,
    ) -> Answer<rpc::ProviderHandshakeResponse> {
        Ok(Response::new(operations::configure::handshake()))
    }

    async fn parameterize(
        &self,
        _: Request<rpc::ParameterizeRequest>,
    ) -> Answer<rpc::ParameterizeResponse> {
        Err(not_supported("parameters"))
    }

    async fn get_schema(
        &self,
        request: Request<rpc::GetSchemaRequest>,
    ) -> Answer<rpc::GetSchemaResponse> {
        operations::schema::get(request.get_ref()).map(Response::new)
    }

    async fn check_config(
        &self,
        request: Request<rpc::CheckRequest>,
    ) -> Answer<rpc::CheckResponse> {
        operations::configure::check(request.into_inner()).map(Response::new)
    }

    async fn diff_config(&self, request: Request<rpc::DiffRequest>) -> Answer<rpc::DiffResponse> {
        Ok(Response::new(operations::configure::diff(
            request.get_ref(),
        )))
    }

    async fn configure(
        &self,
        request: Request<rpc::ConfigureRequest>,
    ) -> Answer<rpc::ConfigureResponse> {
        let region = operations::configure::region(request.get_ref());
        *self.region.lock().unwrap_or_else(PoisonError::into_inner) = region;
        Ok(Response::new(operations::configure::configured()))
    }

    async fn invoke(&self, request: Request<rpc::InvokeRequest>) -> Answer<rpc::InvokeResponse> {
        let context = self.context()?;
        blocking(request.into_inner(), move |request| {
            operations::invoke::run(&context, request)
        })
        .await
    }

    async fn call(&self, _: Request<rpc::CallRequest>) -> Answer<rpc::CallResponse> {
        Err(not_supported("methods"))
    }

    async fn check(&self, request: Request<rpc::CheckRequest>) -> Answer<rpc::CheckResponse> {
        operations::check::run(request.get_ref(), &self.region()).map(Response::new)
    }

    async fn diff(&self, request: Request<rpc::DiffRequest>) -> Answer<rpc::DiffResponse> {
        operations::diff::run(request.get_ref()).map(Response::new)
    }

    async fn create(&self, request: Request<rpc::CreateRequest>) -> Answer<rpc::CreateResponse> {
        let request = request.into_inner();
        if request.preview {
            return operations::create::preview(&request, &self.region()).map(Response::new);
        }
        let context = self.context()?;
        context.delay(Verb::Create, &request.urn).await?;
        blocking(request, move |request| {
            operations::create::run(&context, request)
        })
        .await
    }

    async fn read(&self, request: Request<rpc::ReadRequest>) -> Answer<rpc::ReadResponse> {
        let (context, request) = (self.context()?, request.into_inner());
        context.delay(Verb::Read, &request.urn).await?;
        blocking(request, move |request| {
            operations::read::run(&context, request)
        })
        .await
    }

    async fn update(&self, request: Request<rpc::UpdateRequest>) -> Answer<rpc::UpdateResponse> {
        let request = request.into_inner();
        if request.preview {
            return operations::update::preview(&request, &self.region()).map(Response::new);
        }
        let context = self.context()?;
        context.delay(Verb::Update, &request.urn).await?;
        blocking(request, move |request| {
            operations::update::run(&context, request)
        })
        .await
    }

    async fn delete(&self, request: Request<rpc::DeleteRequest>) -> Answer<()> {
        let (context, request) = (self.context()?, request.into_inner());
        context.delay(Verb::Delete, &request.urn).await?;
        blocking(request, move |request| {
            operations::delete::run(&context, request)
        })
        .await
    }

    async fn construct(&self, _: Request<rpc::ConstructRequest>) -> Answer<rpc::ConstructResponse> {
        Err(not_supported("components"))
    }

    async fn cancel(&self, _: Request<()>) -> Answer<()> {
        self.cancelled.cancel();
        Ok(Response::new(()))
    }

    async fn get_plugin_info(&self, _: Request<()>) -> Answer<rpc::PluginInfo> {
        operations::schema::version().map(Response::new)
    }

    async fn attach(&self, _: Request<rpc::PluginAttach>) -> Answer<()> {
        // The engine that it would log through.
        Ok(Response::new(()))
    }

    async fn get_mapping(
        &self,
        _: Request<rpc::GetMappingRequest>,
    ) -> Answer<rpc::GetMappingResponse> {
        Ok(Response::new(rpc::GetMappingResponse::default()))
    }

    async fn get_mappings(
        &self,
        _: Request<rpc::GetMappingsRequest>,
    ) -> Answer<rpc::GetMappingsResponse> {
        Ok(Response::new(rpc::GetMappingsResponse::default()))
    }
}
