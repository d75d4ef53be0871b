//! The backend as the environment describes it.

use std::sync::Arc;

use tidegate_aws::Meter;
use tidegate_contract::environment::InletEnvironment;
use tidegate_lambda::{Backend, BackendVariables, StartError};

/// A backend over DynamoDB, the management APIs and SQS.
///
/// # Errors
/// When a variable is missing or cannot be read.
pub fn from_environment(
    lookup: impl Fn(&str) -> Option<String>,
    meter: &Arc<Meter>,
) -> Result<Backend, StartError> {
    let InletEnvironment {
        table,
        management_urls,
        namespaces,
        fanout_queue,
        direct_receivers,
        presence,
    } = InletEnvironment::from_lookup(&lookup).map_err(StartError::because)?;
    let variables = BackendVariables {
        table,
        management_urls: Some(management_urls),
        namespaces,
        fanout_queue,
        direct_receivers: Some(direct_receivers),
        presence: Some(presence),
        ..BackendVariables::default()
    };
    Backend::over_aws(&lookup, meter, variables)
}
