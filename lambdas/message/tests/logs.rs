//! What the function's process writes: one line about each invocation, and never a payload.

mod support;

use serde_json::{Value, json};
use support::NAMESPACES;
use tidegate_test_backend::ALICE;
use tidegate_test_events::{Asked, Ran, fixture, run_once};

const PAYLOAD: &str = "tr0ub4dor-and-3";
const MANAGEMENT_URLS: &str = r#"{"abcdef1234": "http://{address}/prod"}"#;

fn publish(answer: impl Fn(&Asked) -> (u16, String) + Send + Sync + 'static) -> Ran {
    let mut event = fixture("message-publish");
    let data = json!({"secret": PAYLOAD});
    let frame = json!({"action": "publish", "id": "3", "channel": "room:lobby", "data": data});
    event["body"] = json!(frame.to_string());
    let environment = [
        ("TIDEGATE_TABLE", "registry"),
        ("TIDEGATE_MANAGEMENT_URLS", MANAGEMENT_URLS),
        ("TIDEGATE_FANOUT_QUEUE", "http://{address}/1/fanout"),
        ("TIDEGATE_DIRECT_RECEIVERS", "100"),
        ("TIDEGATE_NAMESPACES", NAMESPACES),
        ("TIDEGATE_LIMITS", "{}"),
        ("TIDEGATE_ISSUER", "http://{address}"),
        ("TIDEGATE_CLIENT_ID", "client"),
        ("TIDEGATE_RECONNECT_WINDOW_MS", "60000"),
        ("TIDEGATE_PRESENCE", "{}"),
        // The most that can be asked for.
        (
            "TIDEGATE_LOG_LEVEL",
            "trace,lambda_runtime=trace,aws_sigv4=trace",
        ),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI"),
        ("AWS_SESSION_TOKEN", "a-session-token"),
        ("AWS_ENDPOINT_URL_DYNAMODB", "http://{address}"),
    ];
    run_once(
        env!("CARGO_BIN_EXE_tidegate-message"),
        &environment,
        &event,
        answer,
    )
}

/// A table in which the connection of the fixtures is registered and receives `room:lobby`.
fn table(asked: &Asked) -> Value {
    let units = json!({"TableName": "registry", "CapacityUnits": 1.5});
    match asked.headers.get("x-amz-target").map(String::as_str) {
        Some("DynamoDB_20120810.GetItem") => json!({
            "Item": {"exp": {"N": "4102444800"}, "iat": {"N": "1"}, "groups": {"L": []}, (format!("conn#{ALICE}")): {"S": "1 abcdef1234"}},
            "ConsumedCapacity": units,
        }),
        Some("DynamoDB_20120810.Query") => json!({
            "Items": [{
                "sk": {"S": ALICE}, "user": {"S": "alice"}, "session": {"S": ALICE},
                "api": {"S": "abcdef1234"}, "exp": {"N": "4102444800"}, "since": {"N": "1"},
            }],
            "Count": 1,
            "ConsumedCapacity": units,
        }),
        other => json!({"message": format!("this is not asked of the table: {other:?}")}),
    }
}

fn assert_silent(ran: &Ran) {
    for secret in [PAYLOAD, "wJalrXUtnFEMI", "a-session-token"] {
        assert!(!ran.output.contains(secret), "{secret}: {}", ran.output);
    }
}

#[test]
fn an_invocation_that_went_well_is_one_line_of_ids_and_counts() {
    let ran = publish(|asked| {
        if asked.path.contains("/@connections/") {
            assert_eq!(asked.path, "/prod/@connections/RYGzEcSNvHcCH8A%3D");
            assert!(asked.body.contains(PAYLOAD));
            return (200, String::new());
        }
        (200, table(asked).to_string())
    });
    assert_eq!(ran.kind, "response", "{ran:?}");
    let frame: Value = serde_json::from_str(ran.body["body"].as_str().unwrap()).unwrap();
    assert_eq!(frame["type"], "ack", "{ran:?}");
    let mut report = ran.report();
    let fields = report.as_object_mut().unwrap();
    let metadata = fields.remove("_aws").unwrap();
    for time in ["FrameLatency", "DeliveryLatency"] {
        assert!(
            fields.remove(time).unwrap().as_f64().unwrap() > 0.0,
            "{time}"
        );
    }
    assert_eq!(
        fields
            .remove("publication")
            .unwrap()
            .as_str()
            .unwrap()
            .len(),
        32
    );
    assert_eq!(
        report,
        json!({
            "requestId": "request-1", "traceId": "1-5759e988-bd862e3fe1be46a994272793",
            "route": "publish", "connection": ALICE, "session": ALICE, "outcome": "ok",
            "readUnits": 3.0, "writeUnits": 0.0, "sent": 1, "gone": 0, "expired": 0, "queued": 0,
            "dead": 0, "failed": 0,
            "Stack": "tidegate/test", "Route": "publish", "Namespace": "room",
            "Frames": 1.0, "FrameRefusals": 0.0, "FrameErrors": 0.0, "Publications": 1.0,
            "Deliveries": 1.0, "DeliveriesGone": 0.0, "DeliveriesFailed": 0.0,
            "DeliveriesQueued": 0.0,
        })
    );
    assert!(metadata["Timestamp"].as_u64().unwrap() > 0);
    assert_silent(&ran);
}

#[test]
fn receivers_whose_rows_cannot_be_read_are_counted() {
    let ran = publish(|asked| {
        if asked.path.contains("/@connections/") {
            return (200, String::new());
        }
        let mut answer = table(asked);
        if let Some(items) = answer["Items"].as_array_mut() {
            items.push(json!({"sk": {"S": "b="}, "exp": {"S": "soon"}}));
        }
        (200, answer.to_string())
    });
    let report = ran.report();
    assert_eq!(
        (&report["sent"], &report["unreadable"]),
        (&json!(1), &json!(1))
    );
    assert_silent(&ran);
}

#[test]
fn when_nothing_behind_it_works_the_payload_is_not_logged_either() {
    let ran = publish(|_| {
        (
            500,
            r#"{"__type":"InternalServerError","message":"no"}"#.to_owned(),
        )
    });
    let frame: Value = serde_json::from_str(ran.body["body"].as_str().unwrap()).unwrap();
    assert_eq!(frame["code"], "unavailable", "{ran:?}");
    let report = ran.report();
    assert_eq!(report["outcome"], "unavailable");
    assert_eq!(report["FrameErrors"], 1.0);
    assert_silent(&ran);
}

#[test]
fn an_event_that_it_cannot_read_is_not_logged() {
    let mut event = fixture("message-publish");
    event["body"] = json!([PAYLOAD]);
    event["requestContext"]["routeKey"] = json!({"no": "text"});
    let environment = [
        ("TIDEGATE_TABLE", "registry"),
        ("TIDEGATE_MANAGEMENT_URLS", MANAGEMENT_URLS),
        ("TIDEGATE_FANOUT_QUEUE", "http://{address}/1/fanout"),
        ("TIDEGATE_DIRECT_RECEIVERS", "100"),
        ("TIDEGATE_NAMESPACES", NAMESPACES),
        ("TIDEGATE_LIMITS", "{}"),
        ("TIDEGATE_ISSUER", "http://{address}"),
        ("TIDEGATE_CLIENT_ID", "client"),
        ("TIDEGATE_RECONNECT_WINDOW_MS", "60000"),
        ("TIDEGATE_PRESENCE", "{}"),
        ("TIDEGATE_LOG_LEVEL", "trace"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI"),
    ];
    let binary = env!("CARGO_BIN_EXE_tidegate-message");
    let ran = run_once(binary, &environment, &event, |_| (500, String::new()));
    assert_eq!(ran.kind, "error", "{ran:?}");
    assert_silent(&ran);
}
