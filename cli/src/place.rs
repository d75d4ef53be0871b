//! Where a stack is: on this machine, or where Pulumi deployed it.

use anstream::eprintln;
use anyhow::Context;
use serde::Deserialize;
use tidegate_local_runtime::{Running, StateError};

use crate::arguments::PlaceArguments;
use crate::machine;
use crate::output::DIM;
use crate::pulumi::Pulumi;

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
    /// Finds the stack, and says which it is: somebody might have taken it for the other one.
    pub(crate) fn find(arguments: &PlaceArguments) -> anyhow::Result<Self> {
        let project = machine::project()?;
        let state = machine::state(&project, &arguments.stack);
        let stack = &arguments.stack.stack;
        if !arguments.deployed {
            match state.running() {
                Ok(running) => return Self::local(running),
                Err(StateError::NotRunning { .. }) if !arguments.local => {}
                Err(error) => return Err(error.into()),
            }
        }
        let outputs = Pulumi::new(&project, &arguments.stack).outputs();
        let outputs: Outputs = outputs.with_context(|| {
            let nowhere = format!("the stack `{stack}` is not deployed, as far as Pulumi tells");
            if arguments.deployed {
                nowhere
            } else {
                format!("nothing runs the stack `{stack}` on this machine (`tidegate dev` does), and {nowhere}")
            }
        })?;
        let Outputs {
            client_id,
            user_pool_id,
            region,
            sign_in_url,
        } = outputs;
        eprintln!("{DIM}the deployed stack `{stack}`, in {region}{DIM:#}");
        Ok(Self {
            is_local: false,
            endpoint: None,
            user_pool_id,
            client_id,
            region,
            sign_in_url,
        })
    }

    fn local(running: Running) -> anyhow::Result<Self> {
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
        eprintln!("{DIM}the stack `{stack}` on this machine{DIM:#}");
        Ok(Self {
            is_local: true,
            endpoint: Some(endpoint.to_owned()),
            user_pool_id,
            client_id,
            region,
            sign_in_url,
        })
    }
}
