//! What the engine tells a program through its environment.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

/// The environment of a program, parsed.
#[derive(Clone)]
pub struct Settings {
    /// The address of the resource monitor (`PULUMI_MONITOR`).
    pub monitor: String,
    /// The address of the engine (`PULUMI_ENGINE`).
    pub engine: String,
    /// The name of the project (`PULUMI_PROJECT`).
    pub project: String,
    /// The name of the stack (`PULUMI_STACK`).
    pub stack: String,
    /// The organization that owns the stack (`PULUMI_ORGANIZATION`); `organization` where there is none.
    pub organization: String,
    /// Whether this is a preview (`PULUMI_DRY_RUN`).
    pub dry_run: bool,
    /// How many resource operations may run at once (`PULUMI_PARALLEL`); the engine sees to it itself.
    pub parallel: Option<i32>,
    /// The configuration, by `namespace:key` (`PULUMI_CONFIG`).
    pub config: BTreeMap<String, String>,
    /// The keys of the configuration that are secrets (`PULUMI_CONFIG_SECRET_KEYS`).
    pub config_secret_keys: BTreeSet<String>,
    /// The directory of the project (`PULUMI_ROOT_DIRECTORY`).
    pub root_directory: Option<PathBuf>,
    /// The file in which the program says that it has begun and that it is through (`PULUMI_RUST_PROGRESS`): by it the
    /// language host for Rust finds that a program ended in the middle, whatever its exit code.
    pub progress: Option<PathBuf>,
}

/// The environment is not as the engine sets it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// There is no engine.
    #[error(
        "`{variable}` is not set: a Pulumi program does not run by itself; run it through `pulumi up` or a runtime that provides an engine"
    )]
    NoEngine {
        /// The variable with the engine's address.
        variable: &'static str,
    },
    /// A variable is missing.
    #[error("`{variable}` is not set")]
    Missing {
        /// The variable.
        variable: &'static str,
    },
    /// A variable has a value that makes no sense.
    #[error("`{variable}` is not {expected}")]
    Invalid {
        /// The variable.
        variable: &'static str,
        /// What it should hold. The value is not shown: it could be a secret.
        expected: &'static str,
    },
}

impl Settings {
    /// Reads the environment of the process.
    ///
    /// # Errors
    ///
    /// When a variable is missing or makes no sense.
    pub fn from_env() -> Result<Self, SettingsError> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that reads the environment; all else takes `Settings`"
        )]
        Self::from_lookup(|variable| std::env::var(variable).ok())
    }

    /// Reads variables from wherever they are.
    ///
    /// # Errors
    ///
    /// When a variable is missing or makes no sense.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let vars = Variables(lookup);
        Ok(Self {
            monitor: vars.engine("PULUMI_MONITOR")?,
            engine: vars.engine("PULUMI_ENGINE")?,
            project: vars.required("PULUMI_PROJECT")?,
            stack: vars.required("PULUMI_STACK")?,
            organization: vars
                .get("PULUMI_ORGANIZATION")
                .unwrap_or_else(|| "organization".to_owned()),
            dry_run: vars.parse("PULUMI_DRY_RUN", "`true` or `false`", boolean)? == Some(true),
            parallel: vars.parse("PULUMI_PARALLEL", "a whole number", |text| {
                text.parse().ok()
            })?,
            config: vars
                .parse("PULUMI_CONFIG", "a JSON object of strings", |text| {
                    serde_json::from_str(text).ok()
                })?
                .unwrap_or_default(),
            config_secret_keys: vars
                .parse(
                    "PULUMI_CONFIG_SECRET_KEYS",
                    "a JSON array of strings",
                    |text| serde_json::from_str(text).ok(),
                )?
                .unwrap_or_default(),
            root_directory: vars.get("PULUMI_ROOT_DIRECTORY").map(PathBuf::from),
            progress: vars.get("PULUMI_RUST_PROGRESS").map(PathBuf::from),
        })
    }

    /// The variables that say the same: what an engine sets for a program that it starts.
    #[must_use]
    pub fn to_vars(&self) -> BTreeMap<&'static str, String> {
        let mut vars = BTreeMap::from([
            ("PULUMI_MONITOR", self.monitor.clone()),
            ("PULUMI_ENGINE", self.engine.clone()),
            ("PULUMI_PROJECT", self.project.clone()),
            ("PULUMI_STACK", self.stack.clone()),
            ("PULUMI_ORGANIZATION", self.organization.clone()),
            ("PULUMI_DRY_RUN", self.dry_run.to_string()),
            ("PULUMI_CONFIG", serde_json::json!(self.config).to_string()),
            (
                "PULUMI_CONFIG_SECRET_KEYS",
                serde_json::json!(self.config_secret_keys).to_string(),
            ),
        ]);
        if let Some(parallel) = self.parallel {
            vars.insert("PULUMI_PARALLEL", parallel.to_string());
        }
        if let Some(directory) = &self.root_directory {
            vars.insert("PULUMI_ROOT_DIRECTORY", directory.display().to_string());
        }
        if let Some(file) = &self.progress {
            vars.insert("PULUMI_RUST_PROGRESS", file.display().to_string());
        }
        vars
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

struct Variables<F>(F);

impl<F: Fn(&str) -> Option<String>> Variables<F> {
    /// An empty variable counts as none, as it does in Pulumi's other SDKs.
    fn get(&self, variable: &str) -> Option<String> {
        (self.0)(variable).filter(|value| !value.is_empty())
    }

    fn engine(&self, variable: &'static str) -> Result<String, SettingsError> {
        self.get(variable)
            .ok_or(SettingsError::NoEngine { variable })
    }

    fn required(&self, variable: &'static str) -> Result<String, SettingsError> {
        self.get(variable)
            .ok_or(SettingsError::Missing { variable })
    }

    fn parse<T>(
        &self,
        variable: &'static str,
        expected: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, SettingsError> {
        match self.get(variable) {
            None => Ok(None),
            Some(text) => parse(&text)
                .map(Some)
                .ok_or(SettingsError::Invalid { variable, expected }),
        }
    }
}

impl fmt::Debug for Settings {
    // The configuration's values can be secrets: only its keys are shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("monitor", &self.monitor)
            .field("engine", &self.engine)
            .field("project", &self.project)
            .field("stack", &self.stack)
            .field("organization", &self.organization)
            .field("dry_run", &self.dry_run)
            .field("parallel", &self.parallel)
            .field("config", &self.config.keys())
            .field("config_secret_keys", &self.config_secret_keys)
            .field("root_directory", &self.root_directory)
            .field("progress", &self.progress)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(changes: &[(&str, Option<&str>)]) -> Result<Settings, String> {
        let mut vars: BTreeMap<&str, &str> = BTreeMap::from([
            ("PULUMI_MONITOR", "127.0.0.1:1"),
            ("PULUMI_ENGINE", "127.0.0.1:2"),
            ("PULUMI_PROJECT", "shop"),
            ("PULUMI_STACK", "dev"),
        ]);
        for (name, value) in changes {
            match value {
                Some(value) => vars.insert(name, value),
                None => vars.remove(name),
            };
        }
        Settings::from_lookup(|name| vars.get(name).map(|value| (*value).to_owned()))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_engine_says_only_what_it_must() {
        let settings = parse(&[]).unwrap();
        assert_eq!(settings.organization, "organization");
        assert!(!settings.dry_run);
        assert!(settings.config.is_empty());
    }

    #[test]
    fn everything_is_read() {
        let settings = parse(&[
            ("PULUMI_ORGANIZATION", Some("acme")),
            ("PULUMI_DRY_RUN", Some("true")),
            ("PULUMI_PARALLEL", Some("8")),
            ("PULUMI_CONFIG", Some(r#"{"shop:size":"3"}"#)),
            ("PULUMI_CONFIG_SECRET_KEYS", Some(r#"["shop:key"]"#)),
            ("PULUMI_ROOT_DIRECTORY", Some("/srv/shop")),
            ("PULUMI_RUST_PROGRESS", Some("/tmp/progress")),
        ])
        .unwrap();
        assert_eq!(settings.organization, "acme");
        assert!(settings.dry_run);
        assert_eq!(settings.parallel, Some(8));
        assert_eq!(settings.config["shop:size"], "3");
        assert!(settings.config_secret_keys.contains("shop:key"));
        assert_eq!(settings.root_directory, Some(PathBuf::from("/srv/shop")));
        let vars = settings.to_vars();
        let again = Settings::from_lookup(|name| vars.get(name).cloned()).unwrap();
        assert_eq!(format!("{again:?}"), format!("{settings:?}"));
        assert_eq!(again.config, settings.config);
    }

    #[test]
    fn a_program_without_an_engine_says_how_to_run_it() {
        let error = parse(&[("PULUMI_MONITOR", None)]).unwrap_err();
        assert!(error.contains("`PULUMI_MONITOR`"), "{error}");
        assert!(error.contains("pulumi up"), "{error}");
    }

    #[test]
    fn a_bad_value_is_named_and_not_shown() {
        for variable in [
            "PULUMI_DRY_RUN",
            "PULUMI_PARALLEL",
            "PULUMI_CONFIG",
            "PULUMI_CONFIG_SECRET_KEYS",
        ] {
            let error = parse(&[(variable, Some("hunter2"))]).unwrap_err();
            assert!(error.contains(variable), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn debug_shows_no_value_of_the_configuration() {
        let settings = parse(&[("PULUMI_CONFIG", Some(r#"{"shop:key":"hunter2"}"#))]).unwrap();
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
