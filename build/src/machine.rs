//! What a build takes from the machine: the environment, as values.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::BuildError;

/// The environment that tools are looked for and called in.
#[derive(Debug, Clone)]
pub struct Machine {
    environment: BTreeMap<OsString, OsString>,
}

impl Machine {
    /// A machine with this environment.
    #[must_use]
    pub fn new(environment: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        Self {
            environment: environment.into_iter().collect(),
        }
    }

    pub(crate) fn variable(&self, name: &str) -> Option<&OsStr> {
        let value = self.environment.get(OsStr::new(name))?;
        (!value.is_empty()).then_some(value)
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        let variables = self.environment.iter();
        variables.map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// A command in this environment and nothing else of it.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(&self.environment);
        command
    }

    /// The cargo that started us, so that a `cargo +toolchain` stays on its toolchain; else the one on the path.
    pub(crate) fn cargo(&self) -> PathBuf {
        self.variable("CARGO").map_or("cargo".into(), PathBuf::from)
    }

    /// The compiler that this cargo calls.
    pub(crate) fn rustc(&self) -> PathBuf {
        if let Some(rustc) = self.variable("RUSTC") {
            return rustc.into();
        }
        let beside = self.cargo().with_file_name("rustc");
        if beside.is_absolute() && beside.is_file() {
            beside
        } else {
            "rustc".into()
        }
    }

    /// Where cargo keeps what it downloads, and the programs that it installs.
    pub(crate) fn cargo_home(&self) -> Option<PathBuf> {
        let given = self.variable("CARGO_HOME").map(PathBuf::from);
        given.or_else(|| Some(self.home()?.join(".cargo")))
    }

    fn home(&self) -> Option<PathBuf> {
        self.variable("HOME").map(PathBuf::from)
    }

    /// Where the tools are kept that were downloaded for a build: they are many megabytes, and the same for every
    /// checkout.
    pub(crate) fn tools_folder(&self) -> Result<PathBuf, BuildError> {
        let given = self.variable("XDG_CACHE_HOME").map(PathBuf::from);
        let caches = given.or_else(|| {
            let below = if cfg!(target_os = "macos") {
                "Library/Caches"
            } else {
                ".cache"
            };
            Some(self.home()?.join(below))
        });
        let caches = caches.ok_or(BuildError::NoHome)?;
        Ok(caches.join("tidegate/tools"))
    }

    /// The first file of this name in a folder where programs are: on the path, else where cargo installs them.
    pub(crate) fn programs<'a>(&'a self, name: &'a str) -> impl Iterator<Item = PathBuf> + 'a {
        let path = self.variable("PATH").unwrap_or_default();
        let of_cargo = self.cargo_home().map(|home| home.join("bin"));
        std::env::split_paths(path)
            .chain(of_cargo)
            .map(move |folder| folder.join(name))
            .filter(|path| is_executable(path))
    }
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let metadata = path.metadata();
    metadata.is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}
