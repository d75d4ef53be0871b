//! `Check`: are these inputs any good? Gives them back with names and defaults.

use pulumi_aws_rules::Nobody;
use pulumi_gestalt_proto::pulumi::pulumirpc::{CheckFailure, CheckRequest, CheckResponse};
use tidegate_local_schema::{Misfit, Problem, ProblemKind, defaults};
use tonic::Status;

use super::{Subject, subject};
use crate::naming::Seed;
use crate::rules;
use crate::wire;

pub(crate) fn run(request: &CheckRequest, region: &str) -> Result<CheckResponse, Status> {
    let CheckRequest {
        urn,
        olds,
        news,
        random_seed,
        // The URN has both.
        name: _,
        r#type: _,
        autonaming,
    } = request;
    let subject = Subject::of_urn(urn);
    let kind = subject.kind()?;
    let mut failures = Vec::new();

    let wired = news.clone().unwrap_or_default();
    let values = pulumi::wire::from_struct(&wired)
        .map_err(|error| Status::invalid_argument(error.to_string()))?;
    match subject::schema()?.check(subject.type_token, &values) {
        Ok(_) => {}
        Err(Misfit::Properties(problems)) => failures.extend(problems.iter().map(failure)),
        Err(other) => return Err(subject.misfit(other)),
    }

    let mut inputs = wire::properties(news.as_ref());
    if let Some(name) = kind.name {
        let seed = Seed {
            logical: subject.name,
            random: random_seed,
            options: autonaming.as_ref(),
        };
        let old = wire::properties(olds.as_ref());
        if let Err(reason) = name.apply(&mut inputs, &old, &seed) {
            failures.push(CheckFailure {
                property: name.property.to_owned(),
                reason,
            });
        }
    }
    defaults::apply(subject.type_token, &mut inputs);
    if failures.is_empty() {
        let region = kind.region(&inputs, region);
        let found = rules::violations(&subject, &inputs, &region, &Nobody)?;
        failures.extend(found.iter().map(|violation| CheckFailure {
            property: violation.property.clone(),
            reason: violation.reason(),
        }));
    }
    Ok(CheckResponse {
        inputs: Some(wire::to_struct(&inputs)),
        failures,
    })
}

/// What the engine tells the user. Values are never quoted: any may be a secret.
fn failure(problem: &Problem) -> CheckFailure {
    let reason = match &problem.kind {
        ProblemKind::Value { valid, .. } => format!("must be one of {}", valid.join(", ")),
        ProblemKind::Type { expected, .. } => format!("must be {expected}"),
        _ => {
            let text = problem.to_string();
            let after = text.split_once("`: ").map(|(_, reason)| reason.to_owned());
            after.unwrap_or(text)
        }
    };
    CheckFailure {
        property: problem.path.clone(),
        reason,
    }
}
