//! The manifest of the builds: all that the program knows of the functions' code.
//!
//! There are two kinds, for who runs the program knows what it is for: `tidegate dev` names executables of this machine,
//! `tidegate build` names what is uploaded. A manifest is wholly the one or the other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::architecture::Architecture;
use crate::functions::Function;

/// The environment variable by which whoever runs the program tells it where the manifest is.
pub const MANIFEST_VARIABLE: &str = "TIDEGATE_BUILD_MANIFEST";

/// What was built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "neither executables, `{\"functions\": {\"<name>\": {\"bootstrap\": \"<file>\"}}}`, nor zips, \
                 `{\"architecture\": \"arm64\", \"functions\": {\"<name>\": {\"zip\": \"<file>\", \"sha256\": \"…\", \"bytes\": 0}}}`"
)]
pub enum BuildManifest {
    /// For this machine.
    Executables(Executables),
    /// For Lambda.
    Zips(Zips),
}

/// Executables for the machine that built them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Executables {
    /// The executables, by the short name of the function.
    pub functions: BTreeMap<String, Executable>,
}

/// One function's executable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Executable {
    /// The file that Lambda starts as `bootstrap`.
    pub bootstrap: PathBuf,
}

/// Deployment packages for Lambda.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zips {
    /// What they run on.
    pub architecture: Architecture,
    /// The packages, by the short name of the function.
    pub functions: BTreeMap<String, Zip>,
}

/// One function's deployment package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zip {
    /// The file, with a `bootstrap` in it: a path from the project's folder, so that it is the same for everybody.
    pub zip: PathBuf,
    /// The SHA-256 of the file in base64, which is how Lambda says it too (`CodeSha256`).
    pub sha256: String,
    /// How large the file is.
    pub bytes: u64,
}

impl Executables {
    /// The executable of `function`, if it was built.
    #[must_use]
    pub fn bootstrap(&self, function: Function) -> Option<&Path> {
        let executable = self.functions.get(function.name());
        executable.map(|executable| executable.bootstrap.as_path())
    }
}

impl Zips {
    /// The package of `function`, if it was built.
    #[must_use]
    pub fn zip(&self, function: Function) -> Option<&Zip> {
        self.functions.get(function.name())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(manifest: Value) -> Result<BuildManifest, serde_json::Error> {
        serde_json::from_value(manifest)
    }

    fn zip() -> Value {
        json!({"zip": ".tidegate/build/arm64/message.zip", "sha256": "aGk=", "bytes": 2})
    }

    #[test]
    fn executables_have_no_architecture() {
        let functions = json!({"message": {"bootstrap": "/builds/message"}});
        let manifest = read(json!({ "functions": functions })).unwrap();
        let BuildManifest::Executables(executables) = &manifest else {
            panic!("{manifest:?}");
        };
        assert_eq!(
            executables.bootstrap(Function::Message),
            Some(Path::new("/builds/message"))
        );
        assert_eq!(executables.bootstrap(Function::Connect), None);
        assert!(read(json!({"architecture": "arm64", "functions": functions})).is_err());
    }

    #[test]
    fn zips_name_their_architecture() {
        let written = json!({"architecture": "arm64", "functions": {"message": zip()}});
        let manifest = read(written.clone()).unwrap();
        let BuildManifest::Zips(zips) = &manifest else {
            panic!("{manifest:?}");
        };
        assert_eq!(zips.architecture, Architecture::Arm64);
        assert_eq!(zips.zip(Function::Message).unwrap().bytes, 2);
        assert_eq!(serde_json::to_value(&manifest).unwrap(), written);
        assert!(read(json!({"functions": {"message": zip()}})).is_err());
    }

    #[test]
    fn the_two_are_not_mixed_and_nothing_else_is_in_them() {
        for functions in [
            json!({"message": zip(), "connect": {"bootstrap": "/builds/connect"}}),
            json!({"message": {"zip": "m.zip", "sha256": "aGk=", "bytes": 2, "bootstrap": "m"}}),
            json!({"message": {"zip": "m.zip"}}),
        ] {
            for manifest in [
                json!({"architecture": "arm64", "functions": functions}),
                json!({ "functions": functions }),
            ] {
                let error = read(manifest).unwrap_err().to_string();
                assert!(error.starts_with("neither executables"), "{error}");
            }
        }
    }
}
