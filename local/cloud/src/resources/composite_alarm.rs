//! `aws:cloudwatch/compositeAlarm:CompositeAlarm`.

use serde::Deserialize;
use serde_json::json;

use crate::alarms::{CompositeAlarm, Rule};
use crate::cloud::{Cloud, Created, NewResource};
use crate::error::Refusal;
use crate::inputs::read;

const INERT: [&str; 6] = [
    "actionsEnabled",
    "alarmActions",
    "alarmDescription",
    "insufficientDataActions",
    "okActions",
    "tags",
];
/// A CloudWatch quota.
const ALARMS_OF_A_RULE: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    alarm_name: String,
    alarm_rule: String,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let Inputs {
        alarm_name: name,
        alarm_rule,
    } = read(new.inputs, &INERT)?;
    let refuse = |problem: String| Refusal::value("alarmRule", problem);
    let rule = Rule::parse(&alarm_rule).map_err(|error| refuse(error.to_string()))?;
    let composite = |name: &str| {
        cloud
            .alarms
            .composite
            .iter()
            .any(|alarm| alarm.name == name)
    };
    let known = |name: &str| cloud.alarms.metric.contains_key(name) || composite(name);
    let named = rule.alarms();
    if named.len() > ALARMS_OF_A_RULE {
        let problem = format!("names more than {ALARMS_OF_A_RULE} alarms (a CloudWatch quota)");
        return Err(refuse(problem));
    }
    if let Some(unknown) = named.into_iter().find(|name| !known(name)) {
        return Err(refuse(format!(
            "ValidationError: there is no alarm `{unknown}` yet: the composite alarm must depend on it"
        )));
    }
    if known(&name) {
        let problem = format!("there is an alarm `{name}` already");
        return Err(Refusal::value("alarmName", problem));
    }
    let arn = cloud.arn("cloudwatch", &format!("alarm:{name}"));
    cloud.alarms.composite.push(CompositeAlarm {
        name: name.clone(),
        rule,
    });
    Ok(Created::new(name, new.inputs, [("arn", json!(arn))]))
}
