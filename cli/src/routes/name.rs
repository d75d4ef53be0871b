//! What a route and its function may be called.

use std::fmt;
use std::str::FromStr;

use tidegate_contract::functions::Function;
use tidegate_contract::own::RESERVED;
use tidegate_contract::routes::Route;

/// The longest name. AWS allows 64 bytes for a function's and a role's, of which Pulumi takes eight.
const MOST_BYTES: usize = 32;

/// Why a name is none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InvalidName(String);

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidName {}

/// A route key that a route of one's own may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RouteKey(String);

/// The name of a function of one's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FunctionName(String);

impl RouteKey {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// What the contract calls it: `AddToCart`.
    pub(crate) fn variant(&self) -> String {
        let words = words(&self.0).into_iter();
        words
            .map(|word| {
                let (first, rest) = word.split_at(1);
                first.to_ascii_uppercase() + rest
            })
            .collect()
    }

    /// What its function is called where nobody says so: `add-to-cart`.
    pub(crate) fn function(&self) -> FunctionName {
        FunctionName(words(&self.0).join("-"))
    }
}

impl FunctionName {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The cargo package.
    pub(crate) fn package(&self) -> String {
        format!("tidegate-{self}")
    }

    /// The name of its library in Rust.
    pub(crate) fn library(&self) -> String {
        self.package().replace('-', "_")
    }
}

impl fmt::Display for RouteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for RouteKey {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        if text.starts_with('$') {
            return invalid(text, "routes that begin with `$` are API Gateway's own");
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if !text.chars().all(plain) {
            return invalid(
                text,
                "only letters, digits, `-` and `_` of ASCII may be in it",
            );
        }
        check(text)?;
        let key = Self(text.to_owned());
        if key.variant() == "Self" {
            return invalid(text, "Rust has that word for itself");
        }
        Ok(key)
    }
}

impl FromStr for FunctionName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !text.chars().all(plain) {
            return invalid(text, "only small letters, digits and `-` may be in it");
        }
        check(text)?;
        Ok(Self(text.to_owned()))
    }
}

/// What holds for both.
fn check(text: &str) -> Result<(), InvalidName> {
    let parts: Vec<&str> = text.split(['-', '_']).collect();
    if !text.starts_with(|c: char| c.is_ascii_lowercase()) {
        return invalid(text, "it must begin with a small letter");
    }
    if parts.iter().any(|part| part.is_empty()) {
        return invalid(text, "`-` and `_` must stand between letters or digits");
    }
    let numbered = |part: &&&str| part.chars().all(|c| c.is_ascii_digit());
    if parts.last().filter(numbered).is_some() {
        return invalid(
            text,
            "a number at its end is how the resources of several endpoints are told apart",
        );
    }
    if text.len() > MOST_BYTES {
        let problem = format!("it has {} characters, of at most {MOST_BYTES}", text.len());
        return invalid(text, &problem);
    }
    let routes = Route::ALL.into_iter();
    let mut routes = routes.filter(|route| !matches!(route, Route::Own(_)));
    let functions = Function::ALL.into_iter();
    let mut functions = functions.filter(|it| !matches!(it, Function::Own(_)));
    if RESERVED.contains(&text) || routes.any(|route| route.name() == text) {
        return invalid(text, "the protocol has frames of that name");
    }
    if functions.any(|function| function.name() == text) {
        return invalid(text, "every stack has a function of that name");
    }
    if matches!(text, "pulumi" | "tidegate") {
        return invalid(text, "what it is made with is called so");
    }
    Ok(())
}

fn invalid<T>(text: &str, problem: &str) -> Result<T, InvalidName> {
    Err(InvalidName(format!("`{text}` cannot be used: {problem}")))
}

/// The words of a name, in small letters.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for c in text.chars() {
        let begins = matches!(c, '-' | '_') || c.is_ascii_uppercase();
        if begins && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut()
            && c.is_ascii_alphanumeric()
        {
            word.push(c.to_ascii_lowercase());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_gives_the_names_of_what_is_made_for_it() {
        for (key, variant, function) in [
            ("shout", "Shout", "shout"),
            ("addToCart", "AddToCart", "add-to-cart"),
            ("add_to-cart2", "AddToCart2", "add-to-cart2"),
            ("x", "X", "x"),
        ] {
            let key: RouteKey = key.parse().unwrap();
            assert_eq!(key.variant(), variant);
            assert_eq!(key.function().as_str(), function);
            assert!(function.parse::<FunctionName>().is_ok());
        }
    }

    #[test]
    fn a_name_that_cannot_be_one_is_refused_with_the_reason() {
        for (key, reason) in [
            ("", "begin with a small letter"),
            ("Shout", "begin with a small letter"),
            ("1up", "begin with a small letter"),
            ("$default", "API Gateway's own"),
            ("a b", "only letters"),
            ("schreiß", "only letters"),
            ("../../etc", "only letters"),
            ("a--b", "stand between"),
            ("a-", "stand between"),
            ("a-2", "several endpoints"),
            ("ping", "frames of that name"),
            ("subscribe", "frames of that name"),
            ("goodbye", "frames of that name"),
            ("default", "frames of that name"),
            ("message", "a function of that name"),
            ("pulumi", "made with"),
            ("self", "Rust has"),
            ("abcdefghijklmnopqrstuvwxyzabcdefg", "33 characters"),
        ] {
            let error = key.parse::<RouteKey>().unwrap_err().to_string();
            assert!(error.contains(reason), "{key}: {error}");
        }
        for (function, reason) in [
            ("addToCart", "only small letters"),
            ("authorizer", "a function of that name"),
            ("a-2", "several endpoints"),
        ] {
            let error = function.parse::<FunctionName>().unwrap_err().to_string();
            assert!(error.contains(reason), "{function}: {error}");
        }
    }
}
