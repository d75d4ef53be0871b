//! `tidegate preview-comment`.

use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, bail};
use tidegate_plan::builds::Sizes;
use tidegate_plan::comment::{Review, write};
use tidegate_plan::cost::Prices;
use tidegate_plan::{Plan, traps};

use crate::arguments::PreviewCommentArguments;

pub(crate) fn run(arguments: &PreviewCommentArguments) -> anyhow::Result<()> {
    let mut plan = read(&arguments.preview, Plan::read)?;
    if let Some(base) = &arguments.base_plan {
        plan = plan.since(&read(base, Plan::read)?);
    }
    let report = traps::check(&plan);
    let comment = write(&Review {
        plan: &plan,
        report: &report,
        load: &arguments.load.clone().unwrap_or_default(),
        prices: &Prices::built_in()?,
        sizes: sizes(arguments)?,
    });
    io::stdout().lock().write_all(comment.as_bytes())?;
    if !arguments.fail_on_trap {
        return Ok(());
    }
    if plan.failed() {
        bail!("the preview failed: its errors are in the comment");
    }
    let found = report.traps().count();
    if found > 0 {
        bail!("traps in this change: {found}, each explained in the comment");
    }
    Ok(())
}

fn sizes(arguments: &PreviewCommentArguments) -> anyhow::Result<Option<(Option<Sizes>, Sizes)>> {
    let Some(manifest) = &arguments.manifest else {
        return Ok(None);
    };
    let base = arguments.base_manifest.as_ref();
    let base = base.map(|base| read(base, Sizes::read)).transpose()?;
    Ok(Some((base, read(manifest, Sizes::read)?)))
}

/// Reads a file, and says which one it was that could not be.
fn read<T, E>(path: &Path, parse: impl FnOnce(&[u8]) -> Result<T, E>) -> anyhow::Result<T>
where
    E: Error + Send + Sync + 'static,
{
    let text = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    parse(&text).with_context(|| format!("{} cannot be used", path.display()))
}
