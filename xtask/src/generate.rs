//! `cargo xtask generate`: remakes the files that are generated and committed.

mod constraints;
mod protocol;
mod written;

use std::path::Path;

use anyhow::Result;

use crate::environment::Environment;
use crate::outcome::Outcome;
use crate::workspace::Workspace;

/// Remake the generated files.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  cargo xtask generate                      after a change of a schema, a protocol or a generator
  cargo xtask generate --check              fail if a committed file is not what would be made")]
pub(crate) struct Arguments {
    /// Write nothing; fail if a file differs from what would be written.
    #[arg(long)]
    pub(crate) check: bool,
}

/// Everything that is generated and committed, and that cargo alone can make: a new generator is called here.
fn all(root: &Path, check: bool) -> Result<()> {
    pulumi_codegen::generate_into(&root.join("sdk/pulumi-aws"), check)?;
    protocol::generate_into(&root.join("sdk/pulumi-language-rust"), check)
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments, environment: &Environment) -> Result<Outcome> {
    let workspace = Workspace::find(environment)?;
    match all(workspace.root(), arguments.check) {
        // What needs another tool, or a build, comes last.
        Ok(()) => {
            let constraints = constraints::generate(workspace.root(), arguments.check)?;
            if arguments.check || constraints != Outcome::Passed {
                return Ok(constraints);
            }
            written::generate(environment)
        }
        Err(error) => match error.downcast()? {
            drift @ pulumi_codegen::Error::Drift { .. } => {
                println!("{drift}\nrun `cargo xtask generate` and commit what it writes");
                Ok(Outcome::passed_if(false))
            }
            error => Err(error.into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_files_are_what_would_be_generated() {
        let workspace = Workspace::find(&Environment::read()).unwrap();
        all(workspace.root(), true).unwrap();
    }
}
