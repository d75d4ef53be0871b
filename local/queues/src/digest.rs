//! The MD5 digests by which SDKs check that what they sent and received is what was meant.

use std::collections::BTreeMap;

use md5::{Digest, Md5};

use crate::attributes::{Content, MessageAttribute};

/// The digest of a message's body.
pub(crate) fn of_body(body: &str) -> String {
    hex(&Md5::digest(body.as_bytes()))
}

/// The digest of a message's attributes, as "Calculating the MD5 message digest for message attributes" describes it;
/// none where there are no attributes.
pub(crate) fn of_attributes(attributes: &BTreeMap<String, MessageAttribute>) -> Option<String> {
    let mut digest = Md5::new();
    for (name, attribute) in attributes {
        add(&mut digest, name.as_bytes());
        add(&mut digest, attribute.data_type.as_bytes());
        match attribute.content() {
            Content::Text(text) => {
                digest.update([1]);
                add(&mut digest, text.as_bytes());
            }
            Content::Binary(bytes) => {
                digest.update([2]);
                add(&mut digest, &bytes);
            }
        }
    }
    (!attributes.is_empty()).then(|| hex(&digest.finalize()))
}

fn add(digest: &mut Md5, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    digest.update(length.to_be_bytes());
    digest.update(bytes);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_has_the_digest_that_everybody_computes() {
        assert_eq!(of_body("hello"), "5d41402abc4b2a76b9719d911017c592");
    }

    #[test]
    fn attributes_have_the_digest_that_sdks_compute() {
        let attribute = |data_type: &str, text: &str| MessageAttribute {
            data_type: data_type.to_owned(),
            string_value: Some(text.to_owned()),
            binary_value: None,
        };
        let attributes =
            BTreeMap::from([("timestamp".to_owned(), attribute("Number", "1493147359900"))]);
        // From the tests of the AWS SDK for Python's own check of SQS digests.
        assert_eq!(
            of_attributes(&attributes).as_deref(),
            Some("235c5c510d26fb653d073faed50ae77c")
        );
        assert_eq!(of_attributes(&BTreeMap::new()), None);
    }
}
