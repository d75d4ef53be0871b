//! `tidegate new route` and `tidegate remove route`.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use anstream::eprintln;
use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::arguments::{
    NewCommand, NewRouteArguments, RemoveCommand, RemoveRouteArguments, WritingArguments,
};
use crate::machine;
use crate::output::{BOLD, DIM, NAME, line};
use crate::routes::{self, Change, Kind, Route};

pub(crate) fn new(command: NewCommand) -> anyhow::Result<()> {
    let NewCommand::Route(NewRouteArguments {
        name,
        function,
        one_way,
        how,
    }) = command;
    let route = Route {
        function: function.unwrap_or_else(|| name.function()),
        key: name,
        two_way: !one_way,
    };
    let root = machine::project()?.root;
    let changes = routes::add(&root, &route)?;
    make(&root, &changes, &how)?;
    if !how.json && !how.dry_run {
        print_next(&route)?;
    }
    Ok(())
}

pub(crate) fn remove(command: RemoveCommand) -> anyhow::Result<()> {
    let RemoveCommand::Route(RemoveRouteArguments { name, force, how }) = command;
    let root = machine::project()?.root;
    let changes = routes::remove(&root, &name, force)?;
    make(&root, &changes, &how)
}

/// Makes the changes, remakes what is generated of what they change, and says so.
fn make(root: &Path, changes: &[Change], how: &WritingArguments) -> anyhow::Result<()> {
    if !how.dry_run {
        routes::apply(root, changes)?;
    }
    if how.json {
        line(format_args!("{}", document(changes)))?;
    } else {
        for change in changes {
            print(change, how.dry_run)?;
        }
    }
    if how.dry_run {
        return Ok(());
    }
    if how.no_generate {
        eprintln!(
            "{DIM}The plans in program/tests/plan/snapshots are as before: `cargo xtask generate` remakes them.{DIM:#}"
        );
        return Ok(());
    }
    generate(root)
}

fn document(changes: &[Change]) -> Value {
    let files = changes.iter().map(|change| {
        json!({
            "path": change.path,
            "change": change.kind().name(),
            "lines": change.lines,
        })
    });
    json!({ "files": files.collect::<Vec<_>>() })
}

fn print(change: &Change, dry_run: bool) -> io::Result<()> {
    let kind = change.kind();
    let path = change.path.display();
    line(format_args!(
        "{BOLD}{:>6}{BOLD:#}  {NAME}{path}{NAME:#}",
        kind.name()
    ))?;
    // What a package manager writes too is no news.
    if kind == Kind::Edit && !path.to_string().ends_with(".lock") || dry_run && kind == Kind::Create
    {
        for text in change.lines.lines() {
            line(format_args!("{DIM}        {text}{DIM:#}"))?;
        }
    }
    Ok(())
}

/// The plans of the stacks are committed, and have the resources of the route in them.
fn generate(root: &Path) -> anyhow::Result<()> {
    let environment = machine::environment();
    let cargo = environment.get("CARGO").map_or("cargo", String::as_str);
    eprintln!("{DIM}Remaking what is generated: cargo xtask generate{DIM:#}");
    let status = Command::new(cargo)
        .args(["xtask", "generate"])
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(io::stderr())
        .status()
        .context(
            "cargo cannot be started: the files are written, but what is generated is not remade",
        )?;
    if !status.success() {
        bail!(
            "the files are written, but what is generated could not be remade: see above, then run `cargo xtask generate`"
        );
    }
    Ok(())
}

fn print_next(route: &Route) -> io::Result<()> {
    let Route {
        key,
        function,
        two_way,
    } = route;
    let frame = match two_way {
        true => json!({"action": key.as_str(), "id": "1", "text": "hello"}),
        false => json!({"action": key.as_str(), "text": "hello"}),
    };
    let package = function.package();
    line(format_args!(
        "
{BOLD}Next{BOLD:#}
  write what it does in {NAME}lambdas/{function}/src/lib.rs{NAME:#}
  cargo test -p {package}
  cargo run -- dev
  wscat -c ws://127.0.0.1:4000/dev -H \"Authorization: Bearer $(cargo run -q -- token --user alice)\" -x '{frame}' -w 2
  cargo run -- remove route {key}     takes it away again"
    ))
}
