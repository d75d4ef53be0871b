//! What the host is started with.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Parser;

/// The Pulumi language host for programs in Rust.
///
/// The Pulumi CLI starts it for `runtime: rust` and stops it: there is little use in starting it by hand. It writes the
/// port that it listens at to standard output.
#[derive(Debug, Parser)]
#[command(name = "pulumi-language-rust", version)]
pub struct Arguments {
    /// Where to send traces; handed on to the program.
    #[arg(long, value_name = "URL")]
    tracing: Option<String>,

    /// The engine's address. Flags that only other hosts know are ignored.
    // A CLI may pass flags that this host has never heard of, and writes them in either of two ways.
    #[arg(value_name = "ENGINE", allow_hyphen_values = true)]
    rest: Vec<String>,
}

impl Arguments {
    /// The engine's address: the last argument that is no flag.
    pub(crate) fn engine(&self) -> Option<&str> {
        let mut values = self.rest.iter().rev();
        let engine = values.find(|value| !value.starts_with('-'))?;
        Some(engine)
    }

    /// Where to send traces; also when it stands behind a flag that is unknown, from where on all is.
    pub(crate) fn tracing(&self) -> Option<&str> {
        let flag = |argument: &&String| argument.trim_start_matches('-') == "tracing";
        let mut rest = self.rest.iter().skip_while(|argument| !flag(argument));
        self.tracing.as_deref().or(rest.nth(1).map(String::as_str))
    }
}

/// What the host takes from its own environment.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The cargo to call: a name to look up, or a path.
    pub(crate) cargo: OsString,
    /// Where executables are looked up.
    pub(crate) path: OsString,
}

impl Surroundings {
    /// Reads them.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the edge of the program: read once, handed on as values"
    )]
    pub fn read() -> Self {
        Self {
            // Set where a cargo started all this: its toolchain is the one to stay on.
            cargo: std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
            path: std::env::var_os("PATH").unwrap_or_default(),
        }
    }

    /// Where cargo is, if it is anywhere.
    pub(crate) fn find_cargo(&self) -> Option<PathBuf> {
        let name = Path::new(&self.cargo);
        if name.components().count() > 1 {
            return name.is_file().then(|| name.to_owned());
        }
        let mut places = std::env::split_paths(&self.path).map(|folder| folder.join(name));
        places.find(|place| place.is_file())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn engine(line: &str) -> Option<String> {
        let arguments = Arguments::try_parse_from(line.split(' ')).unwrap();
        arguments.engine().map(str::to_owned)
    }

    #[test]
    fn the_engine_is_the_last_argument() {
        assert_eq!(engine("host 127.0.0.1:7").as_deref(), Some("127.0.0.1:7"));
        assert_eq!(engine("host"), None);
    }

    #[test]
    fn flags_that_only_other_hosts_know_are_ignored() {
        for line in [
            "host --logtostderr -v=9 127.0.0.1:7",
            "host -root=/srv/shop 127.0.0.1:7",
            "host -tracing file:trace --logflow 127.0.0.1:7",
            "host --tracing file:trace -v=3 127.0.0.1:7",
        ] {
            assert_eq!(engine(line).as_deref(), Some("127.0.0.1:7"), "{line}");
        }
    }

    #[test]
    fn the_place_of_traces_is_read_among_flags_that_are_not() {
        let line = ["host", "-v=3", "--tracing", "file:trace", "127.0.0.1:7"];
        let arguments = Arguments::try_parse_from(line).unwrap();
        assert_eq!(arguments.tracing(), Some("file:trace"));
    }
}
