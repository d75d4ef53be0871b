//! A program run against the embedded engine, in this process.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use tidegate_contract::functions::Function;
use tidegate_contract::manifest::{Executable, Executables};
use tidegate_local_runtime::{
    Built, Message, Planned, Project, Severity, StackConfig, StateDirectory, plan,
};

use crate::binaries::Binaries;
use crate::clock;

/// A program and a stack of its project.
#[derive(Debug)]
pub(super) struct Embedded {
    project: Project,
    stack: String,
    config: StackConfig,
    built: Built,
    state: StateDirectory,
}

impl Embedded {
    /// The executable `program` for a stack of the project in `folder`.
    pub(super) fn new(
        folder: &Path,
        stack: &str,
        program: PathBuf,
        binaries: &Binaries,
        state: &Path,
    ) -> Result<Self> {
        let project = Project::find(folder)?;
        let config = project.stack(stack, None)?;
        Ok(Self {
            config,
            project,
            stack: stack.to_owned(),
            built: Built {
                program,
                manifest: manifest(binaries)?,
            },
            state: StateDirectory::new(state, stack),
        })
    }

    /// Runs it once: how many seconds that takes, and what it has registered.
    pub(super) async fn run(&self) -> Result<(f64, Planned)> {
        let Self {
            project,
            stack,
            config,
            built,
            state,
        } = self;
        let on_message = Arc::new(|message: Message| {
            if message.severity >= Severity::Warning {
                eprintln!("{message:?}");
            }
        });
        let start = clock::now();
        let planned = plan(project, stack, config, built, state, on_message).await;
        let seconds = clock::seconds_since(start);
        let planned = planned.with_context(|| format!("{} fails", built.program.display()))?;
        Ok((seconds, planned))
    }
}

/// The functions of this build.
pub(super) fn manifest(binaries: &Binaries) -> Result<Executables> {
    let mut functions = BTreeMap::new();
    for function in Function::ALL {
        let bootstrap = binaries.get(function.package())?;
        let build = Executable { bootstrap };
        functions.insert(function.name().to_owned(), build);
    }
    Ok(Executables { functions })
}
