//! The text of a one-time ticket.
//!
//! A ticket stands in a URL, which browsers, proxies and logs keep. So it opens one connection, once, within half a minute.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// For how long a ticket opens a connection, in seconds.
pub const TICKET_S: u64 = 30;
/// How many random bytes a ticket is made of: 192 bits, that nobody guesses.
pub const TICKET_BYTES: usize = 24;
/// How long its text is: four letters for three bytes.
const TEXT_BYTES: usize = TICKET_BYTES / 3 * 4;

/// The text of a ticket. Its `Debug` does not show it.
pub struct TicketText(String);

impl TicketText {
    /// The ticket that is made of these random bytes.
    #[must_use]
    pub fn new(random: [u8; TICKET_BYTES]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(random))
    }

    /// As the client brings it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Under what it is kept.
    #[must_use]
    pub fn digest(&self) -> String {
        hex(&self.0)
    }

    /// Under what the ticket `text` is kept; none where the text is none of a ticket.
    #[must_use]
    pub fn digest_of(text: &str) -> Option<String> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        let valid = text.len() == TEXT_BYTES && text.bytes().all(plain);
        valid.then(|| hex(text))
    }
}

impl fmt::Debug for TicketText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TicketText").finish_non_exhaustive()
    }
}

fn hex(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_can_stand_in_a_url_and_is_found_by_its_digest_alone() {
        let ticket = TicketText::new([0xfb; TICKET_BYTES]);
        assert_eq!(ticket.as_str(), "-_v7".repeat(8));
        assert_eq!(
            TicketText::digest_of(ticket.as_str()),
            Some(ticket.digest())
        );
        assert_eq!(ticket.digest().len(), 64);
        assert!(!format!("{ticket:?}").contains("v7"));
    }

    #[test]
    fn what_cannot_be_a_ticket_has_no_digest() {
        for text in [
            "",
            "short",
            &"x".repeat(33),
            &format!("{}=", "x".repeat(31)),
            &"x".repeat(10_000),
        ] {
            assert_eq!(TicketText::digest_of(text), None, "{text:?}");
        }
    }
}
