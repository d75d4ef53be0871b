//! Runs other programs, saying which.
//!
//! Children share our process group and terminal, so Ctrl-C ends them and us alike without any handler.

use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::environment::Environment;
use crate::outcome::Outcome;

/// The cargo to call.
pub(crate) fn cargo(environment: &Environment) -> Command {
    let mut command = Command::new(&environment.cargo);
    if environment.ci {
        command.env("CARGO_TERM_PROGRESS_WHEN", "never");
    }
    command
}

/// Runs a command to its end, its output passed through.
pub(crate) fn run(command: &mut Command) -> Result<Outcome> {
    let line = shown(command);
    eprintln!("$ {line}");
    let status = command
        .status()
        .with_context(|| format!("could not start `{line}`"))?;
    Ok(Outcome::passed_if(status.success()))
}

/// Runs a command for what it prints; `None` if it cannot be started or fails.
pub(crate) fn output_of(command: &mut Command) -> Option<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    std::iter::once(name)
        .chain(command.get_args())
        .map(|part| part.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let mut command = Command::new("/somewhere/bin/cargo");
        command.args(["test", "--workspace"]);
        assert_eq!(shown(&command), "cargo test --workspace");
    }

    #[test]
    fn a_program_that_is_not_there_prints_nothing() {
        assert_eq!(output_of(&mut Command::new("no-such-program-here")), None);
    }

    #[test]
    fn machines_get_no_progress_bars() {
        let environment = Environment {
            cargo: "cargo".into(),
            ci: true,
            ..Environment::default()
        };
        let command = cargo(&environment);
        assert!(
            command
                .get_envs()
                .any(|(name, value)| name == "CARGO_TERM_PROGRESS_WHEN"
                    && value.is_some_and(|value| value == "never"))
        );
    }
}
