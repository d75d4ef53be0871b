//! The service: what each call is answered with.

use std::sync::{Arc, OnceLock};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::{Request, Response, Status};

use crate::arguments::Surroundings;
use crate::cargo::Cargo;
use crate::engine::Engine;
use crate::error::Error;
use crate::location::Location;
use crate::protocol::language_runtime_server::LanguageRuntime;
use crate::protocol::{
    AboutRequest, AboutResponse, GeneratePackageRequest, GeneratePackageResponse,
    GenerateProgramRequest, GenerateProgramResponse, GenerateProjectRequest,
    GenerateProjectResponse, GetProgramDependenciesRequest, GetProgramDependenciesResponse,
    GetRequiredPackagesRequest, GetRequiredPackagesResponse, GetRequiredPluginsRequest,
    GetRequiredPluginsResponse, InstallDependenciesRequest, InstallDependenciesResponse,
    LanguageHandshakeRequest, LanguageHandshakeResponse, LinkRequest, LinkResponse, PackRequest,
    PackResponse, PackageDependency, PluginInfo, ProgramInfo, RunPluginRequest, RunPluginResponse,
    RunRequest, RunResponse, RuntimeOptionsRequest, RuntimeOptionsResponse, TemplateRequest,
    TemplateResponse,
};
use crate::run::Runner;
use crate::{dependencies, info, install, packages, plugin, stream};

type Answer<T> = Result<Response<T>, Status>;

/// The host: all copies are the same one.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    surroundings: Surroundings,
    tracing: Option<String>,
    engine: Arc<OnceLock<Engine>>,
    /// Everything that runs; to end all of it, and to know when it has.
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Host {
    pub(crate) fn new(
        surroundings: Surroundings,
        tracing: Option<&str>,
        engine: Option<Engine>,
    ) -> Self {
        let known = OnceLock::new();
        if let Some(engine) = engine {
            known.get_or_init(|| engine);
        }
        Self {
            surroundings,
            tracing: tracing.map(str::to_owned),
            engine: Arc::new(known),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        }
    }

    /// Ends all that runs, and waits until it has ended.
    pub(crate) async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn cargo(&self) -> Cargo {
        Cargo(self.surroundings.cargo.clone())
    }

    fn engine(&self) -> Result<Engine, Error> {
        let engine = self.engine.get().cloned();
        engine.ok_or(Error::Request("where it is"))
    }

    /// Does something that is stopped when the host is, or when nobody waits for it any more.
    async fn attend<T, F>(
        &self,
        work: impl FnOnce(Self, CancellationToken) -> F,
    ) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let stop = self.stop.child_token();
        let _stopped_with_the_call = stop.clone().drop_guard();
        let done = self.tasks.spawn(work(self.clone(), stop)).await;
        // It is never aborted, so it has panicked: the runtime has said so.
        done.unwrap_or(Err(Error::Stopped))
    }

    async fn required(&self, info: Option<ProgramInfo>) -> Result<Vec<PackageDependency>, Error> {
        self.attend(|host, stop| async move {
            let location = Location::of(info.as_ref())?;
            packages::required(&location, &host.cargo(), &stop).await
        })
        .await
    }
}

fn refused<T>(what: &str) -> Answer<T> {
    Err(Status::unimplemented(format!(
        "the language host for Rust does not {what}"
    )))
}

#[tonic::async_trait]
impl LanguageRuntime for Host {
    type InstallDependenciesStream = stream::Answer<InstallDependenciesResponse>;
    type RunPluginStream = stream::Answer<RunPluginResponse>;

    async fn handshake(
        &self,
        request: Request<LanguageHandshakeRequest>,
    ) -> Answer<LanguageHandshakeResponse> {
        let engine = Engine::at(&request.into_inner().engine_address)?;
        self.engine.get_or_init(|| engine);
        Ok(Response::new(LanguageHandshakeResponse {}))
    }

    async fn get_plugin_info(&self, _: Request<()>) -> Answer<PluginInfo> {
        Ok(Response::new(info::plugin()))
    }

    async fn about(&self, request: Request<AboutRequest>) -> Answer<AboutResponse> {
        let request = request.into_inner();
        let about = self.attend(|host, stop| async move {
            let location = Location::of(request.info.as_ref())?;
            info::about(&location, &host.surroundings, &stop).await
        });
        Ok(Response::new(about.await?))
    }

    async fn get_required_packages(
        &self,
        request: Request<GetRequiredPackagesRequest>,
    ) -> Answer<GetRequiredPackagesResponse> {
        let packages = self.required(request.into_inner().info).await?;
        Ok(Response::new(GetRequiredPackagesResponse {
            packages,
            specs: Vec::new(),
        }))
    }

    async fn get_required_plugins(
        &self,
        request: Request<GetRequiredPluginsRequest>,
    ) -> Answer<GetRequiredPluginsResponse> {
        let packages = self.required(request.into_inner().info).await?;
        let plugins = packages.into_iter().map(packages::plugin).collect();
        Ok(Response::new(GetRequiredPluginsResponse { plugins }))
    }

    async fn get_program_dependencies(
        &self,
        request: Request<GetProgramDependenciesRequest>,
    ) -> Answer<GetProgramDependenciesResponse> {
        let request = request.into_inner();
        let dependencies = self.attend(|host, stop| async move {
            let location = Location::of(request.info.as_ref())?;
            let transitive = request.transitive_dependencies;
            dependencies::list(&location, &host.cargo(), transitive, &stop).await
        });
        Ok(Response::new(GetProgramDependenciesResponse {
            dependencies: dependencies.await?,
        }))
    }

    async fn install_dependencies(
        &self,
        request: Request<InstallDependenciesRequest>,
    ) -> Answer<Self::InstallDependenciesStream> {
        let request = request.into_inner();
        let location = Location::of(request.info.as_ref())?;
        let cargo = self.cargo();
        let answer = stream::answer(&self.tasks, &self.stop, move |parts, stop| {
            install::install(location, cargo, request.is_terminal, parts, stop)
        });
        Ok(Response::new(answer))
    }

    async fn runtime_options_prompts(
        &self,
        _: Request<RuntimeOptionsRequest>,
    ) -> Answer<RuntimeOptionsResponse> {
        Ok(Response::new(RuntimeOptionsResponse {}))
    }

    async fn run(&self, request: Request<RunRequest>) -> Answer<RunResponse> {
        let request = request.into_inner();
        let runner = Runner {
            cargo: self.cargo(),
            engine: self.engine()?,
            tracing: self.tracing.clone(),
        };
        let response = self.attend(|_, stop| async move { runner.run(&request, &stop).await });
        Ok(Response::new(response.await?))
    }

    async fn run_plugin(
        &self,
        request: Request<RunPluginRequest>,
    ) -> Answer<Self::RunPluginStream> {
        let request = request.into_inner();
        let (cargo, engine) = (self.cargo(), self.engine()?);
        let answer = stream::answer(&self.tasks, &self.stop, |parts, stop| {
            plugin::run(request, cargo, engine, parts, stop)
        });
        Ok(Response::new(answer))
    }

    async fn cancel(&self, _: Request<()>) -> Answer<()> {
        self.stop().await;
        Ok(Response::new(()))
    }

    async fn template(&self, _: Request<TemplateRequest>) -> Answer<TemplateResponse> {
        refused("make projects from templates (Template)")
    }

    async fn generate_program(
        &self,
        _: Request<GenerateProgramRequest>,
    ) -> Answer<GenerateProgramResponse> {
        refused("convert programs to Rust (GenerateProgram)")
    }

    async fn generate_project(
        &self,
        _: Request<GenerateProjectRequest>,
    ) -> Answer<GenerateProjectResponse> {
        refused("convert projects to Rust (GenerateProject)")
    }

    async fn generate_package(
        &self,
        _: Request<GeneratePackageRequest>,
    ) -> Answer<GeneratePackageResponse> {
        refused("generate bindings (GeneratePackage)")
    }

    async fn pack(&self, _: Request<PackRequest>) -> Answer<PackResponse> {
        refused("pack crates (Pack)")
    }

    async fn link(&self, _: Request<LinkRequest>) -> Answer<LinkResponse> {
        refused("add crates to a project (Link)")
    }
}
