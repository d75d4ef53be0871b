//! What is wrong with a resource.

use std::fmt;

/// Something in a resource's inputs that AWS does not take.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("`{name}` ({type_token}): `{property}` {problem} ({origin})")]
pub struct Violation {
    /// The token of the resource's type.
    pub type_token: String,
    /// The resource's name.
    pub name: String,
    /// Where: `tags["team"]`, `origins[0].domainName`.
    pub property: String,
    /// What is wrong.
    pub problem: Problem,
    /// Who says so.
    pub origin: Origin,
}

impl Violation {
    /// What is wrong and who says so, without the place.
    #[must_use]
    pub fn reason(&self) -> String {
        format!("{} ({})", self.problem, self.origin)
    }
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Problem {
    /// It is too small, short or empty.
    AtLeast {
        /// The least that it may be.
        least: f64,
        /// Of what: `characters`, `items`, or empty for the number itself.
        unit: &'static str,
    },
    /// It is too large or long.
    AtMost {
        /// The most that it may be.
        most: f64,
        /// Of what: `characters`, `items`, or empty for the number itself.
        unit: &'static str,
    },
    /// It is none of these.
    OneOf(Vec<String>),
    /// It does not match this regular expression.
    Pattern(String),
    /// It is not given, and must be.
    Required(String),
    /// It is given, and must not be.
    Excluded(String),
    /// Something else: a clause that begins with a verb.
    Other(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast { least, unit: "" } => write!(f, "must be at least {least}"),
            Self::AtLeast { least, unit } => write!(f, "must have at least {least} {unit}"),
            Self::AtMost { most, unit: "" } => write!(f, "must be at most {most}"),
            Self::AtMost { most, unit } => write!(f, "must have at most {most} {unit}"),
            Self::OneOf(values) => write!(f, "must be one of {}", values.join(", ")),
            Self::Pattern(pattern) => write!(f, "must match {pattern}"),
            Self::Required(when) => write!(f, "must be given {when}"),
            Self::Excluded(when) => write!(f, "must not be given {when}"),
            Self::Other(problem) => f.write_str(problem),
        }
    }
}

/// Where a rule is from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// The service's published model: service, shape and member.
    Model(String),
    /// A page of AWS's documentation.
    Documented(&'static str),
    /// No page says so, and people have met it.
    Observed(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Model(place) => write!(f, "AWS's model: {place}"),
            Self::Documented(page) => write!(f, "AWS: {page}"),
            Self::Observed(what) => write!(f, "observed: {what}"),
        }
    }
}
