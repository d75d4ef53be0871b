//! The Pulumi project and the configuration of one of its stacks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

const PROJECT_FILE: &str = "Pulumi.yaml";

/// A Pulumi project: the folder with `Pulumi.yaml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// The folder.
    pub root: PathBuf,
    /// Its name, which is also the namespace of its configuration.
    pub name: String,
    /// The cargo package of the program.
    pub package: String,
}

/// The configuration of a stack: `Pulumi.<stack>.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StackConfig {
    /// Values by `namespace:key`: texts as they are, all else as JSON.
    pub values: BTreeMap<String, String>,
}

/// Why there is no project, or no stack.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProjectError {
    /// There is no `Pulumi.yaml` here or above.
    #[error("there is no {PROJECT_FILE} in {} or above it: run this in a Tidegate project", start.display())]
    NoProject {
        /// Where the search began.
        start: PathBuf,
    },
    /// There is no such stack.
    #[error("there is no stack `{stack}`: {} does not exist; there are {}", path.display(), listed(known))]
    NoStack {
        /// The stack.
        stack: String,
        /// The file it would have.
        path: PathBuf,
        /// The stacks that there are.
        known: Vec<String>,
    },
    /// A file cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("{}: {problem}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A secret of the stack cannot be read without the Pulumi CLI.
    #[error(
        "{}: `{key}` is encrypted, and only the Pulumi CLI can decrypt it: give this stack a plain value to run it on \
         this machine", path.display()
    )]
    Encrypted {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
    },
}

fn listed(known: &[String]) -> String {
    if known.is_empty() {
        "none".to_owned()
    } else {
        known.join(", ")
    }
}

#[derive(Deserialize)]
struct ProjectFile {
    name: String,
    runtime: RuntimeSection,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RuntimeSection {
    Name(String),
    Section {
        name: String,
        #[serde(default)]
        options: RuntimeSettings,
    },
}

#[derive(Default, Deserialize)]
struct RuntimeSettings {
    package: Option<String>,
}

#[derive(Deserialize)]
struct StackFile {
    #[serde(default)]
    config: BTreeMap<String, Value>,
}

impl Project {
    /// The project that `start` is in.
    ///
    /// # Errors
    /// When there is none, or it is not one of Rust.
    pub fn find(start: &Path) -> Result<Self, ProjectError> {
        let root = start
            .ancestors()
            .find(|folder| folder.join(PROJECT_FILE).is_file());
        let root = root.ok_or_else(|| ProjectError::NoProject {
            start: start.to_owned(),
        })?;
        let path = root.join(PROJECT_FILE);
        let file: ProjectFile = read_yaml(&path)?;
        let (runtime, package) = match file.runtime {
            RuntimeSection::Name(name) => (name, None),
            RuntimeSection::Section { name, options } => (name, options.package),
        };
        if runtime != "rust" {
            let problem = format!("the runtime is `{runtime}`: only programs in Rust run here");
            return Err(ProjectError::Invalid { path, problem });
        }
        let package = package.ok_or_else(|| ProjectError::Invalid {
            path,
            problem: "runtime.options.package is missing: name the cargo package of the program"
                .to_owned(),
        })?;
        Ok(Self {
            root: root.to_owned(),
            name: file.name,
            package,
        })
    }

    /// The configuration of one of its stacks: in `Pulumi.<stack>.yaml`, or in `file` where one is named.
    ///
    /// # Errors
    /// When there is no such stack, or its file cannot be used.
    pub fn stack(&self, stack: &str, file: Option<&Path>) -> Result<StackConfig, ProjectError> {
        let path = file.map_or_else(
            || self.root.join(format!("Pulumi.{stack}.yaml")),
            Path::to_owned,
        );
        if file.is_none() && !path.is_file() {
            return Err(ProjectError::NoStack {
                stack: stack.to_owned(),
                path,
                known: self.stacks(),
            });
        }
        let file: StackFile = read_yaml(&path)?;
        let mut values = BTreeMap::new();
        for (key, value) in file.config {
            if holds_secret(&value) {
                return Err(ProjectError::Encrypted { path, key });
            }
            // As in Pulumi: a key without a namespace is the project's.
            let key = if key.contains(':') {
                key
            } else {
                format!("{}:{key}", self.name)
            };
            let text = match value {
                Value::String(text) => text,
                other => other.to_string(),
            };
            values.insert(key, text);
        }
        Ok(StackConfig { values })
    }

    /// The stacks that have a file.
    fn stacks(&self) -> Vec<String> {
        let files = std::fs::read_dir(&self.root)
            .into_iter()
            .flatten()
            .flatten();
        let stacks: BTreeSet<String> = files
            .filter_map(|file| {
                let name = file.file_name().into_string().ok()?;
                name.strip_prefix("Pulumi.")?
                    .strip_suffix(".yaml")
                    .map(str::to_owned)
            })
            .collect();
        stacks.into_iter().collect()
    }
}

impl StackConfig {
    /// The Region of the stack; the one that AWS's own tools fall back to where it names none.
    #[must_use]
    pub fn region(&self) -> &str {
        self.values
            .get("aws:region")
            .map_or("us-east-1", String::as_str)
    }
}

fn holds_secret(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.contains_key("secure") || fields.values().any(holds_secret),
        Value::Array(items) => items.iter().any(holds_secret),
        _ => false,
    }
}

fn read_yaml<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, ProjectError> {
    let text = std::fs::read_to_string(path).map_err(|source| ProjectError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    serde_saphyr::from_str(&text).map_err(|error| ProjectError::Invalid {
        path: path.to_owned(),
        problem: error.to_string(),
    })
}
