//! Builds the functions for Lambda: each a zip with one small executable, the same bytes for the same sources wherever
//! they are built, and nothing that is older than its sources.
//!
//! [`build`] compiles through cargo-zigbuild for Lambda's own Linux, checks that what came out starts there, packs it
//! into `.tidegate/build/<architecture>/<function>.zip`, and writes a manifest beside it, which the Pulumi program reads.

mod command;
mod compile;
mod content;
mod error;
mod executable;
mod files;
mod lock;
mod machine;
mod package;
mod remap;
mod report;
pub mod sources;
mod staleness;
mod target;
mod tools;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cargo_metadata::Metadata;
use tidegate_contract::architecture::Architecture;
use tidegate_contract::functions::Function;
use tidegate_contract::manifest::{Zip, Zips};

pub use crate::command::{BuildArguments, run};
pub use crate::error::BuildError;
pub use crate::executable::{ExecutableError, GLIBC_OF_LAMBDA, Glibc, glibc_needed};
pub use crate::machine::Machine;
pub use crate::tools::ToolError;

use crate::compile::Compilation;
use crate::lock::Lock;
use crate::staleness::{Conditions, Note};
use crate::target::Toolchain;

/// How often it is built while the sources change.
const ATTEMPTS: u32 = 3;

/// What to build.
#[derive(Debug, Clone)]
pub struct Request {
    /// A folder in the workspace.
    pub folder: PathBuf,
    /// What it is for.
    pub architecture: Architecture,
    /// The functions.
    pub functions: Vec<Function>,
    /// Whether to do nothing where nothing has changed; else cargo is asked in any case.
    pub if_stale: bool,
}

/// What there is now.
#[derive(Debug)]
pub struct Build {
    /// The packages; their paths are from [`Self::root`].
    pub manifest: Zips,
    /// The workspace's folder.
    pub root: PathBuf,
    /// Whether all of it was there already.
    pub fresh: bool,
    /// How many bytes a function's package had before, where there was one.
    pub before: BTreeMap<String, u64>,
}

/// Builds; `say` is told what takes long.
///
/// # Errors
/// When a tool is missing and cannot be had, when the build fails, or when its result would not start on Lambda.
pub fn build(
    request: &Request,
    machine: &Machine,
    say: &dyn Fn(&str),
) -> Result<Build, BuildError> {
    let workspace = compile::workspace(&request.folder, machine)?;
    let job = Job {
        request,
        machine,
        root: workspace.workspace_root.as_std_path(),
        place: Path::new(".tidegate/build").join(request.architecture.name()),
    };
    let folder = job.root.join(&job.place);
    std::fs::create_dir_all(&folder).map_err(BuildError::file(&folder))?;
    let _lock = Lock::take(&job.file("lock"), say)?;
    let before = job.sizes();
    let done = |manifest, fresh| Build {
        manifest,
        root: job.root.to_owned(),
        fresh,
        before,
    };

    let toolchain = Toolchain::of(job.root, machine)?;
    let conditions = job.conditions(&toolchain)?;
    let note = Note::read(&job.file("note.json"));
    let fresh = note.as_ref().filter(|_| request.if_stale);
    let fresh =
        fresh.and_then(|note| note.fresh(job.root, &job.file("manifest.json"), &conditions));
    match fresh {
        Some(manifest) => Ok(done(manifest.clone(), true)),
        None => {
            let manifest = job.run(&toolchain, &conditions, note.as_ref(), &workspace, say)?;
            Ok(done(manifest, false))
        }
    }
}

struct Job<'a> {
    request: &'a Request,
    machine: &'a Machine,
    root: &'a Path,
    /// Where it goes: a path from the root.
    place: PathBuf,
}

impl Job<'_> {
    fn file(&self, name: &str) -> PathBuf {
        self.root.join(&self.place).join(name)
    }

    fn zip(&self, function: Function) -> PathBuf {
        self.place.join(format!("{function}.zip"))
    }

    /// How large the packages are that are there.
    fn sizes(&self) -> BTreeMap<String, u64> {
        let functions = self.request.functions.iter();
        let sizes = functions.filter_map(|function| {
            let zip = self.root.join(self.zip(*function)).metadata().ok()?;
            Some((function.name().to_owned(), zip.len()))
        });
        sizes.collect()
    }

    fn conditions(&self, toolchain: &Toolchain) -> Result<Conditions, BuildError> {
        let functions: Vec<_> = self.request.functions.iter().map(|it| it.name()).collect();
        let asked = [
            ("architecture", self.request.architecture.to_string()),
            ("functions", functions.join(" ")),
            ("rustc", toolchain.version.clone()),
        ];
        let tools = tools::versions(self.machine)?;
        Ok(staleness::conditions(
            asked.into_iter().chain(tools),
            self.machine,
        ))
    }

    fn run(
        &self,
        toolchain: &Toolchain,
        conditions: &Conditions,
        note: Option<&Note>,
        workspace: &Metadata,
        say: &dyn Fn(&str),
    ) -> Result<Zips, BuildError> {
        let Request {
            architecture,
            functions,
            ..
        } = self.request;
        let tools = tools::get(self.machine, say)?;
        toolchain.prepare(*architecture, self.root, self.machine, say)?;
        let packages = compile::packages(self.root, *architecture, self.machine)?;
        self.forget(note, workspace)?;
        // From here until all is done there is nothing that could be taken for the result.
        files::remove(&self.file("note.json"))?;
        files::remove(&self.file("manifest.json"))?;
        let compilation = Compilation {
            root: self.root,
            architecture: *architecture,
            functions,
            flags: remap::encoded_flags(&packages, toolchain, self.machine),
            tools: &tools,
        };
        for _ in 0..ATTEMPTS {
            let began = files::now(&self.root.join(&self.place))?;
            let executables = compilation.run(self.machine)?;
            let manifest = self.pack(&executables)?;
            let inputs = staleness::inputs(
                executables.iter().map(|(_, path)| path.as_path()),
                self.root,
                workspace.target_directory.as_std_path(),
                self.machine,
            )?;
            let finished = files::now(&self.root.join(&self.place))?;
            let conditions = conditions.clone();
            if let Some(note) = Note::of(
                inputs,
                self.root,
                began,
                finished,
                conditions,
                manifest.clone(),
            ) {
                files::write_json(&self.file("manifest.json"), &manifest)?;
                note.write(&self.file("note.json"))?;
                return Ok(manifest);
            }
            say("the sources changed while they were built: building again");
        }
        Err(BuildError::Restless { attempts: ATTEMPTS })
    }

    /// Has cargo build anew what it might take for built by the times of files: a package with a file that differs from
    /// the last build's and is not newer; and where no build is noted, all of the workspace.
    fn forget(&self, note: Option<&Note>, workspace: &Metadata) -> Result<(), BuildError> {
        let members = || {
            workspace
                .packages
                .iter()
                .filter(|it| workspace.workspace_members.contains(&it.id))
        };
        let names: Vec<&str> = match note {
            None => members().map(|package| package.name.as_str()).collect(),
            Some(note) => {
                let unnoticed = note.unnoticed(self.root);
                let touched = members().filter(|package| {
                    let folder = package.manifest_path.parent();
                    let mut folders = unnoticed
                        .iter()
                        .filter_map(|file| sources::package_of(file));
                    folders.any(|touched| folder.is_some_and(|folder| folder == touched))
                });
                touched.map(|package| package.name.as_str()).collect()
            }
        };
        if names.is_empty() {
            return Ok(());
        }
        compile::forget(names, self.root, self.request.architecture, self.machine)
    }

    /// Checks and packs each executable.
    fn pack(&self, executables: &[(Function, PathBuf)]) -> Result<Zips, BuildError> {
        let mut functions = BTreeMap::new();
        for (function, path) in executables {
            let function = *function;
            let executable = std::fs::read(path).map_err(BuildError::file(path))?;
            let fit = executable::check(&executable, self.request.architecture);
            fit.map_err(|source| BuildError::Unfit {
                function,
                path: path.clone(),
                source,
            })?;
            let packed = package::zip(&executable);
            let packed = packed.map_err(|source| BuildError::Unpackable { function, source })?;
            let zip = self.zip(function);
            files::write(&self.root.join(&zip), &packed)?;
            let built = Zip {
                zip,
                sha256: package::sha256(&packed),
                bytes: packed.len() as u64,
            };
            functions.insert(function.name().to_owned(), built);
        }
        Ok(Zips {
            architecture: self.request.architecture,
            functions,
        })
    }
}
