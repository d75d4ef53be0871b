//! Alarms.

use super::types::{COMPOSITE_ALARM, METRIC_ALARM};
use super::{Checked, Rule};
use crate::plan::Declared;

pub(super) const ALARMS: Rule = Rule {
    id: "alarm",
    title: "Every alarm says what a missing value means, and what to do",
    look: |look, checked| {
        for alarm in look.stack.of_type(METRIC_ALARM) {
            checked.seen += 1;
            if alarm.input("treatMissingData").is_null() {
                checked.trap(
                    alarm,
                    "It has no `treatMissingData`: with few values it goes to INSUFFICIENT_DATA, or rings for a single old one. Say `notBreaching`, or `breaching` where silence is the fault.",
                );
            }
            described(checked, alarm);
        }
        for alarm in look.stack.of_type(COMPOSITE_ALARM) {
            checked.seen += 1;
            described(checked, alarm);
        }
    },
};

fn described(checked: &mut Checked, alarm: Declared<'_>) {
    let description = alarm.input("alarmDescription");
    let is_empty = description
        .text()
        .is_some_and(|text| text.trim().is_empty());
    if description.is_null() || is_empty {
        checked.trap(
            alarm,
            "It has no `alarmDescription`: whom it wakes at night is told a name and a number. Say what it means and what to do first.",
        );
    }
}
