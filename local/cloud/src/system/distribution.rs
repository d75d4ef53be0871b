//! A CloudFront distribution before a WebSocket API, and the web ACL before that.

use std::fmt;

/// A distribution.
#[derive(Debug, Clone)]
pub struct Distribution {
    /// Its id.
    pub id: String,
    /// Its domain name, which is where it is served: `127.0.0.1:4003`.
    pub domain_name: String,
    /// The id of the WebSocket API behind it.
    pub api_id: String,
    /// The host of that API, which the origin gets as `Host`.
    pub origin_host: String,
    /// What comes before every path: `/dev`.
    pub origin_path: String,
    /// What is added to every request.
    pub origin_headers: OriginHeaders,
    /// The methods that get through.
    pub allowed_methods: Vec<String>,
    /// What looks at every request first.
    pub web_acl: Option<WebAcl>,
}

/// Headers that a distribution adds for its origin. Their values are secrets by which the origin knows it: `Debug` shows
/// names only.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct OriginHeaders(pub Vec<(String, String)>);

impl fmt::Debug for OriginHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

/// A web ACL: the rules that can be looked at on one machine, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebAcl {
    /// Its name.
    pub name: String,
    /// What happens to what no rule ends.
    pub blocks_by_default: bool,
    /// The rules, by priority.
    pub rules: Vec<WebAclRule>,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebAclRule {
    /// Its name.
    pub name: String,
    /// What it looks for.
    pub statement: Statement,
    /// What happens to what it finds.
    pub action: RuleAction,
}

/// What a rule looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// An address that sent more requests than `limit` in the last `window_s` seconds.
    Rate {
        /// Requests of one address.
        limit: u64,
        /// Seconds: 60, 120, 300 or 600.
        window_s: u64,
    },
    /// A part of the request by its size.
    Size {
        /// The part.
        field: Field,
        /// How it compares.
        comparison: Comparison,
        /// To so many bytes.
        bytes: u64,
    },
}

/// A part of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// What follows the `?`.
    QueryString,
    /// The path.
    UriPath,
    /// A header; one that is not there does not match.
    Header(String),
}

/// How a size compares with that of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Less or equal.
    Le,
    /// Less.
    Lt,
    /// Greater or equal.
    Ge,
    /// Greater.
    Gt,
}

impl Comparison {
    /// Whether `size` compares so with `with`.
    #[must_use]
    pub const fn holds(self, size: u64, with: u64) -> bool {
        match self {
            Self::Eq => size == with,
            Self::Ne => size != with,
            Self::Le => size <= with,
            Self::Lt => size < with,
            Self::Ge => size >= with,
            Self::Gt => size > with,
        }
    }
}

/// What happens to what a rule finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleAction {
    /// It gets through, whatever comes after.
    Allow,
    /// It is answered with 403.
    Block,
    /// It is counted, and the next rule looks.
    Count,
}
