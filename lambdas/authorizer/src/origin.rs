//! Whether a handshake came through CloudFront, which adds a secret to what it sends on.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use tidegate_contract::origin::{InvalidOriginDigests, ORIGIN_HEADER, OriginDigest};
use tidegate_lambda::Headers;

/// The digests of the secrets that are accepted; none where there is no CloudFront.
#[derive(Debug)]
pub struct Origin {
    digests: Vec<OriginDigest>,
}

impl Origin {
    /// What the environment says of it.
    ///
    /// # Errors
    /// When it is not what the program writes. A digest that could never match would shut out everybody, and one that
    /// was skipped would let in everybody.
    pub fn read(text: &str) -> Result<Self, InvalidOriginDigests> {
        let digests = OriginDigest::read_all(text)?;
        Ok(Self { digests })
    }

    /// Whether the secret is in the header, and nothing else is: CloudFront replaces whatever the client sent under that
    /// name, so a second line says that it was somebody else.
    pub(crate) fn accepts(&self, headers: &Headers) -> bool {
        if self.digests.is_empty() {
            return true;
        }
        let mut lines = headers.lines(ORIGIN_HEADER);
        let (Some(secret), None) = (lines.next(), lines.next()) else {
            return false;
        };
        let digest = OriginDigest::of(secret);
        // All are compared, and each to its end: how long it takes tells nothing.
        self.digests.iter().fold(false, |found, known| {
            found | verify_slices_are_equal(digest.bytes(), known.bytes()).is_ok()
        })
    }
}
