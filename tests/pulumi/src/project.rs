//! A project and its stacks, apart from all else on the machine.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde_json::json;
use tempfile::TempDir;
use tidegate_contract::functions::Function;
use tidegate_contract::manifest::{Executable, Executables, MANIFEST_VARIABLE};
use tidegate_e2e::{binary, project_root};
use tokio::process::Command;

use crate::cloud::Cloud;
use crate::run::Run;
use crate::state::State;

/// What the project runs.
pub enum Program {
    /// This executable.
    Binary(PathBuf),
    /// What the project of this folder describes, its language host included.
    Sources(PathBuf),
}

/// A Pulumi project with its own backend, plugins and cloud.
pub struct Project {
    pulumi: PathBuf,
    folder: TempDir,
    directory: PathBuf,
    environment: BTreeMap<String, String>,
}

/// One of its stacks.
pub struct Stack<'p> {
    project: &'p Project,
    name: String,
}

impl Project {
    /// A project that runs our program.
    ///
    /// # Panics
    /// When it cannot be written.
    #[must_use]
    pub fn new(pulumi: &Path) -> Self {
        Self::of(pulumi, Program::Binary(binary("tidegate-program")))
    }

    /// A project that runs `program`.
    ///
    /// # Panics
    /// When it cannot be written.
    #[must_use]
    pub fn of(pulumi: &Path, program: Program) -> Self {
        let folder = made(TempDir::new());
        let path = |name: &str| folder.path().join(name);
        for name in ["backend", "home", "cloud", "plugins", "project"] {
            made(fs::create_dir(path(name)));
        }
        for plugin in ["pulumi-language-rust", "pulumi-resource-aws"] {
            made(symlink(binary(plugin), path("plugins").join(plugin)));
        }
        let directory = match program {
            Program::Binary(binary) => {
                let file = described(&binary, &path("plugins"));
                made(fs::write(path("project/Pulumi.yaml"), file));
                path("project")
            }
            Program::Sources(directory) => directory,
        };
        let text = |path: PathBuf| path.display().to_string();
        let environment = [
            (
                "PULUMI_BACKEND_URL",
                format!("file://{}", path("backend").display()),
            ),
            ("PULUMI_CONFIG_PASSPHRASE", "correct horse".to_owned()),
            ("PULUMI_HOME", text(path("home"))),
            ("PULUMI_SKIP_UPDATE_CHECK", "true".to_owned()),
            (
                "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION",
                "true".to_owned(),
            ),
            ("TIDEGATE_TEST_CLOUD", text(path("cloud"))),
            (MANIFEST_VARIABLE, text(path("builds.json"))),
        ];
        let project = Self {
            pulumi: pulumi.to_owned(),
            directory,
            environment: environment
                .map(|(name, value)| (name.to_owned(), value))
                .into(),
            folder,
        };
        project.build(&BTreeMap::new());
        project
    }

    /// Sets a variable for every command from here on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.insert(name.to_owned(), value.to_owned());
    }

    /// Says where the functions' executables are: those of the workspace's build, but for these.
    ///
    /// # Panics
    /// When the manifest cannot be written.
    pub fn build(&self, instead: &BTreeMap<Function, PathBuf>) {
        let functions = Function::ALL.map(|function| {
            let built = instead.get(&function).cloned();
            let bootstrap = built.unwrap_or_else(|| binary(function.package()));
            (function.name().to_owned(), Executable { bootstrap })
        });
        let manifest = Executables {
            functions: functions.into(),
        };
        let path = self.folder.path().join("builds.json");
        made(fs::write(path, made(serde_json::to_vec(&manifest))));
    }

    /// A stack with the configuration of `Pulumi.dev.yaml`.
    ///
    /// # Panics
    /// When the CLI does not make it.
    pub async fn stack(&self, name: &str) -> Stack<'_> {
        self.stack_like("dev", name).await
    }

    /// A stack with the configuration of one of ours.
    ///
    /// # Panics
    /// When the CLI does not make it.
    pub async fn stack_like(&self, ours: &str, name: &str) -> Stack<'_> {
        let ours = project_root().join(format!("Pulumi.{ours}.yaml"));
        self.stack_with(&made(fs::read_to_string(ours)), name).await
    }

    /// A stack with this configuration, as in its file.
    ///
    /// # Panics
    /// When the CLI does not make it.
    pub async fn stack_with(&self, configuration: &str, name: &str) -> Stack<'_> {
        let file = self.directory.join(format!("Pulumi.{name}.yaml"));
        made(fs::write(file, configuration));
        self.bare_stack(name).await
    }

    /// A stack without any configuration that is not there yet.
    ///
    /// # Panics
    /// When the CLI does not make it.
    pub async fn bare_stack(&self, name: &str) -> Stack<'_> {
        let stack = Stack {
            project: self,
            name: name.to_owned(),
        };
        let run = self.run(&["stack", "init", name]).await;
        run.succeeded();
        stack
    }

    /// The cloud that the project's stacks are in.
    #[must_use]
    pub fn cloud(&self) -> Cloud {
        Cloud::new(self.folder.path().join("cloud"))
    }

    /// The folder of `Pulumi.yaml`.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// A place for files of the test.
    #[must_use]
    pub fn scratch(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments)).await
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.pulumi);
        command
            .args(arguments)
            .args(["--non-interactive", "--color", "never"])
            .current_dir(&self.directory)
            .env_remove("RUST_BACKTRACE")
            .envs(&self.environment);
        command
    }
}

impl Stack<'_> {
    /// `pulumi preview`.
    pub async fn preview(&self) -> Run {
        self.run(&["preview"]).await
    }

    /// `pulumi up`.
    pub async fn up(&self) -> Run {
        self.run(&["up", "--yes", "--skip-preview"]).await
    }

    /// `pulumi refresh`.
    pub async fn refresh(&self) -> Run {
        self.run(&["refresh", "--yes", "--skip-preview"]).await
    }

    /// `pulumi destroy`.
    pub async fn destroy(&self) -> Run {
        self.run(&["destroy", "--yes", "--skip-preview"]).await
    }

    /// Any command about the stack.
    pub async fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments)).await
    }

    /// The same, not started yet.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.project.command(arguments);
        command.args(["--stack", &self.name]);
        command
    }

    /// Sets a value of the configuration, by its path.
    ///
    /// # Panics
    /// When the CLI does not take it.
    pub async fn configure(&self, path: &str, value: &str) {
        let run = self.run(&["config", "set", "--path", path, value]).await;
        run.succeeded();
    }

    /// What the engine keeps of the stack.
    ///
    /// # Panics
    /// When the CLI does not tell.
    pub async fn state(&self) -> State {
        let run = self.run(&["stack", "export", "--show-secrets"]).await;
        run.succeeded();
        State::read(&run.stdout)
    }
}

fn described(binary: &Path, plugins: &Path) -> String {
    // JSON is YAML too.
    let plugin = |name: &str| json!([{"name": name, "path": plugins}]);
    json!({
        "name": "tidegate",
        "runtime": {"name": "rust", "options": {"binary": binary}},
        "plugins": {"languages": plugin("rust"), "providers": plugin("aws")},
    })
    .to_string()
}

pub(crate) fn made<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("the test's own files: {error}"),
    }
}
