//! What a password must be like. It is checked and forgotten: nobody signs in with one here.

use tidegate_local_cloud::system::PasswordPolicy;

use super::AdminError;

/// The longest that Cognito takes.
const LONGEST: usize = 256;

pub(super) fn check(policy: &PasswordPolicy, password: &str) -> Result<(), AdminError> {
    let has = |wanted: fn(char) -> bool| password.chars().any(wanted);
    let problem = if password.chars().count() < policy.minimum_length {
        "Password not long enough"
    } else if password.chars().count() > LONGEST {
        "Password is too long"
    } else if policy.lowercase && !has(|char| char.is_ascii_lowercase()) {
        "Password must have lowercase characters"
    } else if policy.uppercase && !has(|char| char.is_ascii_uppercase()) {
        "Password must have uppercase characters"
    } else if policy.numbers && !has(|char| char.is_ascii_digit()) {
        "Password must have numeric characters"
    } else if policy.symbols && !has(|char| char.is_ascii_punctuation()) {
        "Password must have symbol characters"
    } else {
        return Ok(());
    };
    Err(AdminError::new(
        "InvalidPasswordException",
        format!("Password did not conform with policy: {problem}"),
    ))
}
