//! What the process is told by its environment.

use std::path::PathBuf;

/// The account that everything is in.
pub(crate) const ACCOUNT: &str = "000000000000";

/// The Region where neither the configuration nor the environment names one.
const REGION: &str = "us-east-1";

/// What the process is told by its environment.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The folder that stands for the cloud: `TIDEGATE_TEST_CLOUD`. The schema can be had without it.
    pub cloud: Option<PathBuf>,
    /// The Region where the configuration names none: `AWS_REGION`, `AWS_DEFAULT_REGION`, as with the real provider.
    pub region: String,
}

impl Environment {
    /// Reads the environment of the process.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment"
    )]
    pub fn read() -> Self {
        let region = ["AWS_REGION", "AWS_DEFAULT_REGION"];
        let region = region
            .iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|region| !region.is_empty());
        Self {
            cloud: std::env::var_os("TIDEGATE_TEST_CLOUD").map(PathBuf::from),
            region: region.unwrap_or_else(|| REGION.to_owned()),
        }
    }

    /// An environment with this cloud and nothing else.
    #[must_use]
    pub fn with_cloud(cloud: impl Into<PathBuf>) -> Self {
        Self {
            cloud: Some(cloud.into()),
            region: REGION.to_owned(),
        }
    }
}
