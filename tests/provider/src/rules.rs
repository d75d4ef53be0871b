//! The rules that a program's preview is held to as well: see `pulumi-aws-rules`. In the cloud, a resource is judged by
//! those that are there.

use std::sync::LazyLock;

use pulumi_aws_rules::{Inputs, Known, Others, Resource, Rules, RulesError, Violation};
use serde_json::Value;
use tonic::Status;

use crate::cloud::Record;
use crate::operations::Subject;
use crate::services::Proposal;
use crate::wire::Properties;

static RULES: LazyLock<Result<Rules, RulesError>> = LazyLock::new(Rules::load);

/// Everything in these inputs that AWS would not take.
pub(crate) fn violations(
    subject: &Subject<'_>,
    inputs: &Properties,
    region: &str,
    others: &dyn Others,
) -> Result<Vec<Violation>, Status> {
    let rules = RULES.as_ref();
    let rules = rules.map_err(|error| Status::internal(error.to_string()))?;
    Ok(rules.check(&Resource {
        type_token: subject.type_token,
        name: subject.name,
        inputs,
        region: Some(region),
        others,
    }))
}

/// What a proposal sees of the others: what there is.
#[derive(Debug)]
pub(crate) struct InCloud<'a>(pub(crate) &'a Proposal<'a>);

impl Others for InCloud<'_> {
    fn named_by(&self, property: &str, type_token: &str) -> Option<Known> {
        let Self(proposal) = self;
        let mut names = Vec::new();
        texts(proposal.inputs.get(property)?, &mut names);
        let is_named = |record: &&Record| {
            let known_as = ["arn", "name", "url"].map(|property| record.text(property));
            let mut known_as = known_as.into_iter().chain([record.id.as_str()]);
            known_as.any(|name| !name.is_empty() && names.contains(&name))
        };
        let mut found = proposal.cloud.all(type_token).filter(is_named);
        let first = found.next()?;
        // Of two that are named at once, nobody knows which is meant.
        found.next().is_none().then(|| Known {
            inputs: first.inputs.clone(),
            region: Some(first.text("region").to_owned()).filter(|region| !region.is_empty()),
        })
    }

    fn beside(&self, property: &str, type_token: &str) -> Vec<Inputs> {
        let Self(proposal) = self;
        let named = proposal.text(property);
        let others = proposal.others(type_token);
        others
            .filter(|other| !named.is_empty() && other.text(property) == named)
            .map(|other| other.inputs.clone())
            .collect()
    }
}

/// Every text in a value.
fn texts<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| texts(field, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unknown_is_so_for_the_sdk_and_for_the_rules() {
        assert_eq!(pulumi_aws_rules::UNKNOWN, pulumi::wire::UNKNOWN);
    }

    #[test]
    fn every_type_that_is_known_has_been_looked_at() {
        // Types of which no operation's model says anything, or for which nobody has looked for one.
        let without = [
            "aws:apigateway/account:Account",
            "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
            "aws:sns/topicPolicy:TopicPolicy",
            "aws:sqs/queuePolicy:QueuePolicy",
            "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
        ];
        let rules = Rules::load().unwrap();
        let constrained: Vec<&str> = rules.constrained_types().collect();
        for token in crate::known_types() {
            let said = constrained.contains(&token) != without.contains(&token);
            assert!(said, "{token}: is it in constraints/exceptions.json?");
        }
    }
}
