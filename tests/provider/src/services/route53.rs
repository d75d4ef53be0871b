//! Route 53: records. The zones are somebody else's.

use serde_json::json;

use super::kind::{Kind, Made, Making, Proposal, Refusal};
use crate::cloud::Record;

pub(super) const RECORD: &str = "aws:route53/record:Record";

pub(super) const KINDS: &[Kind] = &[Kind {
    token: RECORD,
    noun: "Route53 Record",
    allow: allow_record,
    make: make_record,
    ..Kind::PLAIN
}];

fn bare(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

fn allow_record(proposal: &Proposal<'_>) -> Result<(), Refusal> {
    let (zone, name) = (proposal.text("zoneId"), bare(proposal.text("name")));
    let (kind, set) = (proposal.text("type"), proposal.text("setIdentifier"));
    let same_name =
        |other: &&Record| other.text("zoneId") == zone && bare(other.text("name")) == name;
    let overwrites = proposal.inputs.get("allowOverwrite") == Some(&json!(true));
    let twice = proposal
        .others(RECORD)
        .filter(same_name)
        .any(|other| other.text("type") == kind && other.text("setIdentifier") == set);
    if twice && !overwrites {
        let message = format!(
            "[Tried to create resource record set [name='{name}.', type='{kind}'] but it already exists]"
        );
        return Err(Refusal::new("InvalidChangeBatch", message));
    }
    let conflict = proposal
        .others(RECORD)
        .filter(same_name)
        .any(|other| (other.text("type") == "CNAME") != (kind == "CNAME"));
    if conflict {
        let message = format!(
            "[RRSet of type {kind} with DNS name {name}. is not permitted as it conflicts with other records with the \
             same DNS name in zone {zone}.]"
        );
        return Err(Refusal::new("InvalidChangeBatch", message));
    }
    Ok(())
}

fn make_record(making: &Making<'_>) -> Made {
    let (zone, name) = (making.text("zoneId"), making.text("name"));
    let mut id = format!("{zone}_{name}_{}", making.text("type"));
    let set = making.text("setIdentifier");
    if !set.is_empty() {
        id.push_str(&format!("_{set}"));
    }
    Made::new(id, [("fqdn", json!(name.trim_end_matches('.')))])
}
