//! What a function's answer says of its batch.

use std::collections::BTreeSet;

use serde_json::Value;

/// What came of a batch.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Every message was done.
    Done,
    /// Every message was done but these.
    Partly(BTreeSet<String>),
    /// None counts as done, and why.
    Failed(String),
}

/// Reads the answer of a function that reports failures (`ReportBatchItemFailures`) as Lambda does ("Implementing
/// partial batch responses"): an empty or null list, and an answer that is empty or has no list, mean success; an answer
/// that is not JSON, an id that is empty, null or unknown, and an item without an id mean that the whole batch failed.
pub(super) fn outcome(response: &[u8], batch: &[&str]) -> Outcome {
    if response.iter().all(u8::is_ascii_whitespace) {
        return Outcome::Done;
    }
    let list = match serde_json::from_slice::<Value>(response) {
        Ok(Value::Null) => return Outcome::Done,
        Ok(Value::Object(mut answer)) => answer.remove("batchItemFailures"),
        Ok(_) => return failed("the answer is no JSON object"),
        Err(_) => return failed("the answer is not JSON"),
    };
    let items = match list {
        None | Some(Value::Null) => return Outcome::Done,
        Some(Value::Array(items)) => items,
        Some(_) => return failed("`batchItemFailures` is no list"),
    };
    let mut again = BTreeSet::new();
    for item in items {
        match item.get("itemIdentifier").and_then(Value::as_str) {
            None => return failed("an item of `batchItemFailures` has no `itemIdentifier`"),
            Some("") => return failed("an `itemIdentifier` is empty"),
            Some(id) if batch.contains(&id) => {
                again.insert(id.to_owned());
            }
            Some(_) => return failed("an `itemIdentifier` is none of the batch's message ids"),
        }
    }
    if again.is_empty() {
        Outcome::Done
    } else {
        Outcome::Partly(again)
    }
}

fn failed(problem: &str) -> Outcome {
    Outcome::Failed(problem.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BATCH: [&str; 2] = ["m1", "m2"];

    #[test]
    fn an_answer_that_names_nothing_means_success() {
        for answer in [
            "",
            " ",
            "null",
            "{}",
            r#"{"batchItemFailures": []}"#,
            r#"{"batchItemFailures": null}"#,
            r#"{"statusCode": 200}"#,
        ] {
            assert_eq!(
                outcome(answer.as_bytes(), &BATCH),
                Outcome::Done,
                "{answer}"
            );
        }
    }

    #[test]
    fn only_the_messages_that_are_named_come_again() {
        let answer =
            r#"{"batchItemFailures": [{"itemIdentifier": "m2"}, {"itemIdentifier": "m2"}]}"#;
        let again = ["m2".to_owned()].into();
        assert_eq!(outcome(answer.as_bytes(), &BATCH), Outcome::Partly(again));
    }

    #[test]
    fn an_answer_that_cannot_be_right_makes_the_whole_batch_come_again() {
        for answer in [
            "done",
            r#""done""#,
            "[]",
            r#"{"batchItemFailures": "m1"}"#,
            r#"{"batchItemFailures": [{}]}"#,
            r#"{"batchItemFailures": ["m1"]}"#,
            r#"{"batchItemFailures": [{"messageId": "m1"}]}"#,
            r#"{"batchItemFailures": [{"itemIdentifier": ""}]}"#,
            r#"{"batchItemFailures": [{"itemIdentifier": null}]}"#,
            r#"{"batchItemFailures": [{"itemIdentifier": "m1"}, {"itemIdentifier": "m3"}]}"#,
        ] {
            let outcome = outcome(answer.as_bytes(), &BATCH);
            assert!(matches!(outcome, Outcome::Failed(_)), "{answer}");
        }
    }
}
