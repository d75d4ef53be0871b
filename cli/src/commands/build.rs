//! `tidegate build`.

use tidegate_build::{BuildArguments, Machine};

use crate::machine;

pub(crate) fn run(arguments: &BuildArguments) -> anyhow::Result<()> {
    let project = machine::project()?;
    let machine = Machine::new(std::env::vars_os());
    tidegate_build::run(arguments, &project.root, &machine)?;
    Ok(())
}
