//! The configuration of the stack.

mod text;

use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::output::Output;
use crate::settings::Settings;

/// One namespace of the stack's configuration.
///
/// A value is the text that was given to `pulumi config set`: strings, booleans and numbers are read from it as they
/// stand, everything else from JSON.
#[derive(Clone, Debug)]
pub struct Config {
    namespace: String,
    settings: Arc<Settings>,
}

/// The configuration is not as the program wants it. No message shows a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A value that the program needs is not there.
    #[error("the configuration lacks `{key}`; set it with `pulumi config set {key} <value>`")]
    Missing {
        /// The key with its namespace.
        key: String,
    },
    /// A secret that the program needs is not there.
    #[error(
        "the configuration lacks the secret `{key}`; set it with `pulumi config set --secret {key} <value>`"
    )]
    MissingSecret {
        /// The key with its namespace.
        key: String,
    },
    /// A secret was about to be read as if it were none.
    #[error("`{key}` is a secret: read it with `get_secret` or `require_secret`")]
    Secret {
        /// The key with its namespace.
        key: String,
    },
    /// A value is of another type.
    #[error("the configuration value `{key}` is not valid: {problem}")]
    Invalid {
        /// The key with its namespace.
        key: String,
        /// What is wrong with it.
        problem: String,
    },
    /// There are keys that the program does not know.
    #[error("{}", unknown_message(.unknown, .known))]
    Unknown {
        /// The keys, each with the nearest that the program knows.
        unknown: Vec<(String, Option<String>)>,
        /// All that the program knows.
        known: Vec<String>,
    },
}

fn unknown_message(unknown: &[(String, Option<String>)], known: &[String]) -> String {
    let mut message = String::from("the configuration has keys that the program does not know: ");
    for (index, (key, nearest)) in unknown.iter().enumerate() {
        if index > 0 {
            message.push_str(", ");
        }
        message.push_str(&format!("`{key}`"));
        if let Some(nearest) = nearest {
            message.push_str(&format!(" (did you mean `{nearest}`?)"));
        }
    }
    message.push_str("; it knows ");
    if known.is_empty() {
        message.push_str("none");
    } else {
        let names: Vec<_> = known.iter().map(|key| format!("`{key}`")).collect();
        message.push_str(&names.join(", "));
    }
    message
}

impl Config {
    pub(crate) fn new(namespace: &str, settings: Arc<Settings>) -> Self {
        Self {
            namespace: namespace.to_owned(),
            settings,
        }
    }

    /// The value of a key, if it has one.
    ///
    /// # Errors
    ///
    /// When the value is not of this type, or is a secret.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, ConfigError> {
        let key = self.full(key);
        let Some(text) = self.settings.config.get(&key) else {
            return Ok(None);
        };
        if self.settings.config_secret_keys.contains(&key) {
            return Err(ConfigError::Secret { key });
        }
        text::parse(text)
            .map(Some)
            .map_err(|error| ConfigError::Invalid {
                key,
                problem: error.to_string(),
            })
    }

    /// The value of a key.
    ///
    /// # Errors
    ///
    /// When there is none, and as [`get`](Self::get).
    pub fn require<T: DeserializeOwned>(&self, key: &str) -> Result<T, ConfigError> {
        self.get(key)?.ok_or_else(|| ConfigError::Missing {
            key: self.full(key),
        })
    }

    /// The value of a key as a secret, whether it is encrypted or not, if it has one.
    ///
    /// # Errors
    ///
    /// When the value is not of this type.
    pub fn get_secret<T>(&self, key: &str) -> Result<Option<Output<T>>, ConfigError>
    where
        T: DeserializeOwned + Clone + Send + Sync + 'static,
    {
        let key = self.full(key);
        let Some(text) = self.settings.config.get(&key) else {
            return Ok(None);
        };
        text::parse(text)
            .map(|value| Some(Output::secret(value)))
            // The parser's message would quote the secret.
            .map_err(|_| ConfigError::Invalid {
                key,
                problem: "it is of another type (not shown, as it is a secret)".to_owned(),
            })
    }

    /// The value of a key as a secret, whether it is encrypted or not.
    ///
    /// # Errors
    ///
    /// When there is none, and as [`get_secret`](Self::get_secret).
    pub fn require_secret<T>(&self, key: &str) -> Result<Output<T>, ConfigError>
    where
        T: DeserializeOwned + Clone + Send + Sync + 'static,
    {
        self.get_secret(key)?
            .ok_or_else(|| ConfigError::MissingSecret {
                key: self.full(key),
            })
    }

    /// Refuses keys of this namespace that are none of these: a mistyped key is otherwise silently ignored.
    ///
    /// # Errors
    ///
    /// When there are such keys; names the nearest known one for each.
    pub fn unknown_keys(&self, known: &[&str]) -> Result<(), ConfigError> {
        let prefix = self.full("");
        let unknown: Vec<_> = self
            .settings
            .config
            .keys()
            .filter_map(|key| key.strip_prefix(&prefix))
            .filter(|key| !known.contains(key))
            .map(|key| {
                (
                    self.full(key),
                    nearest(key, known).map(|key| self.full(&key)),
                )
            })
            .collect();
        if unknown.is_empty() {
            return Ok(());
        }
        Err(ConfigError::Unknown {
            unknown,
            known: known.iter().map(|&key| key.to_owned()).collect(),
        })
    }

    fn full(&self, key: &str) -> String {
        format!("{}:{key}", self.namespace)
    }
}

/// The known key that was probably meant, if one is near enough.
pub(crate) fn nearest(key: &str, known: &[&str]) -> Option<String> {
    const NEAR: f64 = 0.75;
    known
        .iter()
        .map(|&candidate| (strsim::jaro_winkler(key, candidate), candidate))
        .filter(|(similarity, _)| *similarity >= NEAR)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate.to_owned())
}
