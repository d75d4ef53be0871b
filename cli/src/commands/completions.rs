//! `tidegate completions`.

use clap::CommandFactory;

use crate::arguments::{Arguments, CompletionsArguments};

pub(crate) fn run(arguments: &CompletionsArguments) -> anyhow::Result<()> {
    clap_complete::generate(
        arguments.shell,
        &mut Arguments::command(),
        "tidegate",
        &mut std::io::stdout(),
    );
    Ok(())
}
