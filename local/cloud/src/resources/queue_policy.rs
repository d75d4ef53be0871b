//! `aws:sqs/queuePolicy:QueuePolicy`: what lets EventBridge send to a queue. Functions are not held to it, as they are to
//! no policy.

use serde::Deserialize;

use crate::cloud::{Cloud, Created, NewResource};
use crate::error::Refusal;
use crate::events::QueuePolicy;
use crate::inputs::read;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    queue_url: String,
    policy: String,
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
    let policy = QueuePolicy::read(&inputs.policy);
    let policy = policy.map_err(|problem| Refusal::value("policy", problem))?;
    if cloud
        .queue_policies
        .insert(name.to_owned(), policy)
        .is_some()
    {
        return Err(Refusal::value(
            "queueUrl",
            "the queue has a policy already, which this one would replace on AWS: put all statements into one",
        ));
    }
    Ok(Created::new(inputs.queue_url, new.inputs, []))
}
