//! A program that somebody else starts, measured from within: what starts it starts a script, and that this binary.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use clap::Args;

use crate::binaries::Binaries;
use crate::clock;

#[derive(Debug, Args)]
pub(crate) struct TimedArguments {
    /// Where the seconds are noted, a line for each run.
    #[arg(long)]
    to: PathBuf,
    /// The program and its arguments.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    command: Vec<std::ffi::OsString>,
}

/// Runs the program to its end, and notes how long it took.
pub(crate) fn run(arguments: &TimedArguments) -> Result<ExitCode> {
    let (program, rest) = arguments.command.split_first().context("no program")?;
    let start = clock::now();
    let status = Command::new(program)
        .args(rest)
        .status()
        .with_context(|| format!("{} cannot be started", program.display()))?;
    let seconds = clock::seconds_since(start);
    let mut file = fs::File::options()
        .append(true)
        .create(true)
        .open(&arguments.to)?;
    writeln!(file, "{seconds}")?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(1)))
}

/// Where the times of programs are noted.
#[derive(Debug)]
pub(super) struct Times(PathBuf);

impl Times {
    pub(super) fn new(file: PathBuf) -> Self {
        Self(file)
    }

    /// Writes a script that runs `program`, timed.
    pub(super) fn script(&self, binaries: &Binaries, script: &Path, program: &Path) -> Result<()> {
        let text = format!(
            "#!/bin/sh\nexec {} timed --to {} -- {} \"$@\"\n",
            quoted(binaries.this()),
            quoted(&self.0),
            quoted(program),
        );
        let written = || -> std::io::Result<()> {
            fs::write(script, text)?;
            fs::set_permissions(script, fs::Permissions::from_mode(0o755))
        };
        written().with_context(|| format!("{} cannot be written", script.display()))
    }

    /// Forgets what was noted.
    pub(super) fn clear(&self) -> Result<()> {
        fs::write(&self.0, "").context("times cannot be noted")
    }

    /// The seconds of the longest run: shorter ones only ask what is there.
    pub(super) fn longest(&self) -> Result<f64> {
        let text = fs::read_to_string(&self.0).context("no times are noted")?;
        let seconds = text.lines().filter_map(|line| line.parse::<f64>().ok());
        seconds
            .max_by(f64::total_cmp)
            .context("the program was not run")
    }
}

/// As a shell takes it for one word.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.to_string_lossy().replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_path_is_one_word() {
        assert_eq!(quoted(Path::new("/a b/it's")), r"'/a b/it'\''s'");
    }
}
