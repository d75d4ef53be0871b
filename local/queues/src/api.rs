//! The operations of SQS, by the names and in the words of its API (2012-11-05) over AWS JSON 1.0.

mod moves;
mod queues;
mod receive;
mod send;

pub(crate) use receive::system_attributes;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::SqsError;
use crate::queues::Queues;

/// What exists on AWS and not here.
const NOT_EMULATED: [&str; 7] = [
    "AddPermission",
    "CreateQueue",
    "DeleteQueue",
    "ListQueueTags",
    "RemovePermission",
    "SetQueueAttributes",
    "TagQueue",
];

impl Queues {
    /// Answers one call.
    pub(crate) async fn call(&self, operation: &str, input: &[u8]) -> Result<Value, SqsError> {
        match operation {
            "SendMessage" => output(self.send_message(read(input)?)?),
            "SendMessageBatch" => output(self.send_message_batch(read(input)?)?),
            "ReceiveMessage" => output(self.receive_message(read(input)?).await?),
            "DeleteMessage" => output(self.delete_message(&read(input)?)?),
            "DeleteMessageBatch" => output(self.delete_message_batch(&read(input)?)?),
            "ChangeMessageVisibility" => output(self.change_message_visibility(&read(input)?)?),
            "ChangeMessageVisibilityBatch" => {
                output(self.change_message_visibility_batch(&read(input)?)?)
            }
            "GetQueueAttributes" => output(self.get_queue_attributes(&read(input)?)?),
            "GetQueueUrl" => output(self.get_queue_url(&read(input)?)?),
            "ListQueues" => output(self.list_queues(&read(input)?)),
            "ListDeadLetterSourceQueues" => {
                output(self.list_dead_letter_source_queues(&read(input)?)?)
            }
            "StartMessageMoveTask" => output(self.start_message_move_task(read(input)?)?),
            "ListMessageMoveTasks" => output(self.list_message_move_tasks(&read(input)?)?),
            "CancelMessageMoveTask" => output(self.cancel_message_move_task(&read(input)?)?),
            "PurgeQueue" => output(self.purge_queue(&read(input)?)?),
            other if NOT_EMULATED.contains(&other) => {
                Err(SqsError::not_emulated(&format!("the operation {other}")))
            }
            other => Err(SqsError::new(
                "UnknownOperationException",
                format!("there is no operation {other}"),
            )),
        }
    }

    /// The name of the queue that a URL names.
    fn named(&self, url: &str) -> Result<String, SqsError> {
        let mut parts = url.trim_end_matches('/').rsplit('/');
        let (name, account) = (parts.next(), parts.next());
        match (name, account) {
            (Some(name), Some(account)) if account == self.shared.account => Ok(name.to_owned()),
            _ => Err(SqsError::no_queue()),
        }
    }

    fn url_of(&self, name: &str) -> String {
        format!("{}/{}/{name}", self.shared.url, self.shared.account)
    }
}

fn read<T: DeserializeOwned>(input: &[u8]) -> Result<T, SqsError> {
    serde_json::from_slice(input).map_err(|error| {
        let text = error.to_string();
        let missing = text.strip_prefix("missing field `");
        match missing.and_then(|rest| rest.split_once('`')) {
            Some((parameter, _)) => SqsError::missing(parameter),
            // The rest of the text could hold a part of a message.
            None => SqsError::new(
                "InvalidParameterValue",
                format!(
                    "The request is not what the operation takes (line {}, column {}).",
                    error.line(),
                    error.column()
                ),
            ),
        }
    })
}

fn output(output: impl Serialize) -> Result<Value, SqsError> {
    serde_json::to_value(output).map_err(|error| SqsError::new("InternalError", error.to_string()))
}

/// A number of seconds that SQS takes for a parameter.
fn seconds(parameter: &str, value: i64, most: u64) -> Result<u64, SqsError> {
    let seconds = u64::try_from(value).ok().filter(|value| *value <= most);
    seconds.ok_or_else(|| {
        SqsError::invalid(
            parameter,
            &format!("Must be between 0 and {most}, if provided."),
        )
    })
}
