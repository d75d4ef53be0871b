//! `tidegate load`.

mod quotas;
mod screen;
mod tokens;

use std::sync::Arc;

use anstream::eprintln;
use anyhow::{Context, bail};
use serde::Serialize;
use tidegate_load::saturation::Sign;
use tidegate_load::verdict::{Use, verdict};
use tidegate_load::{Load, Outcome, TokenSource, report, run as drive};
use tidegate_local_runtime::Running;

use self::screen::Screen;
use self::tokens::{FromCommand, FromFile, FromPool};
use crate::arguments::LoadArguments;
use crate::machine;
use crate::output::{DIM, line};

/// What is open beside the users' sockets, at the most.
const OTHER_FILES: u64 = 256;

/// What `--json` prints.
#[derive(Serialize)]
struct Printed<'a> {
    outcome: &'a Outcome,
    quotas: &'a [Use],
}

pub(crate) fn run(arguments: &LoadArguments) -> anyhow::Result<()> {
    let event_loop = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("no event loop can be made")?;
    event_loop.block_on(load(arguments))
}

async fn load(arguments: &LoadArguments) -> anyhow::Result<()> {
    let (url, tokens) = target(arguments)?;
    let load = Load {
        url,
        users: arguments.users,
        connects_per_second: arguments.rate,
        duration: arguments.duration,
        mix: arguments.mix.clone(),
        seed: arguments.seed.unwrap_or_else(|| fastrand::u64(..)),
    };
    make_room(load.users)?;
    eprintln!(
        "{DIM}{} users at {}, the mix `{}`, seed {}{DIM:#}",
        load.users, load.url, load.mix.name, load.seed
    );
    let screen = Screen::new(&load);
    let outcome = drive(&load, tokens, |progress| screen.show(&progress)).await;
    screen.end();
    let outcome = outcome?;
    let uses = verdict(&outcome, &quotas::of_aws());
    if let Some(file) = &arguments.report {
        std::fs::write(file, report::html(&outcome, &uses))
            .with_context(|| format!("{} cannot be written", file.display()))?;
    }
    if arguments.json {
        let printed = Printed {
            outcome: &outcome,
            quotas: &uses,
        };
        line(format_args!("{}", serde_json::to_string(&printed)?))?;
    } else {
        screen::print(&outcome, &uses)?;
    }
    if let Some(file) = &arguments.report {
        eprintln!("{DIM}the report is in {}{DIM:#}", file.display());
    }
    judge(&outcome)
}

/// A promise that was not kept fails the command, and so do more users than a few who were not served. That they were served
/// late is for whoever reads the figures.
fn judge(outcome: &Outcome) -> anyhow::Result<()> {
    if !outcome.publications.is_kept() {
        bail!(
            "what is promised was not kept: {} lost in silence, {} doubled, {} contradictions",
            outcome.publications.lost_in_silence,
            outcome.publications.doubled,
            outcome.publications.contradictions
        );
    }
    if outcome.counts.opened == 0 {
        let why: Vec<String> = outcome
            .counts
            .refused
            .iter()
            .chain(&outcome.counts.without_token)
            .map(|(why, count)| format!("{why} ({count} times)"))
            .collect();
        bail!("nobody could connect: {}", why.join("; "));
    }
    if outcome.saturation.iter().any(Sign::is_failure) {
        bail!("the target did not keep up, and not all users were served");
    }
    Ok(())
}

/// Raises the limit of open files, which each socket is one of, and two during a hand-over.
fn make_room(users: u32) -> anyhow::Result<()> {
    let needed = u64::from(users) * 2 + OTHER_FILES;
    let allowed = rlimit::increase_nofile_limit(needed)
        .context("the limit of open files cannot be raised")?;
    if allowed < u64::from(users) + OTHER_FILES {
        bail!(
            "this process may open {allowed} files, which is too few for {users} users: raise the limit (`ulimit -Hn`), or \
             share the users among several machines"
        );
    }
    Ok(())
}

/// Where to connect, and where tokens come from.
fn target(arguments: &LoadArguments) -> anyhow::Result<(String, Arc<dyn TokenSource>)> {
    let running = || -> anyhow::Result<Running> {
        Ok(machine::state(&machine::project()?, &arguments.stack).running()?)
    };
    let tokens: Arc<dyn TokenSource> = match (&arguments.token_command, &arguments.token_file) {
        (Some(command), _) => Arc::new(FromCommand::new(command)),
        (None, Some(file)) => Arc::new(FromFile::read(file)?),
        (None, None) if arguments.local || arguments.url.is_none() => {
            Arc::new(FromPool::new(running()?))
        }
        (None, None) => bail!(
            "whose tokens? Add --token-command or --token-file, or --local for the user pool of `tidegate dev`"
        ),
    };
    let url = match &arguments.url {
        Some(url) => url.clone(),
        None => running()?.websocket_url,
    };
    Ok((url, tokens))
}
