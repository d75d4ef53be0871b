//! Ids as AWS forms them. They are the same in every run of the same test, and others for a replacement.

use sha2::{Digest, Sha256};

const BASE36: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// Makes the ids of one resource.
#[derive(Clone, Debug)]
pub(crate) struct Ids {
    urn: String,
    /// How many resources of this URN there have been.
    generation: u64,
}

impl Ids {
    pub(crate) fn new(urn: &str, generation: u64) -> Self {
        Self {
            urn: urn.to_owned(),
            generation,
        }
    }

    /// Lower-case letters and digits.
    pub(crate) fn base36(&self, purpose: &str, length: usize) -> String {
        self.digits(purpose, length, BASE36)
    }

    /// Capital letters and digits.
    pub(crate) fn capitals(&self, purpose: &str, length: usize) -> String {
        self.base36(purpose, length).to_ascii_uppercase()
    }

    /// Hex digits.
    pub(crate) fn hex(&self, purpose: &str, length: usize) -> String {
        self.digits(purpose, length, &BASE36[..16])
    }

    /// A UUID.
    pub(crate) fn uuid(&self, purpose: &str) -> String {
        let hex = self.hex(purpose, 32);
        let parts = [
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..],
        ];
        parts.join("-")
    }

    fn digits(&self, purpose: &str, length: usize, alphabet: &[u8]) -> String {
        let mut text = String::new();
        for round in 0_u64.. {
            let mut digest = Sha256::new();
            digest.update(&self.urn);
            digest.update(self.generation.to_be_bytes());
            digest.update(purpose);
            digest.update(round.to_be_bytes());
            for byte in digest.finalize() {
                if text.len() == length {
                    return text;
                }
                text.push(char::from(alphabet[usize::from(byte) % alphabet.len()]));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_by_resource_generation_and_purpose() {
        let id = Ids::new("urn:a", 1).base36("api", 40);
        assert_eq!(id.len(), 40);
        assert_eq!(id, Ids::new("urn:a", 1).base36("api", 40));
        assert_ne!(id, Ids::new("urn:b", 1).base36("api", 40));
        assert_ne!(id, Ids::new("urn:a", 2).base36("api", 40));
        assert_ne!(id, Ids::new("urn:a", 1).base36("route", 40));
    }

    #[test]
    fn a_uuid_has_its_dashes() {
        let uuid = Ids::new("urn:a", 1).uuid("mapping");
        let lengths: Vec<_> = uuid.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
    }
}
