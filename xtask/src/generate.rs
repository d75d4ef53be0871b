//! `cargo xtask generate`: remakes the files that are generated and committed.

use std::path::Path;

use anyhow::{Context, Result};

use crate::environment::Environment;
use crate::outcome::Outcome;
use crate::workspace::Workspace;

/// Remake the generated files.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cargo xtask generate                      after a change of the schema or of a generator
  cargo xtask generate --check              fail if a committed file is not what would be made")]
pub(crate) struct Arguments {
    /// Write nothing; fail if a file differs from what would be written.
    #[arg(long)]
    pub(crate) check: bool,
}

/// One generated file, its path from the workspace's root.
pub(crate) struct Generated {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Everything that is generated and committed: a new generator is called here.
pub(crate) fn all(_root: &Path) -> Result<Vec<Generated>> {
    Ok(Vec::new())
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments, environment: &Environment) -> Result<Outcome> {
    let workspace = Workspace::find(environment)?;
    let root = workspace.root();
    let stale: Vec<Generated> = all(root)?
        .into_iter()
        .filter(|file| !is_current(root, file))
        .collect();

    for file in &stale {
        if arguments.check {
            println!(
                "{}: is not what would be generated: run `cargo xtask generate` and commit it",
                file.path
            );
        } else {
            write(&root.join(&file.path), &file.text)?;
            println!("wrote {}", file.path);
        }
    }
    Ok(Outcome::passed_if(!arguments.check || stale.is_empty()))
}

fn is_current(root: &Path, file: &Generated) -> bool {
    std::fs::read_to_string(root.join(&file.path)).is_ok_and(|text| text == file.text)
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("could not make {}", folder.display()))?;
    }
    std::fs::write(path, text).with_context(|| format!("could not write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_files_are_what_would_be_generated() {
        let workspace = Workspace::find(&Environment::read()).unwrap();
        for file in all(workspace.root()).unwrap() {
            assert!(
                is_current(workspace.root(), &file),
                "{} is out of date: run `cargo xtask generate` and commit it",
                file.path
            );
        }
    }
}
