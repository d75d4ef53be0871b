//! `GetRequiredPackages`: the providers that a program's crates are bindings of.
//!
//! A crate of bindings says so itself, in its Cargo.toml:
//!
//! ```toml
//! [package.metadata.pulumi]
//! name = "aws"                          # the provider
//! version = "7.48.0"                    # the version it is to have; the crate's own where it is not said
//! server = "https://example.com/aws"    # where to download it; Pulumi's own place where it is not said
//! ```
//!
//! So the engine can install what a program needs before it runs it, of any crate of bindings by whomever.

use std::collections::HashMap;

use cargo_metadata::{Metadata, Package, PackageId};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::cargo::Cargo;
use crate::error::Error;
use crate::graph;
use crate::location::Location;
use crate::protocol::{PackageDependency, PluginDependency};
use crate::target;

/// Where in `package.metadata` bindings describe their provider.
const SECTION: &str = "pulumi";
/// A plugin that provides resources.
const RESOURCE: &str = "resource";

#[derive(Deserialize)]
struct Provider {
    name: String,
    version: Option<String>,
    #[serde(default)]
    server: String,
}

/// The providers of the program and of all that it depends on.
///
/// # Errors
/// When cargo does not know the program, or a crate describes its provider wrongly.
pub(crate) async fn required(
    location: &Location,
    cargo: &Cargo,
    stop: &CancellationToken,
) -> Result<Vec<PackageDependency>, Error> {
    // An executable may be where its source is not, and without its source there is no asking what it needs: the
    // engine then finds out as the program registers resources.
    let prebuilt = location.binary()?.is_some();
    match of_sources(location, cargo, stop).await {
        Err(error) if prebuilt && !matches!(error, Error::Stopped) => Ok(Vec::new()),
        providers => providers,
    }
}

async fn of_sources(
    location: &Location,
    cargo: &Cargo,
    stop: &CancellationToken,
) -> Result<Vec<PackageDependency>, Error> {
    let manifest = location.manifest()?;
    let metadata = cargo.metadata(&manifest, true, stop).await?;
    let program = target::package(&metadata, &manifest, &location.options)?;
    providers(&metadata, &program.id)
}

fn providers(metadata: &Metadata, program: &PackageId) -> Result<Vec<PackageDependency>, Error> {
    let mut crates = graph::dependencies(metadata, program, true);
    crates.extend(metadata.packages.iter().find(|one| one.id == *program));
    let mut providers = Vec::new();
    for package in crates {
        if let Some(provider) = provider(package)?
            && !providers.contains(&provider)
        {
            providers.push(provider);
        }
    }
    Ok(providers)
}

fn provider(package: &Package) -> Result<Option<PackageDependency>, Error> {
    let Some(section) = package.metadata.get(SECTION) else {
        return Ok(None);
    };
    let provider = Provider::deserialize(section).map_err(|error| Error::ProviderMetadata {
        package: package.name.to_string(),
        problem: error.to_string(),
    })?;
    let version = provider.version;
    Ok(Some(PackageDependency {
        name: provider.name,
        kind: RESOURCE.to_owned(),
        version: version.unwrap_or_else(|| package.version.to_string()),
        server: provider.server,
        checksums: HashMap::new(),
        parameterization: None,
        extension: None,
    }))
}

/// The same, as engines asked for it before there were packages.
pub(crate) fn plugin(package: PackageDependency) -> PluginDependency {
    PluginDependency {
        name: package.name,
        kind: package.kind,
        version: package.version,
        server: package.server,
        checksums: package.checksums,
    }
}
