//! What stacks cost.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "all of this is a test, also what is not in a `#[test]` function"
)]

use serde_json::{Value, json};
use tidegate_plan::Plan;
use tidegate_plan::cost::{Estimate, Item, Load, Money, Prices, differences, estimate};

const CREATE: &str = include_str!("previews/create.json");
const CHANGE: &str = include_str!("previews/change.json");

fn of(plan: &Plan, load: &str) -> Estimate {
    let prices = Prices::built_in().unwrap();
    estimate(&plan.after(), &load.parse().unwrap(), &prices)
}

fn item<'a>(estimate: &'a Estimate, part: &str) -> &'a Item {
    let mut items = estimate.items.iter();
    let found = items.find(|item| item.what.contains(part));
    found.unwrap_or_else(|| panic!("no {part} in {:#?}", estimate.items))
}

fn dollars(amount: i64) -> Money {
    Money::from_micros(amount * 1_000_000)
}

/// A plan of these resources.
fn plan(resources: &[(&str, &str, Value)]) -> Plan {
    let resources: Vec<Value> = resources
        .iter()
        .map(|(kind, name, inputs)| {
            json!({"urn": format!("urn:pulumi:a::b::{kind}::{name}"), "type": kind, "name": name, "custom": true, "inputs": inputs})
        })
        .collect();
    let text = json!({ "resources": resources }).to_string();
    Plan::read(text.as_bytes()).unwrap()
}

#[test]
fn ten_thousand_clients_that_say_nothing_cost_what_the_facts_work_out() {
    // aws-facts section 8: minutes $108, 3.6 million handshakes; a ping every 5 minutes each way $0.0173 a client.
    let plan = Plan::read(CREATE.as_bytes()).unwrap();
    let estimate = of(
        &plan,
        "clients=10000,publications-per-hour=0,channels=0,users=0",
    );
    assert_eq!(item(&estimate, "WebSocket connection").cost, dollars(108));
    let messages = item(&estimate, "WebSocket message");
    assert_eq!(messages.quantity, 10_000 * 8_640 * 2);
    assert_eq!(messages.cost.to_string(), "$172.80");
    let invocations = item(&estimate, "invocation");
    assert_eq!(invocations.quantity, 3 * 3_600_000);
    assert_eq!(
        item(&estimate, "write request unit").cost.to_string(),
        "$4.50"
    );
    assert!(estimate.unpriced.is_empty(), "{:?}", estimate.unpriced);
}

#[test]
fn a_million_publications_cost_what_the_formula_says() {
    // aws-facts section 8, worked: F=10, A=1, 256 MB x 15 ms: 12.00 of messages, 0.20 and 0.05 of Lambda.
    let plan = Plan::read(CREATE.as_bytes()).unwrap();
    let load = "clients=1000,publications-per-hour=25,channels=0,connection-minutes=1000000000,ping-seconds=1000000000,users=0";
    let with = of(&plan, load);
    let without = of(&plan, &load.replace("hour=25", "hour=0"));
    let changed = differences(&without, &with);
    let cost = |part: &str| {
        let found = changed.iter().find(|it| it.what.contains(part)).unwrap();
        found.after - found.before
    };
    // 18 million publications.
    assert_eq!(cost("WebSocket message"), dollars(18 * 12));
    assert_eq!(cost("invocation"), Money::from_micros(18 * 200_000));
    assert_eq!(cost("on arm64").to_string(), "$0.90");
    assert_eq!(cost("log ingestion").to_string(), "$4.50");
}

#[test]
fn a_frame_above_32_kb_counts_as_two_messages() {
    let plan = Plan::read(CREATE.as_bytes()).unwrap();
    let load = "clients=1,publications-per-hour=1000,receivers=9,channels=0,connection-minutes=1000000000,ping-seconds=1000000000";
    let small = of(&plan, &format!("{load},frame-kb=32"));
    let large = of(&plan, &format!("{load},frame-kb=33"));
    let count = |estimate| item(estimate, "WebSocket message").quantity;
    assert_eq!(count(&small), 720_000 * 11);
    assert_eq!(count(&large), 720_000 * 21);
}

#[test]
fn what_stands_there_costs_by_its_number() {
    let alarm = "aws:cloudwatch/metricAlarm:MetricAlarm";
    let plan = plan(&[
        (alarm, "plain", json!({"period": 60})),
        (alarm, "fast", json!({"period": 10})),
        (
            alarm,
            "ratio",
            json!({"metricQueries": [{"metric": {"period": 60}}, {"metric": {"period": 60}}, {"expression": "a/b"}]}),
        ),
        (alarm, "odd", json!({"thresholdMetricId": "band"})),
        (
            "aws:cloudwatch/compositeAlarm:CompositeAlarm",
            "all",
            json!({}),
        ),
        ("aws:cloudwatch/dashboard:Dashboard", "stack", json!({})),
        (
            "aws:wafv2/webAcl:WebAcl",
            "edge",
            json!({"ruleJson": "[{}, {}, {}]"}),
        ),
        ("aws:route53/zone:Zone", "zone", json!({})),
    ]);
    let estimate = of(&plan, "clients=0");
    // 3 x 0.10 + 0.30 + 0.30 + 0.50 + 3.00 + 5.00 + 3.00 + 0.50
    assert_eq!(estimate.total().to_string(), "$12.90");
    let free = of(&plan, "clients=0,free-tier=true");
    assert_eq!(free.total().to_string(), "$9.60");
}

#[test]
fn environments_that_stand_ready_cost_each_second() {
    let text = r#"{"resources": [
        {"urn": "f", "type": "aws:lambda/function:Function", "name": "authorizer", "custom": true, "inputs": {"memorySize": 1024, "architectures": ["arm64"]}},
        {"urn": "p", "type": "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig", "name": "authorizer", "custom": true,
         "inputs": {"provisionedConcurrentExecutions": 2}, "dependencies": ["f"], "propertyDependencies": {"functionName": ["f"]}}
    ]}"#;
    let estimate = of(&Plan::read(text.as_bytes()).unwrap(), "clients=0");
    let ready = item(&estimate, "(authorizer)");
    assert_eq!(ready.quantity, 2 * 2_592_000);
    assert_eq!(ready.cost.to_string(), "$17.28");
}

#[test]
fn what_nobody_knows_the_price_of_is_named() {
    let plan = plan(&[
        ("aws:rds/instance:Instance", "db", json!({})),
        ("aws:lambda/function:Function", "mystery", json!({})),
    ]);
    let unpriced: Vec<_> = of(&plan, "").unpriced.into_iter().collect();
    assert_eq!(
        unpriced,
        [
            "aws:lambda/function:Function mystery",
            "aws:rds/instance:Instance"
        ]
    );
}

#[test]
fn a_change_costs_the_difference_to_what_is_there() {
    let plan = Plan::read(CHANGE.as_bytes()).unwrap();
    let prices = Prices::built_in().unwrap();
    let load = Load::default();
    let before = estimate(&plan.before(), &load, &prices);
    let after = estimate(&plan.after(), &load, &prices);
    let changed: Vec<_> = differences(&before, &after)
        .into_iter()
        .map(|it| it.what)
        .collect();
    // Memory twice as large, and point-in-time recovery.
    assert!(
        changed
            .iter()
            .any(|what| what.contains("duration on arm64"))
    );
    assert!(changed.iter().any(|what| what.contains("point-in-time")));
    assert_eq!(changed.len(), 2, "{changed:?}");
    assert!(after.total() > before.total());
}

#[test]
fn a_load_beyond_all_numbers_does_not_overflow() {
    let plan = Plan::read(CREATE.as_bytes()).unwrap();
    let most = Load::names().into_iter();
    let most = most.map(|(name, _, _)| format!("{name}=1000000000"));
    let load = most.collect::<Vec<_>>().join(",");
    assert!(of(&plan, &load).total() > Money::ZERO);
}

#[test]
fn what_backends_publish_costs_by_the_way_that_it_takes() {
    let queue = "aws:sqs/queue:Queue";
    let function = "aws:lambda/function:Function";
    let mapping = "aws:lambda/eventSourceMapping:EventSourceMapping";
    let text = json!({"resources": [
        {"urn": "a", "type": "aws:apigatewayv2/api:Api", "name": "http", "custom": true, "inputs": {"protocolType": "HTTP"}},
        {"urn": "q", "type": queue, "name": "inlet", "custom": true, "inputs": {}},
        {"urn": "f", "type": function, "name": "inlet", "custom": true, "inputs": {}},
        {"urn": "s", "type": function, "name": "server", "custom": true, "inputs": {}},
        {"urn": "m", "type": mapping, "name": "inlet", "custom": true, "inputs": {}, "dependencies": ["q", "f"],
         "propertyDependencies": {"eventSourceArn": ["q"], "functionName": ["f"]}},
    ]});
    let plan = Plan::read(text.to_string().as_bytes()).unwrap();
    let by_queue = of(&plan, "clients=0,inlet-publications-per-hour=1000");
    assert_eq!(
        item(&by_queue, "standard queue").quantity,
        500_000 + 720_000 * 12 / 10
    );
    assert_eq!(item(&by_queue, "invocation").quantity, 720_000);
    let by_http = of(&plan, "clients=0,server-publications-per-hour=1000");
    assert_eq!(item(&by_http, "HTTP API").quantity, 720_000);
    assert_eq!(item(&by_http, "standard queue").quantity, 500_000);
    assert!(by_http.unpriced.is_empty(), "{:?}", by_http.unpriced);
}

#[test]
fn a_lease_costs_two_writes_for_each_connection_and_only_where_there_is_presence() {
    let table = json!({"urn": "t", "type": "aws:dynamodb/table:Table", "name": "registry", "custom": true, "inputs": {}});
    let sweep = json!({"urn": "s", "type": "aws:lambda/function:Function", "name": "sweep", "custom": true,
        "inputs": {"environment": {"variables": {"TIDEGATE_PRESENCE": r#"{"graceSeconds":10,"leaseMinutes":6}"#}}}});
    let load = "clients=10,publications-per-hour=0,channels=0,connection-minutes=1000000000";
    let writes = |resources: &[&Value]| {
        let text = json!({ "resources": resources }).to_string();
        let estimate = of(&Plan::read(text.as_bytes()).unwrap(), load);
        item(&estimate, "write request unit").quantity
    };
    assert_eq!(
        writes(&[&table, &sweep]) - writes(&[&table]),
        10 * 43_200 / 6 * 2
    );
}

#[test]
fn a_publication_costs_the_units_of_the_table_in_the_docs() {
    let plan = plan(&[("aws:dynamodb/table:Table", "registry", json!({}))]);
    // One handshake: 2 writes and 1 read. Publications of a client with a key, in a channel with history.
    let load = "clients=1,publications-per-hour=1,channels=0,connection-minutes=1000000000";
    let units = |more: &str, part: &str| {
        let estimate = of(&plan, &format!("{load},{more}"));
        item(&estimate, part).quantity
    };
    let (writes, reads) = ("write request unit", "read request unit");
    assert_eq!(units("receivers=20", writes), 2 + 720 * 2);
    assert_eq!(units("receivers=20,writes-per-publication=0", writes), 2);
    assert_eq!(units("receivers=20", reads), 1 + 720 * (2 + 1));
    assert_eq!(units("receivers=100", reads), 1 + 720 * (2 + 4));
    assert_eq!(units("receivers=1000", reads), 1 + 720 * (2 + 38));
}
