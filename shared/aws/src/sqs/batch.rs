//! From slices to the calls of `SendMessageBatch` that SQS takes.

use serde::{Deserialize, Serialize};
use tidegate_core::fanout::{QueueError, Slice};

/// What SQS takes in one call (quotas-messages.html): so many messages, and so many bytes of them altogether, which is
/// also what one may have. The rest of a mebibyte is for the trace header, which counts too.
const MOST_ENTRIES: usize = 10;
const MOST_BYTES: usize = 1_048_576 - 4 * 1024;

/// One message, and the slice that it is of, or is a part of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) slice: usize,
    pub(super) body: String,
}

/// The messages of the slices. One that would be too long for SQS is parted until it is not.
pub(super) fn parts(slices: &[Slice]) -> Vec<Result<Part, (usize, QueueError)>> {
    let mut parts = Vec::with_capacity(slices.len());
    for (index, slice) in slices.iter().enumerate() {
        part(index, slice, &mut parts);
    }
    parts
}

fn part(index: usize, slice: &Slice, parts: &mut Vec<Result<Part, (usize, QueueError)>>) {
    match serde_json::to_string(slice) {
        Ok(body) if body.len() <= MOST_BYTES => parts.push(Ok(Part { slice: index, body })),
        Ok(_) => match slice.halves() {
            Some(halves) => {
                for half in &halves {
                    part(index, half, parts);
                }
            }
            None => {
                let problem = "a publication for one receiver is longer than a message may be";
                parts.push(Err((index, QueueError::Invalid(problem.to_owned()))));
            }
        },
        Err(error) => parts.push(Err((index, QueueError::Invalid(error.to_string())))),
    }
}

/// Parts that go into one call, by SQS's limits on number and bytes.
pub(super) fn calls(parts: Vec<Part>) -> Vec<Vec<Part>> {
    let mut calls: Vec<Vec<Part>> = Vec::new();
    let mut bytes = 0;
    for part in parts {
        bytes += part.body.len();
        match calls.last_mut() {
            Some(call) if call.len() < MOST_ENTRIES && bytes <= MOST_BYTES => call.push(part),
            _ => {
                bytes = part.body.len();
                calls.push(vec![part]);
            }
        }
    }
    calls
}

/// The input of `SendMessageBatch`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    pub(super) queue_url: &'a str,
    pub(super) entries: Vec<Entry<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Entry<'a> {
    /// Its place among the entries: SQS names entries by texts.
    pub(super) id: String,
    pub(super) message_body: &'a str,
    pub(super) delay_seconds: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message_system_attributes: Option<SystemAttributes<'a>>,
}

/// The only system attribute that may be sent: by it one trace follows a frame over the queue.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct SystemAttributes<'a> {
    #[serde(rename = "AWSTraceHeader")]
    trace: TextAttribute<'a>,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "PascalCase")]
struct TextAttribute<'a> {
    data_type: &'static str,
    string_value: &'a str,
}

impl<'a> SystemAttributes<'a> {
    pub(super) const fn of_trace(header: &'a str) -> Self {
        Self {
            trace: TextAttribute {
                data_type: "String",
                string_value: header,
            },
        }
    }
}

/// The output of `SendMessageBatch`: it is a success also where entries were not taken.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Output {
    pub(super) successful: Vec<Taken>,
    pub(super) failed: Vec<NotTaken>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Taken {
    pub(super) id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct NotTaken {
    pub(super) id: String,
    #[serde(default)]
    pub(super) sender_fault: bool,
    #[serde(default)]
    pub(super) code: String,
}

/// What SQS answers to a call that failed as a whole.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Error {
    #[serde(rename = "__type")]
    pub(super) kind: String,
}

#[cfg(test)]
mod tests {
    use tidegate_core::connection::{ConnectionId, Endpoint, Shard};
    use tidegate_core::fanout::{Publication, Receiver, Version};

    use super::*;

    fn slice(receivers: usize, id_bytes: usize) -> Slice {
        let receiver = |number| Receiver {
            connection: ConnectionId::new(format!("c{number}{}=", "x".repeat(id_bytes))),
            endpoint: Endpoint::new("api"),
            shard: Shard(0),
            expires_at: 1,
            since_ms: 1,
        };
        Slice {
            version: Version,
            publication: Publication {
                channel: "room:lobby".parse().unwrap(),
                publication_id: "p".to_owned(),
                accepted_at_ms: 1,
                frame: "{}".to_owned(),
            },
            receivers: (0..receivers).map(receiver).collect(),
            attempt: 0,
            given_up: None,
        }
    }

    fn bodies(slices: &[Slice]) -> Vec<Part> {
        parts(slices).into_iter().map(Result::unwrap).collect()
    }

    #[test]
    fn what_is_too_long_for_a_message_is_parted_and_nobody_is_lost() {
        let slices = [slice(1, 10), slice(500, 4_000)];
        let parts = bodies(&slices);
        assert_eq!(parts.iter().filter(|part| part.slice == 0).count(), 1);
        assert!(parts.iter().all(|part| part.body.len() <= MOST_BYTES));
        let read: Vec<Slice> = parts[1..]
            .iter()
            .map(|part| serde_json::from_str(&part.body).unwrap())
            .collect();
        assert!(read.len() > 1);
        let receivers: Vec<_> = read.into_iter().flat_map(|part| part.receivers).collect();
        assert_eq!(receivers, slices[1].receivers);
    }

    #[test]
    fn one_receiver_that_is_too_long_is_refused_and_does_not_loop() {
        let parts = parts(&[slice(1, 2 * MOST_BYTES)]);
        assert!(matches!(
            parts.as_slice(),
            [Err((0, QueueError::Invalid(_)))]
        ));
    }

    #[test]
    fn a_call_has_no_more_entries_and_bytes_than_sqs_takes() {
        let many: Vec<_> = (0..25).map(|_| slice(1, 10)).collect();
        let sizes: Vec<_> = calls(bodies(&many)).iter().map(Vec::len).collect();
        assert_eq!(sizes, [10, 10, 5]);
        let long: Vec<_> = (0..5).map(|_| slice(400, 1_000)).collect();
        let packed = calls(bodies(&long));
        let bytes = |call: &Vec<Part>| call.iter().map(|part| part.body.len()).sum::<usize>();
        assert!(packed.len() > 1);
        assert!(packed.iter().all(|call| bytes(call) <= MOST_BYTES));
        assert!(calls(Vec::new()).is_empty());
    }
}
