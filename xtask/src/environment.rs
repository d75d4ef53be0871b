//! The one place that reads the environment; everything else is handed these values.

use std::ffi::OsString;
use std::path::PathBuf;

/// What the environment says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    /// The cargo that started us, so that a `cargo +toolchain xtask …` stays on its toolchain.
    pub(crate) cargo: OsString,
    /// Whether a machine reads the output (`CI`): no progress bars.
    pub(crate) ci: bool,
    /// `TIDEGATE_REQUIRE`: the tools whose absence is a failure and not a skip.
    pub(crate) require: Option<String>,
    /// `RUSTDOCFLAGS`, to add to.
    pub(crate) rustdoc_flags: Option<String>,
    /// Where programs are looked for.
    pub(crate) path: Option<OsString>,
    /// Where the user's files are: a path that has no place in a tracked file.
    pub(crate) home: Option<PathBuf>,
}

impl Environment {
    /// Reads it.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the edge of the program: read once, handed on as values"
    )]
    pub(crate) fn read() -> Self {
        Self {
            cargo: std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
            ci: std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false"),
            require: std::env::var("TIDEGATE_REQUIRE").ok(),
            rustdoc_flags: std::env::var("RUSTDOCFLAGS").ok(),
            path: std::env::var_os("PATH"),
            home: std::env::var_os("HOME").map(PathBuf::from),
        }
    }
}
