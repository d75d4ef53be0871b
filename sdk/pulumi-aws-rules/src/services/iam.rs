//! IAM: roles and policies; and the policy documents that other services take.

use serde_json::Value;

use crate::judge::{Judge, more_than};
use crate::{Inputs, Origin, Problem};

const GRAMMAR: Origin = Origin::Documented("IAM, grammar of the JSON policy language");
const QUOTAS: Origin = Origin::Documented("IAM quotas");
const TRUST_QUOTA: Origin = Origin::Documented("IAM quotas, of which this one can be raised");

/// White space is not counted in any of these.
const LONGEST_TRUST_POLICY: u32 = 2_048;
const LONGEST_INLINE_POLICIES: u32 = 10_240;
const LONGEST_MANAGED_POLICY: u32 = 6_144;

/// What a policy is put on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// Who acts: a role, a managed policy.
    Identity,
    /// A role, saying who may be it.
    Trust,
    /// What is acted on: a queue, a topic.
    Resource,
}

pub(super) fn role(judge: &mut Judge<'_>) {
    document(judge, "assumeRolePolicy", Of::Trust, &GRAMMAR);
    let trust = judge.text("assumeRolePolicy").unwrap_or_default();
    if more_than(counted(trust), LONGEST_TRUST_POLICY) {
        too_long(
            judge,
            "assumeRolePolicy",
            LONGEST_TRUST_POLICY,
            &TRUST_QUOTA,
        );
    }
    if judge.is_given("name") {
        judge.exclude("namePrefix", "together with `name`", &QUOTAS);
    }
}

pub(super) fn role_policy(judge: &mut Judge<'_>) {
    document(judge, "policy", Of::Identity, &GRAMMAR);
    let text = |inputs: &Inputs| {
        let policy = inputs.get("policy").and_then(Value::as_str);
        policy.map_or(0, counted)
    };
    let others: usize = judge.beside("role").iter().map(text).sum();
    let own = judge.text("policy").map_or(0, counted);
    if more_than(own, LONGEST_INLINE_POLICIES) {
        too_long(judge, "policy", LONGEST_INLINE_POLICIES, &QUOTAS);
    } else if more_than(own + others, LONGEST_INLINE_POLICIES) {
        let problem = format!(
            "must have at most {LONGEST_INLINE_POLICIES} characters together with the role's other policies"
        );
        judge.object("policy", problem, &QUOTAS);
    }
}

pub(super) fn policy(judge: &mut Judge<'_>) {
    document(judge, "policy", Of::Identity, &GRAMMAR);
    let length = judge.text("policy").map_or(0, counted);
    if more_than(length, LONGEST_MANAGED_POLICY) {
        too_long(judge, "policy", LONGEST_MANAGED_POLICY, &QUOTAS);
    }
}

fn too_long(judge: &mut Judge<'_>, path: &str, most: u32, origin: &Origin) {
    let unit = "characters";
    let most = f64::from(most);
    judge.refuse(path, Problem::AtMost { most, unit }, origin);
}

fn counted(policy: &str) -> usize {
    policy.chars().filter(|c| !c.is_whitespace()).count()
}

/// Notes what is wrong with a policy, at most one thing.
pub(super) fn document(judge: &mut Judge<'_>, path: &str, of: Of, origin: &Origin) {
    let Some(document) = judge.document(path, origin) else {
        return;
    };
    let version = document.get("Version").and_then(Value::as_str);
    if version.is_some_and(|version| !["2012-10-17", "2008-10-17"].contains(&version)) {
        judge.object(path, "must have the Version 2012-10-17", origin);
        return;
    }
    let statements = match document.get("Statement") {
        Some(Value::Array(statements)) => statements.as_slice(),
        Some(statement @ Value::Object(_)) => std::slice::from_ref(statement),
        _ => &[],
    };
    if statements.is_empty() {
        judge.object(path, "must have a Statement", origin);
    }
    let fault = statements
        .iter()
        .enumerate()
        .find_map(|(index, statement)| Some((index, fault(statement, of)?)));
    if let Some((index, fault)) = fault {
        judge.object(path, format!("must {fault}, in Statement {index}"), origin);
    }
}

fn fault(statement: &Value, of: Of) -> Option<&'static str> {
    let has = |names: [&str; 2]| names.iter().any(|name| statement.get(name).is_some());
    let effect = statement.get("Effect").and_then(Value::as_str);
    if !matches!(effect, Some("Allow" | "Deny")) {
        return Some("have the Effect Allow or Deny");
    }
    if !has(["Action", "NotAction"]) {
        return Some("have an Action");
    }
    let principal = has(["Principal", "NotPrincipal"]);
    let resource = has(["Resource", "NotResource"]);
    match of {
        Of::Identity if principal => Some("have no Principal"),
        Of::Identity if !resource => Some("have a Resource"),
        Of::Trust if resource => Some("have no Resource"),
        Of::Trust | Of::Resource if !principal => Some("have a Principal"),
        _ => None,
    }
}
