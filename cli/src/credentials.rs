//! AWS credentials: those of the environment, else those that the AWS CLI finds.
//!
//! The AWS CLI knows profiles, SSO, roles and metadata services; asking it is a process, where the SDK's own chain would
//! be most of this command's build.

use std::collections::BTreeMap;
use std::io;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use aws_credential_types::Credentials;
use serde::Deserialize;

const NONE: &str = "there are no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN), or \
                    sign in with the AWS CLI (version 2.9 or newer), whose profiles and SSO are taken";

/// What the AWS CLI prints.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Exported {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
}

/// The credentials of whoever runs this.
pub(crate) fn find(environment: &BTreeMap<String, String>) -> anyhow::Result<Credentials> {
    let variable = |name: &str| {
        environment
            .get(name)
            .filter(|value| !value.is_empty())
            .cloned()
    };
    if let (Some(key), Some(secret)) = (
        variable("AWS_ACCESS_KEY_ID"),
        variable("AWS_SECRET_ACCESS_KEY"),
    ) {
        let token = variable("AWS_SESSION_TOKEN");
        return Ok(Credentials::new(key, secret, token, None, "environment"));
    }
    let exported = exported().context(NONE)?;
    let Exported {
        access_key_id,
        secret_access_key,
        session_token,
    } = exported;
    Ok(Credentials::new(
        access_key_id,
        secret_access_key,
        session_token,
        None,
        "the AWS CLI",
    ))
}

fn exported() -> anyhow::Result<Exported> {
    let run = Command::new("aws")
        .args(["configure", "export-credentials", "--format", "process"])
        .stdin(Stdio::null())
        .output();
    let run = match run {
        Ok(run) => run,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            bail!("the AWS CLI (`aws`) is not on the PATH")
        }
        Err(error) => return Err(error).context("the AWS CLI (`aws`) cannot be started"),
    };
    if !run.status.success() {
        let told = String::from_utf8_lossy(&run.stderr);
        bail!("`aws configure export-credentials` failed: {}", told.trim());
    }
    serde_json::from_slice(&run.stdout)
        .ok()
        // What it printed is a secret, and the parser might repeat it.
        .context("`aws configure export-credentials` prints no credentials")
}
