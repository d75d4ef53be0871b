//! Runs the program against the embedded engine.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tidegate_contract::manifest::MANIFEST_VARIABLE;
use tidegate_local_cloud::{Cloud, Endpoints};
use tidegate_local_engine::{Deployment, OnMessage, RunError, RunOptions};

use crate::build::Built;
use crate::project::{Project, StackConfig};
use crate::runtime::RuntimeError;
use crate::state::StateDirectory;

/// The account that everything stands in. It is none of AWS's.
pub(crate) const ACCOUNT: &str = "000000000000";
/// The organization that programs are told: the one that Pulumi's own local backends name.
const ORGANIZATION: &str = "organization";

/// What a program would make.
pub type Planned = Deployment;

/// What a run of the program stands on.
pub(crate) struct Provision<'a> {
    pub(crate) project: &'a Project,
    pub(crate) stack: &'a str,
    pub(crate) config: &'a StackConfig,
    pub(crate) program: &'a Path,
    pub(crate) manifest: PathBuf,
    pub(crate) websocket_api: String,
    pub(crate) http_api: String,
    pub(crate) distribution: String,
    pub(crate) identity: String,
    pub(crate) queues: String,
    pub(crate) on_message: OnMessage,
}

impl Provision<'_> {
    /// Runs the program: everything that it registers, made in the cloud model.
    pub(crate) async fn run(self) -> Result<Deployment, RunError> {
        let cloud = Cloud::new(Endpoints {
            region: self.config.region().to_owned(),
            account: ACCOUNT.to_owned(),
            websocket_apis: vec![self.websocket_api],
            http_apis: vec![self.http_api],
            distributions: vec![self.distribution],
            identity: self.identity,
            queues: self.queues,
            program_directory: self.project.root.clone(),
        });
        let config: BTreeMap<String, String> = self.config.values.clone();
        let options = RunOptions {
            binary: self.program.to_owned(),
            directory: self.project.root.clone(),
            project: self.project.name.clone(),
            stack: self.stack.to_owned(),
            organization: ORGANIZATION.to_owned(),
            config,
            secret_keys: BTreeSet::new(),
            environment: vec![(
                MANIFEST_VARIABLE.to_owned(),
                self.manifest.to_string_lossy().into_owned(),
            )],
            on_message: self.on_message,
        };
        tidegate_local_engine::run(options, cloud).await
    }
}

/// Runs the program without serving anything. The endpoints are those that `tidegate dev` would serve at by default.
///
/// # Errors
/// When the program fails, or the state folder cannot be used.
pub async fn plan(
    project: &Project,
    stack: &str,
    config: &StackConfig,
    built: &Built,
    state: &StateDirectory,
    on_message: OnMessage,
) -> Result<Planned, RuntimeError> {
    let scratch = state.scratch_manifest(&built.manifest)?;
    let provision = Provision {
        project,
        stack,
        config,
        program: &built.program,
        manifest: scratch.path().to_owned(),
        websocket_api: "ws://127.0.0.1:4000".to_owned(),
        http_api: "http://127.0.0.1:4002".to_owned(),
        distribution: "127.0.0.1:4003".to_owned(),
        identity: "127.0.0.1:4001".to_owned(),
        queues: "http://127.0.0.1:4003".to_owned(),
        on_message,
    };
    Ok(provision.run().await?)
}
