//! The web ACL: which handshakes are let through.

use std::collections::BTreeMap;

use pulumi::{Component, Output, interpolate};
use pulumi_aws::cloudwatch::LogGroup;
use pulumi_aws::wafv2::{
    WebAcl, WebAclDefaultAction, WebAclDefaultActionAllow, WebAclLoggingConfiguration,
    WebAclLoggingConfigurationLoggingFilter, WebAclLoggingConfigurationLoggingFilterFilter,
    WebAclLoggingConfigurationLoggingFilterFilterCondition,
    WebAclLoggingConfigurationLoggingFilterFilterConditionActionCondition,
    WebAclLoggingConfigurationRedactedField, WebAclLoggingConfigurationRedactedFieldQueryString,
    WebAclLoggingConfigurationRedactedFieldSingleHeader, WebAclVisibilityConfig,
};
use serde_json::{Value, json};

use super::REGION;
use crate::settings::{Countries, EdgeSettings, ManagedRules};

/// AWS's own rule groups that a handshake can meet, with what each is for.
const MANAGED: [(&str, &str); 3] = [
    ("Reputation", "AWSManagedRulesAmazonIpReputationList"),
    ("Common", "AWSManagedRulesCommonRuleSet"),
    ("KnownBadInputs", "AWSManagedRulesKnownBadInputsRuleSet"),
];
/// Both hold tokens: the second one those of browsers, which can set no other header.
const HEADERS_WITH_TOKENS: [&str; 2] = ["authorization", "sec-websocket-protocol"];
/// What is logged of what WAF does. Without a filter it logs every handshake that it lets through.
const LOGGED: [&str; 2] = ["BLOCK", "COUNT"];
/// The window in which the handshakes of an address are counted, in seconds.
const WINDOW_S: u32 = 300;

/// Makes the web ACL, and its logs if they are wanted. Returns its ARN.
pub(super) fn create(
    component: &Component,
    name: &str,
    settings: &EdgeSettings,
    log_retention_days: u32,
    tags: &BTreeMap<String, String>,
) -> Output<String> {
    let acl = WebAcl::builder("handshakes")
        .region(REGION)
        .scope("CLOUDFRONT")
        .description("Handshakes of WebSockets")
        .default_action(
            WebAclDefaultAction::builder()
                .allow(WebAclDefaultActionAllow::builder().build())
                .build(),
        )
        // In the words of WAF's own API.
        .rule_json(Value::Array(rules(settings)).to_string())
        .visibility_config(
            WebAclVisibilityConfig::builder()
                .cloudwatch_metrics_enabled(true)
                .metric_name("handshakes")
                .sampled_requests_enabled(false)
                .build(),
        )
        .tags(tags.clone())
        .create(component);
    if settings.logging {
        log(component, name, &acl.arn, log_retention_days, tags);
    }
    acl.arn
}

/// The rules, the cheapest first: WAF stops at the first that blocks.
fn rules(settings: &EdgeSettings) -> Vec<Value> {
    let mut rules = Vec::new();
    if let Some(statement) = outside(&settings.countries) {
        rules.push(blocking("Countries", &statement));
    }
    rules.push(blocking(
        "HandshakesPerAddress",
        &json!({"RateBasedStatement": {
            "Limit": settings.handshakes_per_address,
            "EvaluationWindowSec": WINDOW_S,
            "AggregateKeyType": "IP",
        }}),
    ));
    rules.push(blocking(
        "LongQuery",
        &json!({"SizeConstraintStatement": {
            "FieldToMatch": {"QueryString": {}},
            "ComparisonOperator": "GT",
            "Size": settings.longest_query_bytes,
            "TextTransformations": [{"Priority": 0, "Type": "NONE"}],
        }}),
    ));
    let override_action = match settings.managed_rules {
        ManagedRules::Count => json!({"Count": {}}),
        ManagedRules::Block => json!({"None": {}}),
    };
    for (name, group) in MANAGED {
        rules.push(json!({
            "Name": name,
            "OverrideAction": override_action.clone(),
            "Statement": {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": group}},
        }));
    }
    for (priority, rule) in rules.iter_mut().enumerate() {
        rule["Priority"] = priority.into();
        rule["VisibilityConfig"] = json!({
            "CloudWatchMetricsEnabled": true,
            "MetricName": rule["Name"],
            // Samples show headers, and headers hold tokens.
            "SampledRequestsEnabled": false,
        });
    }
    rules
}

fn blocking(name: &str, statement: &Value) -> Value {
    json!({"Name": name, "Action": {"Block": {}}, "Statement": statement})
}

/// Matches the handshakes of countries that are not wanted.
fn outside(Countries { only, none_of }: &Countries) -> Option<Value> {
    let from = |codes: &[String]| json!({"GeoMatchStatement": {"CountryCodes": codes}});
    match (only.as_slice(), none_of.as_slice()) {
        ([], []) => None,
        ([], none_of) => Some(from(none_of)),
        (only, _) => Some(json!({"NotStatement": {"Statement": from(only)}})),
    }
}

/// WAF demands a log group whose name begins so.
fn log(
    component: &Component,
    name: &str,
    acl: &Output<String>,
    retention_days: u32,
    tags: &BTreeMap<String, String>,
) {
    let group = LogGroup::builder("firewall")
        .region(REGION)
        .name(format!("aws-waf-logs-{name}"))
        .retention_in_days(i64::from(retention_days))
        .tags(tags.clone())
        .create(component);
    // A query may hold a ticket.
    let query = WebAclLoggingConfigurationRedactedField::builder()
        .query_string(WebAclLoggingConfigurationRedactedFieldQueryString::builder().build())
        .build();
    let headers = HEADERS_WITH_TOKENS.map(|header| {
        WebAclLoggingConfigurationRedactedField::builder()
            .single_header(
                WebAclLoggingConfigurationRedactedFieldSingleHeader::builder()
                    .name(header)
                    .build(),
            )
            .build()
    });
    WebAclLoggingConfiguration::builder("firewall")
        .region(REGION)
        .resource_arn(acl)
        .log_destination_configs([interpolate!("{}", &group.arn)])
        .logging_filter(filter())
        .redacted_fields(headers.into_iter().chain([query]).collect::<Vec<_>>())
        .create(component);
}

/// Keeps what is in [`LOGGED`], and drops the rest.
fn filter() -> WebAclLoggingConfigurationLoggingFilter {
    let conditions = LOGGED.map(|action| {
        WebAclLoggingConfigurationLoggingFilterFilterCondition::builder()
            .action_condition(
                WebAclLoggingConfigurationLoggingFilterFilterConditionActionCondition::builder()
                    .action(action)
                    .build(),
            )
            .build()
    });
    let kept = WebAclLoggingConfigurationLoggingFilterFilter::builder()
        .behavior("KEEP")
        .conditions(conditions)
        .requirement("MEETS_ANY")
        .build();
    WebAclLoggingConfigurationLoggingFilter::builder()
        .default_behavior("DROP")
        .filters([kept])
        .build()
}
