//! A Pulumi program that does what its configuration says, right or wrong. Its resources need no provider.

use std::process::ExitCode;

use pulumi::prelude::*;
use pulumi::{Node, ResourceBuilder, node};

fn main() -> ExitCode {
    pulumi::run(program)
}

async fn program(ctx: Context) -> Result<(), BoxError> {
    let behaviour: String = ctx.config().require("behaviour")?;
    let secret = ctx.config().get_secret::<String>("password")?;
    ctx.config().unknown_keys(&["behaviour", "password"])?;
    let stash = |name: &str, value: Node| {
        let builder = ResourceBuilder::new("pulumi:index:Stash", name);
        builder.input("input", value).register(&ctx)
    };
    let first = stash("first", node("here"));
    match behaviour.as_str() {
        "well" => {}
        "panics" => assert!(first.name().is_empty(), "the roof leaks"),
        "exits" => {
            // The first is registered by then: what comes after it is not.
            first.urn().resolved().await?;
            std::process::exit(0);
        }
        "dies" => {
            first.urn().resolved().await?;
            std::process::abort();
        }
        "hangs" => {
            std::fs::write("program.pid", std::process::id().to_string())?;
            std::future::pending::<()>().await;
        }
        "fails" => return Err("the roof leaks".into()),
        "leaks" => {
            let secret = secret.ok_or("no password")?;
            ctx.log().info(format!("the password is {secret:?}"));
            ctx.export("password", &secret);
        }
        other => return Err(format!("no behaviour `{other}`").into()),
    }
    stash("second", node("here too"));
    Ok(())
}
