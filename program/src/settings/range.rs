//! Values and the ranges that they must be in.

use std::fmt::Display;

use super::SettingsError;

/// Refuses a value by its key, and says what it may be.
pub(super) fn ensure(
    right: bool,
    key: &str,
    value: impl Display,
    allowed: &'static str,
) -> Result<(), SettingsError> {
    if right {
        return Ok(());
    }
    Err(SettingsError::Range {
        key: key.to_owned(),
        value: value.to_string(),
        allowed,
    })
}

/// Refuses values that do not go together, by the key of the one that is to be changed.
pub(super) fn together(
    right: bool,
    key: &str,
    problem: impl Into<String>,
) -> Result<(), SettingsError> {
    if right {
        return Ok(());
    }
    Err(SettingsError::Together {
        key: key.to_owned(),
        problem: problem.into(),
    })
}
