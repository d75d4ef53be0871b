//! What the function's process writes: one line about each frame, and never what is in it.

use serde_json::{Value, json};
use tidegate_test_events::run_once;

const ROUTE: &str = "shout";
const PAYLOAD: &str = "tr0ub4dor-and-3";
const URLS: &str = r#"{"abcdef1234": "http://{address}/prod"}"#;

#[test]
fn a_frame_is_one_line_of_ids_and_counts() {
    let mut event: Value = serde_json::from_str(include_str!("frame.json")).unwrap();
    let frame = json!({"action": ROUTE, "id": "4", "text": PAYLOAD});
    event["body"] = json!(frame.to_string());
    let environment = [
        ("TIDEGATE_TABLE", "registry"),
        ("TIDEGATE_MANAGEMENT_URLS", URLS),
        // The most that can be asked for.
        ("TIDEGATE_LOG_LEVEL", "trace"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI"),
        ("AWS_ENDPOINT_URL_DYNAMODB", "http://{address}"),
    ];
    let binary = env!("CARGO_BIN_EXE_tidegate-shout");
    // A table that does not answer: what fails is not logged with the frame either.
    let ran = run_once(binary, &environment, &event, |_| (500, String::new()));
    assert_eq!(ran.kind, "response", "{ran:?}");
    let report = ran.report();
    assert_eq!(report["route"], ROUTE);
    assert_eq!(report["outcome"], "unavailable");
    assert_eq!(
        (&report["Frames"], &report["FrameErrors"]),
        (&json!(1.0), &json!(1.0))
    );
    assert!(!ran.output.contains(PAYLOAD), "{}", ran.output);
}
