//! What stands under a name in front of the APIs: certificates, domains, records.

pub(crate) mod api_mapping;
pub(crate) mod certificate;
pub(crate) mod certificate_validation;
pub(crate) mod domain_name;
pub(crate) mod record;

use std::collections::{BTreeMap, BTreeSet};

/// The names of a stack. None of them leads to this machine.
#[derive(Debug)]
pub(crate) struct Names {
    /// Certificates by ARN.
    pub(crate) certificates: BTreeMap<String, Certificate>,
    /// Custom domains of APIs: name, and the mappings `(key, API, stage)`.
    pub(crate) domains: BTreeMap<String, BTreeSet<String>>,
    /// Records: name and type.
    pub(crate) records: BTreeSet<(String, String)>,
}

/// A certificate.
#[derive(Debug)]
pub(crate) struct Certificate {
    /// The names of the records that prove that its domains are ours.
    pub(crate) proofs: BTreeSet<String>,
    /// Whether it was waited for until it was issued.
    pub(crate) issued: bool,
}

impl Names {
    pub(crate) const fn new() -> Self {
        Self {
            certificates: BTreeMap::new(),
            domains: BTreeMap::new(),
            records: BTreeSet::new(),
        }
    }
}
