//! `tidegate:production`: what a stack to live from must have.

use super::range::together;
use super::{Logging, Settings, SettingsError};

/// Names the first thing that is missing.
pub(super) fn check(settings: &Settings) -> Result<(), SettingsError> {
    if !settings.production {
        return Ok(());
    }
    let Settings {
        gateway,
        registry,
        identity,
        observability,
        ..
    } = settings;
    let has_pool = identity.issuer.is_none();
    let missing = |key: &str, what: &str| {
        together(
            false,
            key,
            format!("{what}, and tidegate:production is true: set it, or take `production` back"),
        )
    };
    if gateway.logging == Logging::Off {
        return missing(
            "gateway.logging",
            "is off: nobody could find out afterwards what happened to a connection",
        );
    }
    if !gateway.deletion_protection {
        return missing(
            "gateway.deletionProtection",
            "is false: a wrong `destroy` would take the URL of every client",
        );
    }
    if !registry.deletion_protection {
        return missing(
            "registry.deletionProtection",
            "is false: a wrong `destroy` would take the table",
        );
    }
    if !registry.point_in_time_recovery {
        return missing(
            "registry.pointInTimeRecovery",
            "is false: the table could not be brought back",
        );
    }
    if has_pool && !identity.deletion_protection {
        return missing(
            "identity.deletionProtection",
            "is false: a wrong `destroy` would take all users",
        );
    }
    if !observability.alarms {
        return missing("observability.alarms", "is false: nobody would be told");
    }
    if observability.notify.is_empty() {
        return missing(
            "observability.notify",
            "is empty: nobody would be told of an alarm",
        );
    }
    Ok(())
}
