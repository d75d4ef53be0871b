//! The processors that Lambda runs on.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An architecture, by the name that Lambda gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Architecture {
    /// Graviton: a fifth cheaper than `x86_64` for the same time.
    #[serde(rename = "arm64")]
    Arm64,
    /// Intel and AMD.
    #[serde(rename = "x86_64")]
    X86_64,
}

/// It is the name of no architecture.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no architecture of Lambda: it is arm64 or x86_64")]
pub struct UnknownArchitecture(String);

impl Architecture {
    /// Every architecture.
    pub const ALL: [Self; 2] = [Self::Arm64, Self::X86_64];

    /// The name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86_64 => "x86_64",
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Architecture {
    type Err = UnknownArchitecture;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|it| it.name() == name);
        found.ok_or_else(|| UnknownArchitecture(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_in_text_and_in_json() {
        for architecture in Architecture::ALL {
            assert_eq!(architecture.to_string().parse(), Ok(architecture));
            let json = serde_json::to_string(&architecture).unwrap();
            assert_eq!(json, format!("\"{architecture}\""));
        }
    }

    #[test]
    fn another_name_is_refused_with_those_that_there_are() {
        let error = "aarch64".parse::<Architecture>().unwrap_err().to_string();
        assert!(error.contains("arm64 or x86_64"), "{error}");
    }
}
