//! What is made of the workspace's own types and tables: the pages about the configuration and the alarms, the plans of the
//! stacks, the documents of the protocol, and the pages with numbers.
//!
//! Tests beside these types compare them, so there is nothing to check here; told to, they write.

use anyhow::Result;

use crate::environment::Environment;
use crate::outcome::Outcome;
use crate::process;

/// What the tests take as the order to write.
const WRITE: &str = "TIDEGATE_GENERATE";

/// Writes them anew.
pub(crate) fn generate(environment: &Environment) -> Result<Outcome> {
    let mut command = process::cargo(environment);
    // The whole workspace is selected, so that no dependency is built a second time with other features.
    command.args([
        "test",
        "--quiet",
        "--workspace",
        "--test",
        "plan",
        "--test",
        "documents",
        "generated::",
    ]);
    command.env(WRITE, "1");
    process::run(&mut command)
}
