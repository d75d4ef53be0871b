//! What a program is told through its environment.

use serde_json::json;

use crate::engine::Engine;
use crate::location::Location;
use crate::protocol::RunRequest;

/// The variables of a run, by name. One without a value is to be taken away: one of the host's own must not be taken
/// for it.
pub(crate) fn variables(
    request: &RunRequest,
    location: &Location,
    engine: &Engine,
    tracing: Option<&str>,
) -> [(&'static str, Option<String>); 11] {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    // By name, so that the same configuration is always the same text.
    let config: std::collections::BTreeMap<_, _> = request.config.iter().collect();
    [
        ("PULUMI_MONITOR", given(&request.monitor_address)),
        ("PULUMI_ENGINE", given(engine.address())),
        ("PULUMI_ORGANIZATION", given(&request.organization)),
        ("PULUMI_PROJECT", given(&request.project)),
        ("PULUMI_STACK", given(&request.stack)),
        ("PULUMI_CONFIG", Some(json!(config).to_string())),
        (
            "PULUMI_CONFIG_SECRET_KEYS",
            Some(json!(request.config_secret_keys).to_string()),
        ),
        ("PULUMI_DRY_RUN", Some(request.dry_run.to_string())),
        ("PULUMI_PARALLEL", Some(request.parallel.to_string())),
        (
            "PULUMI_ROOT_DIRECTORY",
            given(&location.root.to_string_lossy()),
        ),
        ("PULUMI_TRACING", tracing.and_then(given)),
    ]
}
