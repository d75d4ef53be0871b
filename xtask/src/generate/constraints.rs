//! The constraints of AWS's service models that a program's resources are held to.
//!
//! A Python script cuts them from the models in botocore. Where that is not installed in the wanted version, nothing is
//! made or compared, and one line says so.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::outcome::Outcome;
use crate::process;

const SCRIPT: &str = "sdk/pulumi-aws-rules/constraints/cut.py";

/// The script's exit code when botocore is not here as it should be.
const NO_MODELS: i32 = 3;

/// Brings the constraints up to date, or with `check` says whether they are.
pub(crate) fn generate(root: &Path, check: bool) -> Result<Outcome> {
    if process::output_of(Command::new("python3").arg("--version")).is_none() {
        println!("skipped: {SCRIPT}: there is no python3");
        return Ok(Outcome::Passed);
    }
    let mut command = Command::new("python3");
    command.arg(SCRIPT).current_dir(root);
    if check {
        command.arg("--check");
    }
    let line = process::shown(&command);
    let status = command
        .status()
        .with_context(|| format!("could not start `{line}`"))?;
    if status.code() == Some(NO_MODELS) {
        println!("skipped: {SCRIPT}: it needs the models of that version");
        return Ok(Outcome::Passed);
    }
    Ok(Outcome::passed_if(status.success()))
}
