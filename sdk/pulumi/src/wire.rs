//! How property values travel: protobuf structs in which special objects stand for what protobuf has no word for.
//!
//! An object with the key [`SIGNATURE`] is not an object but a secret, an asset, an archive, a resource or an
//! output, by the value of that key. An unknown value is the string [`UNKNOWN`]. Both directions refuse what they
//! cannot represent instead of changing it.

mod decode;
mod encode;

pub use decode::{from_struct, from_value};
pub use encode::{to_struct, to_value};

/// The key that makes an object a special one.
pub const SIGNATURE: &str = "4dabf18193072939515e22adb298388d";
/// The signature of a secret.
pub const SECRET: &str = "1b47061264138c4ac30d75fd1eb44270";
/// The signature of an asset.
pub const ASSET: &str = "c44067f5952c0a294b673a41bacd8c17";
/// The signature of an archive.
pub const ARCHIVE: &str = "0def7320c3a5731c473e5ecbe6d01bc7";
/// The signature of a resource reference.
pub const RESOURCE: &str = "5cf8f73096256a8f31e491e813e4eb8e";
/// The signature of an output.
pub const OUTPUT: &str = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
/// The string that stands for an unknown value.
pub const UNKNOWN: &str = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/// How deep a value may be nested. Protobuf's own decoder stops at about half of it.
pub const MAX_DEPTH: usize = 64;

/// A value that has no form on the wire, or a message that is not a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// The value is nested too deeply.
    #[error("nested more than {MAX_DEPTH} deep")]
    TooDeep,
    /// A number is not a number, or infinite.
    #[error("a number is not finite")]
    NotFinite,
    /// An object has the key that marks special values.
    #[error("an object has the key `{SIGNATURE}`, which is reserved")]
    ReservedKey,
    /// A string is the one that stands for an unknown value.
    #[error("a string is `{UNKNOWN}`, which is reserved for unknown values")]
    ReservedString,
    /// A special object has a signature that this SDK does not know.
    #[error("a special value has the unknown signature `{0}`")]
    UnknownSignature(String),
    /// A special object lacks a part or has one of the wrong type.
    #[error("{what} has no valid `{part}`")]
    Malformed {
        /// Which special value it is.
        what: &'static str,
        /// The part that is missing or wrong.
        part: &'static str,
    },
}
