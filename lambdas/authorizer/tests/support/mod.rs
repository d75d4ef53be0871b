//! What the tests share: authorizers that trust an issuer.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![expect(
    clippy::unwrap_used,
    reason = "only tests call this, and a failure here is theirs"
)]

use tidegate_access::AccessControl;
use tidegate_authorizer::{Authorizer, Origin};
use tidegate_core::memory::MemoryStore;
use tidegate_test_issuer::Issuer;
use tidegate_tokens::Verifier;

pub(crate) const NAMESPACES: &str = r#"{
    "room": {"subscribe": "signedIn", "publish": "signedIn"},
    "team": {"subscribe": "member", "publish": "member"}
}"#;
/// Namespaces of a stack in which rooms are only for members.
pub(crate) const CLOSED: &str = r#"{"room": {"subscribe": "member", "publish": "member"}}"#;

/// An issuer whose tokens are those of a member of the red team.
pub(crate) fn issuer() -> Issuer {
    Issuer::of_groups(&["team:red"])
}

/// An authorizer that trusts whom `verifier` trusts.
pub(crate) fn authorizer(verifier: Verifier, namespaces: &str) -> Authorizer {
    behind(verifier, namespaces, "")
}

/// The same behind CloudFront, which proves itself with a secret of one of these digests.
pub(crate) fn behind(verifier: Verifier, namespaces: &str, digests: &str) -> Authorizer {
    Authorizer::new(
        Origin::read(digests).unwrap(),
        AccessControl::new(verifier, serde_json::from_str(namespaces).unwrap()),
        Box::new(MemoryStore::default()),
    )
}
