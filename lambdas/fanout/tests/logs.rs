//! What the function's process does and writes: one line about each batch, and never a payload.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: a failure is the test's own"
)]

use serde_json::{Value, json};
use tidegate_test_events::{Asked, Ran, fixture, run_once};

fn deliver(answer: impl Fn(&Asked) -> (u16, String) + Send + Sync + 'static) -> Ran {
    let environment = [
        ("TIDEGATE_TABLE", "registry"),
        (
            "TIDEGATE_MANAGEMENT_URLS",
            r#"{"abcdef1234": "http://{address}/prod"}"#,
        ),
        ("TIDEGATE_FANOUT_QUEUE", "http://{address}/1/fanout"),
        ("TIDEGATE_DEAD_LETTERS", "http://{address}/1/fanout-dead"),
        (
            "TIDEGATE_NAMESPACES",
            r#"{"room": {"subscribe": "signedIn", "publish": "signedIn"}}"#,
        ),
        ("TIDEGATE_DIRECT_RECEIVERS", "100"),
        ("TIDEGATE_LOG_LEVEL", "trace"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI"),
        ("AWS_ENDPOINT_URL_DYNAMODB", "http://{address}"),
        ("AWS_ENDPOINT_URL_SQS", "http://{address}"),
    ];
    let mut event = fixture("fanout-slice");
    let body = event["Records"][0]["body"].as_str().unwrap();
    // Their tokens end in a far year.
    event["Records"][0]["body"] = json!(body.replace("1742086882", "4102444800"));
    let binary = env!("CARGO_BIN_EXE_tidegate-fanout");
    run_once(binary, &environment, &event, answer)
}

fn assert_silent(ran: &Ran) {
    for secret in ["hello", "wJalrXUtnFEMI"] {
        assert!(!ran.output.contains(secret), "{secret}: {}", ran.output);
    }
}

#[test]
fn a_batch_that_went_well_is_one_line_of_counts() {
    let ran = deliver(|asked| {
        assert!(asked.path.starts_with("/prod/@connections/"), "{asked:?}");
        (200, String::new())
    });
    assert_eq!(ran.kind, "response", "{ran:?}");
    assert_eq!(ran.body, json!({"batchItemFailures": []}));
    let report = ran.report();
    assert_eq!(
        (&report["route"], &report["outcome"], &report["sent"]),
        (&json!("fanout"), &json!("ok"), &json!(2))
    );
    assert!(report["DeliveryLatency"].is_number(), "{report}");
    assert_silent(&ran);
}

#[test]
fn who_is_refused_is_put_aside() {
    let ran = deliver(|asked| {
        if asked.path.starts_with("/prod/@connections/") {
            return (403, String::new());
        }
        let input: Value = serde_json::from_str(&asked.body).unwrap();
        let url = input["QueueUrl"].as_str().unwrap();
        assert!(url.ends_with("/1/fanout-dead"), "{asked:?}");
        let entry = &input["Entries"][0];
        assert_eq!(entry["DelaySeconds"], 0);
        let slice: Value = serde_json::from_str(entry["MessageBody"].as_str().unwrap()).unwrap();
        assert_eq!(slice["givenUp"]["why"], "refused");
        let taken = json!({"Successful": [{"Id": entry["Id"], "MessageId": "m"}], "Failed": []});
        (200, taken.to_string())
    });
    assert_eq!(ran.body, json!({"batchItemFailures": []}), "{ran:?}");
    let report = ran.report();
    assert_eq!(
        (&report["sent"], &report["dead"], &report["failed"]),
        (&json!(0), &json!(2), &json!(0))
    );
    assert_silent(&ran);
}

#[test]
fn who_is_throttled_goes_back_into_the_queue() {
    let ran = deliver(|asked| {
        if asked.path.starts_with("/prod/@connections/bob") {
            return (429, String::new());
        }
        if asked.path.starts_with("/prod/@connections/") {
            return (200, String::new());
        }
        assert_eq!(asked.headers["x-amz-target"], "AmazonSQS.SendMessageBatch");
        let input: Value = serde_json::from_str(&asked.body).unwrap();
        assert!(input["QueueUrl"].as_str().unwrap().ends_with("/1/fanout"));
        let entry = &input["Entries"][0];
        assert!(entry["DelaySeconds"].as_u64().unwrap() >= 1);
        let trace = &entry["MessageSystemAttributes"]["AWSTraceHeader"]["StringValue"];
        assert!(trace.as_str().unwrap().starts_with("Root=1-67d5"));
        let taken = json!({"Successful": [{"Id": entry["Id"], "MessageId": "m"}], "Failed": []});
        (200, taken.to_string())
    });
    assert_eq!(ran.body, json!({"batchItemFailures": []}), "{ran:?}");
    let report = ran.report();
    assert_eq!(
        (&report["sent"], &report["queued"], &report["failed"]),
        (&json!(1), &json!(1), &json!(0))
    );
    assert_silent(&ran);
}
