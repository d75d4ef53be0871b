//! What is wrong with a property.

use std::fmt;

/// Something about one property that does not fit the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: `defaultRouteSettings.throttlingRateLimit`, `attributes[1].type`, `environment.variables["A.B"]`.
    pub path: String,
    /// What.
    pub kind: ProblemKind,
}

/// What can be wrong with a property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// There is no such property.
    Unknown {
        /// The one that was probably meant.
        suggestion: Option<String>,
    },
    /// It is computed, and cannot be given.
    Output,
    /// It must be given.
    Missing,
    /// It is something else than what it should be.
    Type {
        /// What it should be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// It is none of the values that it may have.
    Value {
        /// The value, unless it is a secret.
        found: Option<String>,
        /// The values that it may have.
        valid: Vec<String>,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: ", self.path)?;
        match &self.kind {
            ProblemKind::Unknown {
                suggestion: Some(suggestion),
            } => write!(f, "there is no such property; did you mean `{suggestion}`?"),
            ProblemKind::Unknown { suggestion: None } => f.write_str("there is no such property"),
            ProblemKind::Output => f.write_str("is an output, which cannot be given"),
            ProblemKind::Missing => f.write_str("is required, and not given"),
            ProblemKind::Type { expected, found } => {
                write!(f, "must be {expected}, and is {found}")
            }
            ProblemKind::Value { found, valid } => {
                let valid = valid.join(", ");
                match found {
                    Some(found) => write!(f, "must be one of {valid}, and is {found}"),
                    None => write!(f, "must be one of {valid}"),
                }
            }
        }
    }
}
