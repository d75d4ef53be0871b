//! CloudWatch Logs: log groups.

use crate::Origin;
use crate::judge::Judge;

const RETENTION: Origin = Origin::Documented("CloudWatch Logs API Reference, PutRetentionPolicy");
const NAMES: Origin = Origin::Documented("CloudWatch Logs API Reference, CreateLogGroup");

/// The only numbers of days that logs can be kept for. Zero is for ever.
const DAYS: [f64; 23] = [
    0.0, 1.0, 3.0, 5.0, 7.0, 14.0, 30.0, 60.0, 90.0, 120.0, 150.0, 180.0, 365.0, 400.0, 545.0,
    731.0, 1096.0, 1827.0, 2192.0, 2557.0, 2922.0, 3288.0, 3653.0,
];

pub(super) fn log_group(judge: &mut Judge<'_>) {
    let days = judge.number("retentionInDays");
    if days.is_some_and(|days| !DAYS.contains(&days)) {
        let problem = format!(
            "must be one of {}",
            DAYS.map(|days| days.to_string()).join(", ")
        );
        judge.object("retentionInDays", problem, &RETENTION);
    }
    for property in ["name", "namePrefix"] {
        let name = judge.text(property).unwrap_or_default();
        if name.starts_with("aws/") {
            judge.object(property, "must not begin with `aws/`", &NAMES);
        }
    }
    if judge.is_given("name") {
        judge.exclude("namePrefix", "together with `name`", &NAMES);
    }
}
