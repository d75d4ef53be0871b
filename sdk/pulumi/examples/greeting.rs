//! The smallest program that deploys something: a value kept in the state of the stack, by a resource that needs no
//! provider.

use std::process::ExitCode;

use pulumi::{ResourceBuilder, node};

fn main() -> ExitCode {
    pulumi::run(|ctx| async move {
        let greeting: String = ctx.config().require("greeting")?;
        assert!(!greeting.is_empty(), "a greeting has words");
        let stash = ResourceBuilder::new("pulumi:index:Stash", "greeting")
            .input("input", node(greeting))
            .register(&ctx);
        ctx.export("greeting", stash.output::<String>("input"));
        Ok(())
    })
}
