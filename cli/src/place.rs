//! Where a stack is: on this machine, or where Pulumi deployed it.

use anstream::eprintln;
use anyhow::Context;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tidegate_local_runtime::{Running, StateError};

use crate::arguments::PlaceArguments;
use crate::machine;
use crate::output::DIM;
use crate::pulumi::Pulumi;

/// A stack that was looked for.
pub(crate) enum Located {
    /// On this machine.
    Here(Box<Running>),
    /// Where Pulumi deployed it, if it did.
    Deployed(Deployed),
}

impl Located {
    /// Looks for the stack: on this machine first, unless that was decided.
    pub(crate) fn find(arguments: &PlaceArguments) -> anyhow::Result<Self> {
        let project = machine::project()?;
        let state = machine::state(&project, &arguments.stack);
        let stack = &arguments.stack.stack;
        if !arguments.deployed {
            match state.running() {
                Ok(running) => return Ok(Self::Here(Box::new(running))),
                Err(StateError::NotRunning { .. }) if !arguments.local => {}
                Err(error) => return Err(error.into()),
            }
        }
        let nowhere = format!("the stack `{stack}` is not deployed, as far as Pulumi tells");
        Ok(Self::Deployed(Deployed {
            pulumi: Pulumi::new(&project, &arguments.stack),
            stack: stack.clone(),
            nowhere: if arguments.deployed {
                nowhere
            } else {
                format!(
                    "nothing runs the stack `{stack}` on this machine (`tidegate dev` does), and {nowhere}"
                )
            },
        }))
    }
}

/// A stack that does not run on this machine.
pub(crate) struct Deployed {
    pulumi: Pulumi,
    stack: String,
    nowhere: String,
}

impl Deployed {
    /// What the stack exports.
    pub(crate) fn outputs<T: DeserializeOwned>(&self) -> anyhow::Result<T> {
        let outputs = self.pulumi.outputs();
        outputs.with_context(|| self.nowhere.clone())
    }

    /// Says which stack it is: somebody might have taken it for the other one.
    pub(crate) fn announce(&self, region: &str) {
        let stack = &self.stack;
        eprintln!("{DIM}the deployed stack `{stack}`, in {region}{DIM:#}");
    }
}

/// Says that it is the stack on this machine.
pub(crate) fn announce_here(running: &Running) {
    let stack = &running.stack;
    eprintln!("{DIM}the stack `{stack}` on this machine{DIM:#}");
}

/// A stack's user pool.
#[derive(Debug)]
pub(crate) struct Place {
    /// Whether it is the one of `tidegate dev`.
    pub(crate) is_local: bool,
    /// Where its API for administrators is, where that is not AWS's own.
    pub(crate) endpoint: Option<String>,
    pub(crate) user_pool_id: String,
    pub(crate) client_id: String,
    pub(crate) region: String,
    /// Below which its pages to sign in on are; none where it has none.
    pub(crate) sign_in_url: Option<String>,
}

/// What the program exports.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outputs {
    client_id: String,
    user_pool_id: String,
    region: String,
    sign_in_url: Option<String>,
}

impl Place {
    /// Finds the stack, and says which it is.
    pub(crate) fn find(arguments: &PlaceArguments) -> anyhow::Result<Self> {
        let deployed = match Located::find(arguments)? {
            Located::Here(running) => return Self::local(&running),
            Located::Deployed(deployed) => deployed,
        };
        let Outputs {
            client_id,
            user_pool_id,
            region,
            sign_in_url,
        } = deployed.outputs()?;
        deployed.announce(&region);
        Ok(Self {
            is_local: false,
            endpoint: None,
            user_pool_id,
            client_id,
            region,
            sign_in_url,
        })
    }

    fn local(running: &Running) -> anyhow::Result<Self> {
        let Running {
            stack,
            issuer,
            client_id,
            user_pool_id,
            region,
            sign_in_url,
            ..
        } = running;
        let endpoint = issuer
            .strip_suffix(&format!("/{user_pool_id}"))
            .filter(|_| !user_pool_id.is_empty())
            .with_context(|| {
                format!("the stack `{stack}` that runs on this machine tells of no user pool: restart `tidegate dev`")
            })?;
        announce_here(running);
        Ok(Self {
            is_local: true,
            endpoint: Some(endpoint.to_owned()),
            user_pool_id: user_pool_id.clone(),
            client_id: client_id.clone(),
            region: region.clone(),
            sign_in_url: sign_in_url.clone(),
        })
    }
}
