//! The manifest of the builds: all that the program knows of the functions' code.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::functions::Function;

/// The environment variable by which whoever runs the program tells it where the manifest is.
pub const MANIFEST_VARIABLE: &str = "TIDEGATE_BUILD_MANIFEST";

/// What was built, by the short name of the function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildManifest {
    /// The builds.
    pub functions: BTreeMap<String, FunctionBuild>,
}

/// One function's build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionBuild {
    /// The executable that Lambda starts as `bootstrap`.
    pub bootstrap: PathBuf,
}

impl BuildManifest {
    /// The executable of `function`, if it was built.
    #[must_use]
    pub fn bootstrap(&self, function: Function) -> Option<&Path> {
        self.functions
            .get(function.name())
            .map(|build| build.bootstrap.as_path())
    }
}
