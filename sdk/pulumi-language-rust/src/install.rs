//! `InstallDependencies`: downloads the crates that a program is made of.

use tokio_util::sync::CancellationToken;

use crate::cargo::{Cargo, ended};
use crate::error::Error;
use crate::location::Location;
use crate::output::while_running;
use crate::protocol::InstallDependenciesResponse;
use crate::stream::{Parts, send};

/// Has cargo download them, and sends what it says.
///
/// # Errors
/// When there is no package, or it cannot be done.
pub(crate) async fn install(
    location: Location,
    cargo: Cargo,
    colour: bool,
    parts: Parts<InstallDependenciesResponse>,
    stop: CancellationToken,
) -> Result<(), Error> {
    if location.binary()?.is_some() && location.manifest().is_err() {
        return Ok(());
    }
    let manifest = location.manifest()?;
    let mut command = cargo.command(&location.folder);
    command.arg("fetch").arg("--manifest-path").arg(manifest);
    if colour {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let mut group = cargo.start(&mut command)?;
    let (stdout, stderr) = group.outputs();
    let reading = async {
        tokio::join!(
            send(stdout, &parts, |stdout| InstallDependenciesResponse {
                stdout,
                stderr: Vec::new(),
            }),
            send(stderr, &parts, |stderr| InstallDependenciesResponse {
                stdout: Vec::new(),
                stderr,
            }),
        );
    };
    let status = while_running(reading, group.wait(&stop)).await;
    if ended(status)?.success() {
        Ok(())
    } else {
        Err(Error::Cargo {
            action: "download what the program is made of",
            problem: "it says why above".to_owned(),
        })
    }
}
