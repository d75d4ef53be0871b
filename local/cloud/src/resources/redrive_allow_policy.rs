//! `aws:sqs/redriveAllowPolicy:RedriveAllowPolicy`: which queues may move what they cannot get done to a queue.

use serde::Deserialize;

use crate::cloud::{Cloud, Created, NewResource};
use crate::error::Refusal;
use crate::inputs::read;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    queue_url: String,
    redrive_allow_policy: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Policy {
    redrive_permission: String,
    #[serde(default)]
    source_queue_arns: Vec<String>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &[])?;
    let name = inputs.queue_url.rsplit('/').next().unwrap_or_default();
    if !cloud.queues.contains_key(name) {
        return Err(Refusal::value(
            "queueUrl",
            "QueueDoesNotExist: the specified queue does not exist",
        ));
    }
    let refuse = |problem: String| Refusal::value("redriveAllowPolicy", problem);
    let policy: Policy = serde_json::from_str(&inputs.redrive_allow_policy)
        .map_err(|error| refuse(format!("it is not a redrive allow policy: {error}")))?;
    let Policy {
        redrive_permission,
        source_queue_arns,
    } = policy;
    let by_queue = redrive_permission == "byQueue";
    if by_queue == source_queue_arns.is_empty() || source_queue_arns.len() > 10 {
        return Err(refuse(
            "`byQueue` needs 1 to 10 sourceQueueArns, and nothing else takes any".to_owned(),
        ));
    }
    let allows = |arn: &String| match redrive_permission.as_str() {
        "allowAll" => true,
        "byQueue" => source_queue_arns.contains(arn),
        _ => false,
    };
    if !["allowAll", "denyAll", "byQueue"].contains(&redrive_permission.as_str()) {
        return Err(refuse(format!(
            "redrivePermission is `{redrive_permission}`, and must be allowAll, denyAll or byQueue"
        )));
    }
    // AWS takes it, and what that queue cannot get done then stays in it until it is too old.
    let mut sources = cloud.queues.values().filter(|source| {
        let redrive = source.redrive.as_ref();
        redrive.is_some_and(|redrive| redrive.dead_letter_queue == name)
    });
    if let Some(shut_out) = sources.find(|source| !allows(&source.arn)) {
        return Err(refuse(format!(
            "it shuts out the queue `{}`, whose redrive policy names this one",
            shut_out.name
        )));
    }
    Ok(Created::new(inputs.queue_url, new.inputs, []))
}
