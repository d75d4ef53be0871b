//! `aws:sns/topicSubscription:TopicSubscription`. Nothing is sent to it from this machine.

use serde::Deserialize;
use serde_json::json;

use crate::cloud::{Cloud, Created, NewResource};
use crate::error::Refusal;
use crate::ids::base36;
use crate::inputs::read;

const INERT: [&str; 5] = [
    "confirmationTimeoutInMinutes",
    "deliveryPolicy",
    "endpointAutoConfirms",
    "rawMessageDelivery",
    "redrivePolicy",
];
const PROTOCOLS: [&str; 9] = [
    "application",
    "email",
    "email-json",
    "firehose",
    "http",
    "https",
    "lambda",
    "sms",
    "sqs",
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    topic: String,
    protocol: String,
    endpoint: String,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let Inputs {
        topic,
        protocol,
        endpoint,
    } = read(new.inputs, &INERT)?;
    super::topic::exists(cloud, "topic", &topic)?;
    if !PROTOCOLS.contains(&protocol.as_str()) {
        let problem = format!("must be one of {}", PROTOCOLS.join(", "));
        return Err(Refusal::value("protocol", problem));
    }
    if protocol.starts_with("email") && !endpoint.contains('@') {
        let problem = "InvalidParameter: Email address";
        return Err(Refusal::value("endpoint", problem));
    }
    // Whose address it is stays out of the log.
    let name = topic.rsplit(':').next().unwrap_or(&topic);
    cloud.notes.insert(format!(
        "nothing is sent from here: the topic {name} has a subscription ({protocol}) that hears of alarms on AWS only"
    ));
    let arn = format!("{topic}:{}", base36(new.urn, "subscription", 36));
    let computed = [
        ("arn", json!(arn)),
        ("ownerId", json!(cloud.endpoints.account)),
        ("confirmationWasAuthenticated", json!(false)),
        ("pendingConfirmation", json!(protocol.starts_with("email"))),
        ("filterPolicyScope", json!("")),
    ];
    Ok(Created::new(arn.clone(), new.inputs, computed))
}
