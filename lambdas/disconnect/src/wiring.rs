//! The backend as the environment describes it.

use std::sync::Arc;

use tidegate_aws::Meter;
use tidegate_contract::environment::DisconnectEnvironment;
use tidegate_lambda::{Backend, BackendVariables, StartError};

/// A backend over DynamoDB and SQS: a connection that ended reaches nobody.
///
/// # Errors
/// When a variable is missing or cannot be read.
pub fn from_environment(
    lookup: impl Fn(&str) -> Option<String>,
    meter: &Arc<Meter>,
) -> Result<Backend, StartError> {
    let DisconnectEnvironment {
        table,
        namespaces,
        fanout_queue,
        presence,
    } = DisconnectEnvironment::from_lookup(&lookup).map_err(StartError::because)?;
    let variables = BackendVariables {
        table,
        namespaces,
        fanout_queue,
        presence: Some(presence),
        ..BackendVariables::default()
    };
    Backend::over_aws(&lookup, meter, variables)
}
