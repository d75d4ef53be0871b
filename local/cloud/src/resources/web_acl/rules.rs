//! The rules of a web ACL, as JSON in the words of WAF's own API.
//!
//! What one machine can look at exactly is evaluated: rates of addresses and sizes. What AWS knows and this machine does
//! not (its managed rule groups, where an address is) is noted. All else is refused by name.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::Refusal;
use crate::system::{Comparison, Field, RuleAction, Statement, WebAclRule};

const PROPERTY: &str = "ruleJson";
/// AWS takes no lower limit.
const MIN_LIMIT: u64 = 10;
const MAX_LIMIT: u64 = 2_000_000_000;
const WINDOWS_S: [u64; 4] = [60, 120, 300, 600];
const DEFAULT_WINDOW_S: u64 = 300;
/// What rules cost, of the 1,500 units that a web ACL has without asking.
const RATE_CAPACITY: u64 = 2;
const SIZE_CAPACITY: u64 = 1;
const GEO_CAPACITY: u64 = 1;

/// What was read.
pub(super) struct Rules {
    pub(super) evaluated: Vec<WebAclRule>,
    /// The capacity units of the rules that have a fixed price; that of a managed group is AWS's to say.
    pub(super) capacity: u64,
    pub(super) notes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Rule {
    name: String,
    priority: u64,
    statement: RuleStatement,
    action: Option<Action>,
    override_action: Option<OverrideAction>,
    #[serde(rename = "VisibilityConfig")]
    _visibility_config: VisibilityConfig,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct VisibilityConfig {
    #[serde(rename = "SampledRequestsEnabled")]
    _sampled_requests_enabled: bool,
    #[serde(rename = "CloudWatchMetricsEnabled")]
    _cloud_watch_metrics_enabled: bool,
    #[serde(rename = "MetricName")]
    _metric_name: String,
}

/// Custom requests and responses are not emulated.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain {}

#[derive(Deserialize)]
enum Action {
    Allow(Plain),
    Block(Plain),
    Count(Plain),
}

#[derive(Deserialize)]
enum OverrideAction {
    None(Plain),
    Count(Plain),
}

#[derive(Deserialize)]
#[expect(
    clippy::enum_variant_names,
    reason = "the names are those of WAF's API"
)]
enum RuleStatement {
    RateBasedStatement(RateBased),
    SizeConstraintStatement(SizeConstraint),
    ManagedRuleGroupStatement(ManagedRuleGroup),
    GeoMatchStatement(GeoMatch),
    NotStatement(Negated),
}

/// Only of countries: of which neither these nor all others are known.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Negated {
    statement: NegatedStatement,
}

#[derive(Deserialize)]
enum NegatedStatement {
    GeoMatchStatement(GeoMatch),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct RateBased {
    limit: u64,
    aggregate_key_type: String,
    evaluation_window_sec: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct SizeConstraint {
    field_to_match: FieldToMatch,
    comparison_operator: Operator,
    size: u64,
    text_transformations: Vec<TextTransformation>,
}

#[derive(Deserialize)]
enum FieldToMatch {
    QueryString(Plain),
    UriPath(Plain),
    SingleHeader(SingleHeader),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct SingleHeader {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Operator {
    Eq,
    Ne,
    Le,
    Lt,
    Ge,
    Gt,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TextTransformation {
    #[serde(rename = "Priority")]
    _priority: u64,
    r#type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ManagedRuleGroup {
    vendor_name: String,
    name: String,
    /// Of what is not evaluated, the settings are AWS's to check.
    #[serde(rename = "Version")]
    _version: Option<String>,
    #[serde(rename = "ExcludedRules", default)]
    _excluded_rules: Vec<Value>,
    #[serde(rename = "RuleActionOverrides", default)]
    _rule_action_overrides: Vec<Value>,
    #[serde(rename = "ManagedRuleGroupConfigs", default)]
    _managed_rule_group_configs: Vec<Value>,
    #[serde(rename = "ScopeDownStatement")]
    _scope_down_statement: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GeoMatch {
    country_codes: Vec<String>,
}

/// Reads the rules.
pub(super) fn parse(text: &str) -> Result<Rules, Refusal> {
    let mut rules: Vec<Rule> = serde_json::from_str(text).map_err(|error| {
        refused(format!(
            "not rules of a web ACL that are emulated (rates by IP, sizes, managed groups and countries are): {error}"
        ))
    })?;
    rules.sort_by_key(|rule| rule.priority);
    let (mut names, mut priorities) = (BTreeSet::new(), BTreeSet::new());
    let mut read = Rules {
        evaluated: Vec::new(),
        capacity: 0,
        notes: Vec::new(),
    };
    for rule in rules {
        if !names.insert(rule.name.clone()) || !priorities.insert(rule.priority) {
            return Err(refused(format!(
                "WAFDuplicateItemException: the name or the priority of `{}` is that of another rule",
                rule.name
            )));
        }
        add(rule, &mut read)?;
    }
    Ok(read)
}

fn add(rule: Rule, read: &mut Rules) -> Result<(), Refusal> {
    let Rule {
        name,
        statement,
        action,
        override_action,
        ..
    } = rule;
    let group = matches!(statement, RuleStatement::ManagedRuleGroupStatement(_));
    let action = match (group, action, override_action) {
        (true, None, Some(OverrideAction::None(Plain {}) | OverrideAction::Count(Plain {}))) => {
            None
        }
        (false, Some(action), None) => Some(match action {
            Action::Allow(Plain {}) => RuleAction::Allow,
            Action::Block(Plain {}) => RuleAction::Block,
            Action::Count(Plain {}) => RuleAction::Count,
        }),
        (true, ..) => {
            return Err(refused(format!(
                "`{name}`: a rule group has an OverrideAction (None or Count) and no Action"
            )));
        }
        (false, ..) => {
            return Err(refused(format!(
                "`{name}`: a rule has an Action and no OverrideAction"
            )));
        }
    };
    let statement = match statement {
        RuleStatement::RateBasedStatement(rate) => {
            read.capacity += RATE_CAPACITY;
            Some(rate_based(&name, &rate)?)
        }
        RuleStatement::SizeConstraintStatement(size) => {
            read.capacity += SIZE_CAPACITY;
            Some(size_constraint(&name, size)?)
        }
        RuleStatement::ManagedRuleGroupStatement(group) => {
            read.notes.push(format!(
                "the managed rule group {}/{} ({name}) is not evaluated",
                group.vendor_name, group.name
            ));
            None
        }
        RuleStatement::GeoMatchStatement(geo)
        | RuleStatement::NotStatement(Negated {
            statement: NegatedStatement::GeoMatchStatement(geo),
        }) => {
            read.capacity += GEO_CAPACITY;
            read.notes.push(format!(
                "countries ({}) are not known ({name})",
                geo.country_codes.join(", ")
            ));
            None
        }
    };
    if let (Some(statement), Some(action)) = (statement, action) {
        read.evaluated.push(WebAclRule {
            name,
            statement,
            action,
        });
    }
    Ok(())
}

fn rate_based(name: &str, rate: &RateBased) -> Result<Statement, Refusal> {
    if rate.aggregate_key_type != "IP" {
        return Err(refused(format!(
            "`{name}`: rates are emulated by IP only, and not by {}",
            rate.aggregate_key_type
        )));
    }
    if !(MIN_LIMIT..=MAX_LIMIT).contains(&rate.limit) {
        return Err(refused(format!(
            "`{name}`: the limit of a rate is from {MIN_LIMIT} to {MAX_LIMIT}"
        )));
    }
    let window_s = rate.evaluation_window_sec.unwrap_or(DEFAULT_WINDOW_S);
    if !WINDOWS_S.contains(&window_s) {
        return Err(refused(format!(
            "`{name}`: EvaluationWindowSec is one of {WINDOWS_S:?}"
        )));
    }
    Ok(Statement::Rate {
        limit: rate.limit,
        window_s,
    })
}

fn size_constraint(name: &str, size: SizeConstraint) -> Result<Statement, Refusal> {
    let mut transformations = size.text_transformations.iter();
    if transformations.any(|transformation| transformation.r#type != "NONE") {
        return Err(refused(format!(
            "`{name}`: of text transformations only NONE is emulated"
        )));
    }
    Ok(Statement::Size {
        field: match size.field_to_match {
            FieldToMatch::QueryString(Plain {}) => Field::QueryString,
            FieldToMatch::UriPath(Plain {}) => Field::UriPath,
            FieldToMatch::SingleHeader(header) => Field::Header(header.name),
        },
        comparison: match size.comparison_operator {
            Operator::Eq => Comparison::Eq,
            Operator::Ne => Comparison::Ne,
            Operator::Le => Comparison::Le,
            Operator::Lt => Comparison::Lt,
            Operator::Ge => Comparison::Ge,
            Operator::Gt => Comparison::Gt,
        },
        bytes: size.size,
    })
}

fn refused(problem: String) -> Refusal {
    Refusal::value(PROPERTY, problem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rule(statement: &Value, action: &Value) -> Value {
        let mut rule = json!({
            "Name": "one", "Priority": 0, "Statement": statement,
            "VisibilityConfig": {
                "SampledRequestsEnabled": true, "CloudWatchMetricsEnabled": true, "MetricName": "one",
            },
        });
        for (name, value) in action.as_object().unwrap() {
            rule[name] = value.clone();
        }
        rule
    }

    fn rate(changed: &Value) -> Value {
        let mut statement = json!({"Limit": 100, "AggregateKeyType": "IP"});
        for (name, value) in changed.as_object().unwrap() {
            statement[name] = value.clone();
        }
        json!({ "RateBasedStatement": statement })
    }

    fn error(rules: &Value) -> String {
        match parse(&rules.to_string()) {
            Ok(_) => panic!("taken: {rules}"),
            Err(refusal) => refusal.to_string(),
        }
    }

    #[test]
    fn what_one_machine_can_look_at_is_evaluated_and_the_rest_is_noted() {
        let managed = json!({"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet"}});
        let mut group = rule(&managed, &json!({"OverrideAction": {"None": {}}}));
        group["Name"] = "common".into();
        group["Priority"] = 1.into();
        let mut first = rule(
            &rate(&json!({"EvaluationWindowSec": 60})),
            &json!({"Action": {"Block": {}}}),
        );
        first["Priority"] = 2.into();
        let mut size = rule(
            &json!({"SizeConstraintStatement": {
                "FieldToMatch": {"QueryString": {}}, "ComparisonOperator": "GT", "Size": 1024,
                "TextTransformations": [{"Priority": 0, "Type": "NONE"}],
            }}),
            &json!({"Action": {"Count": {}}}),
        );
        size["Name"] = "long".into();
        let read = parse(&json!([first, group, size]).to_string()).unwrap();
        let names: Vec<_> = read.evaluated.iter().map(|rule| &*rule.name).collect();
        assert_eq!(names, ["long", "one"], "by priority");
        assert_eq!(
            read.evaluated[1].statement,
            Statement::Rate {
                limit: 100,
                window_s: 60
            }
        );
        assert_eq!(read.notes.len(), 1);
        assert!(read.notes[0].contains("AWSManagedRulesCommonRuleSet"));
    }

    #[test]
    fn countries_are_noted_whether_they_are_meant_or_all_others() {
        let countries = json!({"GeoMatchStatement": {"CountryCodes": ["DE", "FR"]}});
        let others = json!({"NotStatement": {"Statement": countries.clone()}});
        for statement in [countries, others] {
            let rule = rule(&statement, &json!({"Action": {"Block": {}}}));
            let read = parse(&json!([rule]).to_string()).unwrap();
            assert!(read.evaluated.is_empty(), "{statement}");
            assert!(read.notes[0].contains("DE, FR"), "{:?}", read.notes);
        }
    }

    #[test]
    fn what_is_not_emulated_is_refused_by_name() {
        let block = json!({"Action": {"Block": {}}});
        let group = json!({"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "X"}});
        let one = rule(&rate(&json!({})), &block);
        let cases = [
            (
                json!([rule(&json!({"LabelMatchStatement": {}}), &block)]),
                "LabelMatchStatement",
            ),
            (
                json!([rule(
                    &json!({"NotStatement": {"Statement": rate(&json!({}))}}),
                    &block
                )]),
                "RateBasedStatement",
            ),
            (
                json!([rule(&rate(&json!({"ScopeDownStatement": {}})), &block)]),
                "ScopeDownStatement",
            ),
            (
                json!([rule(
                    &rate(&json!({"AggregateKeyType": "FORWARDED_IP"})),
                    &block
                )]),
                "FORWARDED_IP",
            ),
            (
                json!([rule(&rate(&json!({"Limit": 9})), &block)]),
                "from 10",
            ),
            (
                json!([rule(&rate(&json!({"EvaluationWindowSec": 61})), &block)]),
                "60, 120",
            ),
            (
                json!([rule(&rate(&json!({})), &json!({"Action": {"Captcha": {}}}))]),
                "Captcha",
            ),
            (json!([rule(&rate(&json!({})), &json!({}))]), "an Action"),
            (json!([rule(&group, &block)]), "OverrideAction"),
            (json!([one, one]), "WAFDuplicateItemException"),
            (json!({}), "rules"),
        ];
        for (rules, named) in cases {
            let error = error(&rules);
            assert!(error.contains(named), "{named}: {error}");
        }
    }
}
