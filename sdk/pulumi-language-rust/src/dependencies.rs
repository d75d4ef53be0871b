//! `GetProgramDependencies`: the crates that a program is made of.

use tokio_util::sync::CancellationToken;

use crate::cargo::Cargo;
use crate::error::Error;
use crate::graph;
use crate::location::Location;
use crate::protocol::DependencyInfo;
use crate::target;

/// Those that the program's package names, or all of them; by name.
///
/// # Errors
/// When cargo does not know the package.
pub(crate) async fn list(
    location: &Location,
    cargo: &Cargo,
    transitive: bool,
    stop: &CancellationToken,
) -> Result<Vec<DependencyInfo>, Error> {
    let manifest = location.manifest()?;
    let metadata = cargo.metadata(&manifest, true, stop).await?;
    let program = target::package(&metadata, &manifest, &location.options)?;
    let crates = graph::dependencies(&metadata, &program.id, transitive);
    let infos = crates.iter().map(|package| DependencyInfo {
        name: package.name.to_string(),
        version: package.version.to_string(),
    });
    Ok(infos.collect())
}
