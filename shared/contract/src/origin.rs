//! How the authorizer knows that a handshake came through CloudFront.
//!
//! CloudFront adds a header with a secret to each request to its origin, and the authorizer knows the secret's SHA-256.
//! Two are accepted at a time, so that a new one can be rolled out: the authorizer takes both while CloudFront's
//! locations change over from the one to the other.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// The header in which CloudFront sends the secret.
pub const ORIGIN_HEADER: &str = "X-Origin-Verify";
/// The key of the configuration, without the project's namespace, in which the secrets are kept.
pub const ORIGIN_SECRETS_KEY: &str = "originSecrets";
/// So short a secret would be guessed.
const MIN_LENGTH: usize = 32;
/// What CloudFront takes as the value of a header that it adds.
const MAX_LENGTH: usize = 1783;
/// How many are accepted at a time.
const MOST: usize = 2;

/// The secrets of a stack: `{"newest": …, "previous": …}` in its configuration, encrypted.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawSecrets")]
pub struct OriginSecrets {
    newest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawSecrets {
    newest: String,
    previous: Option<String>,
}

/// A secret that cannot be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "`{0}` of the origin secrets must be {MIN_LENGTH} to {MAX_LENGTH} visible ASCII characters without a comma, for it is \
     the value of a header: make one with `tidegate rotate-origin-secret`"
)]
pub struct InvalidOriginSecret(&'static str);

impl TryFrom<RawSecrets> for OriginSecrets {
    type Error = InvalidOriginSecret;

    fn try_from(raw: RawSecrets) -> Result<Self, InvalidOriginSecret> {
        let secrets = Self::new(raw.newest)?;
        match raw.previous {
            Some(previous) if !is_secret(&previous) => Err(InvalidOriginSecret("previous")),
            previous => Ok(Self {
                previous,
                ..secrets
            }),
        }
    }
}

fn is_secret(text: &str) -> bool {
    let visible = |byte: u8| byte.is_ascii_graphic() && byte != b',';
    (MIN_LENGTH..=MAX_LENGTH).contains(&text.len()) && text.bytes().all(visible)
}

impl OriginSecrets {
    /// The first secret of a stack.
    ///
    /// # Errors
    /// When it cannot be the value of a header, or is too short.
    pub fn new(newest: String) -> Result<Self, InvalidOriginSecret> {
        if !is_secret(&newest) {
            return Err(InvalidOriginSecret("newest"));
        }
        Ok(Self {
            newest,
            previous: None,
        })
    }

    /// The same with a newer secret. What was the newest is accepted still, and what came before that no more.
    ///
    /// # Errors
    /// When the secret cannot be the value of a header, or is too short.
    pub fn rotated(self, newest: String) -> Result<Self, InvalidOriginSecret> {
        Ok(Self {
            previous: Some(self.newest),
            ..Self::new(newest)?
        })
    }

    /// The same without the secret that came before.
    #[must_use]
    pub fn finished(self) -> Self {
        Self {
            previous: None,
            ..self
        }
    }

    /// What CloudFront sends.
    #[must_use]
    pub fn newest(&self) -> &str {
        &self.newest
    }

    /// Whether two are accepted now.
    #[must_use]
    pub const fn is_rotating(&self) -> bool {
        self.previous.is_some()
    }

    /// What the authorizer is given: the SHA-256 of each in lowercase hexadecimal digits, the newest first, with a comma
    /// between. So whoever may read a function's configuration does not learn the secret.
    #[must_use]
    pub fn digests(&self) -> String {
        let secrets = std::iter::once(&self.newest).chain(&self.previous);
        let digests: Vec<String> = secrets
            .map(|secret| OriginDigest::of(secret).to_string())
            .collect();
        digests.join(",")
    }
}

impl fmt::Debug for OriginSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OriginSecrets")
            .field("is_rotating", &self.is_rotating())
            .finish_non_exhaustive()
    }
}

/// The SHA-256 of a secret.
#[derive(Debug, Clone, Copy)]
pub struct OriginDigest([u8; 32]);

/// The variable of the authorizer is not what [`OriginSecrets::digests`] writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the digests of the origin secrets must be nothing, or one or two SHA-256 digests of 64 lowercase hexadecimal digits \
     with a comma between: the Pulumi program sets them, so deploy function and program from the same commit"
)]
pub struct InvalidOriginDigests;

impl OriginDigest {
    /// The digest of `secret`.
    #[must_use]
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    /// Reads what [`OriginSecrets::digests`] wrote; nothing for the empty text.
    ///
    /// # Errors
    /// When it is anything else. The text is not repeated in the error.
    pub fn read_all(text: &str) -> Result<Vec<Self>, InvalidOriginDigests> {
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let digests: Vec<Self> = text
            .split(',')
            .map(|digits| Self::read(digits).ok_or(InvalidOriginDigests))
            .collect::<Result<_, _>>()?;
        if digests.len() > MOST {
            return Err(InvalidOriginDigests);
        }
        Ok(digests)
    }

    fn read(digits: &str) -> Option<Self> {
        let value = |digit: u8| match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        };
        let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
        let mut digest = [0; 32];
        if pairs.len() != digest.len() || !rest.is_empty() {
            return None;
        }
        for (byte, [high, low]) in digest.iter_mut().zip(pairs) {
            *byte = value(*high)? << 4 | value(*low)?;
        }
        Some(Self(digest))
    }

    /// Its bytes, to be compared in constant time.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for OriginDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "0123456789abcdef0123456789abcdef";
    const NEW: &str = "fedcba9876543210fedcba9876543210";

    fn secrets() -> OriginSecrets {
        OriginSecrets::new(OLD.to_owned()).unwrap()
    }

    #[test]
    fn what_the_program_writes_is_what_the_authorizer_reads() {
        // The digest of the empty text, as everybody else computes it.
        let empty = OriginDigest::of("").to_string();
        assert!(empty.starts_with("e3b0c44298fc1c14") && empty.ends_with("7852b855"));

        let rotated = secrets().rotated(NEW.to_owned()).unwrap();
        let read = OriginDigest::read_all(&rotated.digests()).unwrap();
        let read: Vec<_> = read.iter().map(OriginDigest::bytes).collect();
        assert_eq!(
            read,
            [OriginDigest::of(NEW).bytes(), OriginDigest::of(OLD).bytes()]
        );
        assert_eq!(
            rotated.finished().digests(),
            OriginDigest::of(NEW).to_string()
        );
        assert!(OriginDigest::read_all("").unwrap().is_empty());
    }

    #[test]
    fn a_rotation_keeps_one_secret_and_no_more() {
        let twice = secrets()
            .rotated(NEW.to_owned())
            .and_then(|secrets| secrets.rotated("x".repeat(32)));
        assert_eq!(twice.unwrap().previous.as_deref(), Some(NEW));
    }

    #[test]
    fn they_are_kept_as_an_object_and_read_back() {
        let rotated = secrets().rotated(NEW.to_owned()).unwrap();
        let text = serde_json::to_string(&rotated).unwrap();
        assert_eq!(text, format!(r#"{{"newest":"{NEW}","previous":"{OLD}"}}"#));
        let read: OriginSecrets = serde_json::from_str(&text).unwrap();
        assert_eq!(read, rotated);
        let first = serde_json::to_string(&secrets()).unwrap();
        assert_eq!(first, format!(r#"{{"newest":"{OLD}"}}"#));
    }

    #[test]
    fn what_no_header_may_hold_and_what_is_short_is_refused_without_repeating_it() {
        for wrong in [
            "",
            "hunter2",
            &OLD[1..],
            &format!("{OLD},{NEW}"),
            &format!("{OLD} x"),
            &format!("{OLD}\r\nX: y"),
            &format!("{OLD}\u{e9}"),
            &"x".repeat(1784),
        ] {
            for (key, text) in [
                ("newest", serde_json::json!({ "newest": wrong })),
                (
                    "previous",
                    serde_json::json!({ "newest": NEW, "previous": wrong }),
                ),
            ] {
                let refused = serde_json::from_value::<OriginSecrets>(text).unwrap_err();
                let told = refused.to_string();
                assert!(told.contains(&format!("`{key}`")), "{told}");
                assert!(wrong.is_empty() || !told.contains(wrong), "{told}");
            }
        }
        let unknown = serde_json::json!({ "newest": NEW, "oldest": OLD });
        assert!(serde_json::from_value::<OriginSecrets>(unknown).is_err());
    }

    #[test]
    fn digests_that_are_none_are_refused() {
        let good = OriginDigest::of(OLD).to_string();
        for wrong in [
            good[1..].to_owned(),
            format!("{good}0"),
            format!("{good}00"),
            good.to_uppercase(),
            format!("{good},"),
            format!(",{good}"),
            format!("{good}, {good}"),
            format!("{good},{good},{good}"),
            format!("{}g", &good[1..]),
            " ".to_owned(),
        ] {
            assert_eq!(
                OriginDigest::read_all(&wrong).unwrap_err(),
                InvalidOriginDigests,
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_secret_does_not_show_in_debug_output() {
        let shown = format!("{:?}", secrets().rotated(NEW.to_owned()));
        assert!(!shown.contains(OLD) && !shown.contains(NEW), "{shown}");
    }
}
