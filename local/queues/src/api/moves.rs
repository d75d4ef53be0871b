//! `StartMessageMoveTask`, and what tells of its tasks and ends them.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::SqsError;
use crate::moves::{MoveTask, Status};
use crate::queues::{Queues, State};

/// The most messages that a task moves in a second, and the most tasks of one answer.
const MOST_RATE: u64 = 500;
const MOST_RESULTS: u64 = 10;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StartMessageMoveTask {
    source_arn: String,
    destination_arn: Option<String>,
    max_number_of_messages_per_second: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListMessageMoveTasks {
    source_arn: String,
    max_results: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CancelMessageMoveTask {
    task_handle: String,
}

impl Queues {
    pub(super) fn start_message_move_task(
        &self,
        input: StartMessageMoveTask,
    ) -> Result<Value, SqsError> {
        let rate = input
            .max_number_of_messages_per_second
            .map(|rate| within("MaxNumberOfMessagesPerSecond", rate, MOST_RATE))
            .transpose()?;
        let now_ms = self.now_ms();
        let mut state = self.state();
        let source = by_arn(&state, "SourceArn", &input.source_arn)?;
        if let Some(destination) = &input.destination_arn {
            by_arn(&state, "DestinationArn", destination)?;
        }
        let is_dead_letter_queue = state.queues.values().any(|queue| {
            let redrive = queue.spec.redrive.as_ref();
            redrive.is_some_and(|redrive| redrive.dead_letter_queue == source)
        });
        if !is_dead_letter_queue {
            return Err(SqsError::new(
                "InvalidParameterValue",
                "Source queue must be configured as a Dead Letter Queue.",
            ));
        }
        let running = |task: &MoveTask| task.source == source && task.status == Status::Running;
        if state.moves.iter().any(running) {
            return Err(SqsError::new(
                "UnsupportedOperation",
                "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
            ));
        }
        let queue = state.queues.get(&source);
        let to_move = queue.map_or(0, |queue| queue.counts(now_ms).visible);
        let handle = state.ids.uuid();
        state.moves.push(MoveTask {
            handle: handle.clone(),
            source,
            source_arn: input.source_arn,
            destination_arn: input.destination_arn,
            rate,
            to_move,
            moved: 0,
            started_ms: now_ms,
            status: Status::Running,
        });
        drop(state);
        self.wake();
        Ok(json!({ "TaskHandle": handle }))
    }

    /// The tasks of a queue, the newest first.
    pub(super) fn list_message_move_tasks(
        &self,
        input: &ListMessageMoveTasks,
    ) -> Result<Value, SqsError> {
        let most = input
            .max_results
            .map_or(Ok(1), |most| within("MaxResults", most, MOST_RESULTS))?;
        let state = self.state();
        let source = by_arn(&state, "SourceArn", &input.source_arn)?;
        let tasks = state.moves.iter().rev();
        let tasks = tasks.filter(|task| task.source == source).map(shown);
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        Ok(json!({ "Results": tasks.take(most).collect::<Vec<_>>() }))
    }

    /// What was moved already stays where it is.
    pub(super) fn cancel_message_move_task(
        &self,
        input: &CancelMessageMoveTask,
    ) -> Result<Value, SqsError> {
        let mut state = self.state();
        let mut tasks = state.moves.iter_mut();
        let task = tasks.find(|task| task.handle == input.task_handle);
        let task = task.ok_or_else(|| {
            SqsError::new(
                "ResourceNotFoundException",
                "The specified task handle does not exist.",
            )
        })?;
        if task.status != Status::Running {
            return Err(SqsError::new(
                "UnsupportedOperation",
                "Only active message move tasks can be cancelled.",
            ));
        }
        task.status = Status::Cancelled;
        Ok(json!({ "ApproximateNumberOfMessagesMoved": task.moved }))
    }
}

fn within(parameter: &str, value: i64, most: u64) -> Result<u64, SqsError> {
    let value = u64::try_from(value).ok();
    let value = value.filter(|value| (1..=most).contains(value));
    value.ok_or_else(|| {
        let reason = format!("Must be between 1 and {most}, if provided.");
        SqsError::invalid(parameter, &reason)
    })
}

/// The name of the queue that an ARN names.
fn by_arn(state: &State, parameter: &str, arn: &str) -> Result<String, SqsError> {
    let queue = state.queues.values().find(|queue| queue.spec.arn == arn);
    let queue = queue.ok_or_else(|| {
        SqsError::new(
            "ResourceNotFoundException",
            format!("The resource that you specified for the {parameter} parameter doesn't exist."),
        )
    })?;
    Ok(queue.spec.name.clone())
}

fn shown(task: &MoveTask) -> Value {
    let (status, reason) = match task.status {
        Status::Running => ("RUNNING", None),
        Status::Completed => ("COMPLETED", None),
        Status::Cancelled => ("CANCELLED", None),
        Status::Failed(reason) => ("FAILED", Some(reason)),
    };
    let mut shown = json!({
        "Status": status,
        "SourceArn": task.source_arn,
        "ApproximateNumberOfMessagesMoved": task.moved,
        "ApproximateNumberOfMessagesToMove": task.to_move,
        "StartedTimestamp": task.started_ms,
    });
    // Who may cancel a task is told its handle, and so of no other.
    if task.status == Status::Running {
        shown["TaskHandle"] = task.handle.as_str().into();
    }
    if let Some(destination) = &task.destination_arn {
        shown["DestinationArn"] = destination.as_str().into();
    }
    if let Some(rate) = task.rate {
        shown["MaxNumberOfMessagesPerSecond"] = rate.into();
    }
    if let Some(reason) = reason {
        shown["FailureReason"] = reason.into();
    }
    shown
}
