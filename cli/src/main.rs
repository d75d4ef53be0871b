//! The `tidegate` command.

mod arguments;
mod aws;
mod cognito;
mod commands;
mod credentials;
#[cfg(test)]
mod documented;
mod endpoint;
mod failure;
mod http_client;
mod machine;
mod output;
mod place;
mod pulumi;
mod routes;
mod server;
mod sqs;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Command};

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Dev(arguments) => commands::dev::run(arguments),
        Command::Connect(arguments) => commands::connect::run(arguments),
        Command::Token(arguments) => commands::token::run(arguments),
        Command::Plan(arguments) => commands::plan::run(&arguments),
        Command::PreviewComment(arguments) => commands::preview_comment::run(&arguments),
        Command::Users(command) => commands::users::run(command),
        Command::Login(arguments) => commands::login::run(&arguments),
        Command::Publish(arguments) => commands::publish::run(arguments),
        Command::Channels(arguments) => commands::channels::run(&arguments),
        Command::Connections(arguments) => commands::connections::list(&arguments),
        Command::Kick(arguments) => commands::connections::kick(arguments),
        Command::Dlq(command) => commands::dlq::run(command),
        Command::Load(arguments) => commands::load::run(&arguments),
        Command::RotateOriginSecret(arguments) => commands::rotate_origin_secret::run(&arguments),
        Command::New(command) => commands::routes::new(command),
        Command::Remove(command) => commands::routes::remove(command),
        Command::Build(arguments) => commands::build::run(&arguments),
        Command::Completions(arguments) => commands::completions::run(&arguments),
    };
    failure::exit_code(done)
}
