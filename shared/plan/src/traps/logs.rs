//! Logs.

use super::types::{FUNCTION, LOG_GROUP};
use super::{Look, Rule};
use crate::plan::Declared;

pub(super) const RETENTION: Rule = Rule {
    id: "log-retention",
    title: "Every log group forgets",
    look: |look, checked| {
        for group in look.stack.of_type(LOG_GROUP) {
            checked.seen += 1;
            match group.input("retentionInDays").above_zero() {
                Some(true) => {}
                None => checked.unknown(group),
                Some(false) => checked.trap(
                    group,
                    "It has no `retentionInDays`: it keeps every line for ever, and each month costs more than the last. Give it an end.",
                ),
            }
        }
    },
};

pub(super) const OWN_GROUP: Rule = Rule {
    id: "function-log-group",
    title: "Every function writes to a log group of this stack",
    look: |look, checked| {
        for function in look.stack.of_type(FUNCTION) {
            checked.seen += 1;
            if !has_group(look, function) {
                checked.trap(
                    function,
                    "It has no log group of this stack: Lambda makes one on the first line, which nothing ever empties and which `destroy` leaves behind. Make a `LogGroup` and name it in `loggingConfig.logGroup`.",
                );
            }
        }
    },
};

fn has_group(look: &Look<'_>, function: Declared<'_>) -> bool {
    let mut sources = look.stack.source(function, "loggingConfig", LOG_GROUP);
    if sources.next().is_some() {
        return true;
    }
    let named = function.input("loggingConfig")["logGroup"].text();
    let name = match (named, function.input("name").text()) {
        (Some(group), _) => group.to_owned(),
        (None, Some(function)) => format!("/aws/lambda/{function}"),
        (None, None) => return false,
    };
    let mut groups = look.stack.of_type(LOG_GROUP);
    groups.any(|group| group.input("name").text() == Some(&name))
}
