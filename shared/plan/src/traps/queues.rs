//! Queues, and what takes messages from them.

use super::types::{EVENT_SOURCE_MAPPING, QUEUE, REDRIVE_POLICY};
use super::{Checked, Look, Rule, functions};
use crate::plan::Declared;
use crate::property::Property;

/// How long a message that was taken is out of sight where nobody says, in seconds.
const DEFAULT_VISIBILITY_S: i64 = 30;

/// How long a function may take where nobody says, in seconds.
const DEFAULT_TIMEOUT_S: i64 = 3;

pub(super) const DEAD_LETTERS: Rule = Rule {
    id: "queue-dead-letters",
    title: "Every queue has a place for what cannot be processed",
    look: |look, checked| {
        let redrives: Vec<_> = look.stack.of_type(REDRIVE_POLICY).collect();
        for queue in look.stack.of_type(QUEUE) {
            checked.seen += 1;
            let has_own = !queue.input("redrivePolicy").is_null();
            let has_one = redrives.iter().any(|it| comes_from(*it, "queueUrl", queue));
            let is_one = look
                .stack
                .of_type(QUEUE)
                .chain(redrives.iter().copied())
                .any(|other| other.urn != queue.urn && comes_from(other, "redrivePolicy", queue));
            if !(has_own || has_one || is_one) {
                checked.trap(
                    queue,
                    "It has no dead-letter queue: a message that its consumer cannot process comes back until it is too old, and is then lost without a trace. Give it a `redrivePolicy`.",
                );
            }
        }
    },
};

fn comes_from(resource: Declared<'_>, input: &str, source: Declared<'_>) -> bool {
    let sources = resource.state.property_dependencies.get(input);
    sources.is_some_and(|sources| sources.contains(source.urn))
}

/// The mappings that take from a queue.
fn mappings<'a>(look: &Look<'a>) -> impl Iterator<Item = (Declared<'a>, Option<Declared<'a>>)> {
    look.stack
        .of_type(EVENT_SOURCE_MAPPING)
        .filter_map(|mapping| {
            let queue = look.stack.source(mapping, "eventSourceArn", QUEUE).next();
            let arn = mapping.input("eventSourceArn").text().unwrap_or_default();
            (queue.is_some() || arn.contains(":sqs:")).then_some((mapping, queue))
        })
}

pub(super) const PARTIAL_BATCHES: Rule = Rule {
    id: "queue-partial-batches",
    title: "One message that fails does not bring its whole batch back",
    look: |look, checked| {
        for (mapping, _) in mappings(look) {
            checked.seen += 1;
            let types = mapping.input("functionResponseTypes");
            let mut reports = types.items().iter().filter_map(Property::text);
            if !reports.any(|kind| kind == "ReportBatchItemFailures") {
                checked.trap(
                    mapping,
                    "It has no `ReportBatchItemFailures`: what the function says of single messages is ignored, so those that failed are deleted when it returns, and all are done again when it fails. Set `functionResponseTypes`.",
                );
            }
        }
    },
};

pub(super) const CAPACITY: Rule = Rule {
    id: "queue-capacity",
    title: "Queues and functions agree on time and on how many run at once",
    look: |look, checked| {
        let mut wanted: Vec<(Declared<'_>, Option<i64>)> = Vec::new();
        for (mapping, queue) in mappings(look) {
            checked.seen += 1;
            let maximum = maximum(checked, mapping);
            for function in functions(look.stack, mapping, "functionName") {
                if let Some(queue) = queue {
                    visibility(checked, queue, function);
                }
                wanted.push((function, maximum));
            }
        }
        for (function, maxima) in by_function(wanted) {
            reserved(checked, function, maxima);
        }
    },
};

fn maximum(checked: &mut Checked, mapping: Declared<'_>) -> Option<i64> {
    let maximum = mapping.input("scalingConfig")["maximumConcurrency"].whole();
    if maximum.is_some_and(|maximum| maximum < 2) {
        checked.trap(
            mapping,
            "`scalingConfig.maximumConcurrency` is below 2: AWS refuses it, for a queue is always read by two. Set it to 2 or more, or leave it out.",
        );
    }
    maximum
}

fn visibility(checked: &mut Checked, queue: Declared<'_>, function: Declared<'_>) {
    let seconds = |value: &Property, default| match value {
        Property::Null => Some(default),
        value => value.whole(),
    };
    let visible = seconds(
        queue.input("visibilityTimeoutSeconds"),
        DEFAULT_VISIBILITY_S,
    );
    let timeout = seconds(function.input("timeout"), DEFAULT_TIMEOUT_S);
    let (Some(visible), Some(timeout)) = (visible, timeout) else {
        checked.unknown(queue);
        return;
    };
    let needed = timeout.saturating_mul(6);
    if visible < needed {
        checked.trap(
            queue,
            format!(
                "A message that was taken comes back after {visible} s, and its function `{}` may take {timeout} s: while it still works, or waits because Lambda throttles, the message is done a second time. Set `visibilityTimeoutSeconds` to six times the timeout, {needed} s.",
                function.name
            ),
        );
    }
}

/// Each function once, with all that its mappings may run at once; nothing where one of them has no bound.
fn by_function(mut wanted: Vec<(Declared<'_>, Option<i64>)>) -> Vec<(Declared<'_>, Option<i64>)> {
    wanted.sort_by_key(|(function, _)| function.urn);
    let mut sums: Vec<(Declared<'_>, Option<i64>)> = Vec::new();
    for (function, maximum) in wanted {
        match sums.last_mut() {
            Some((last, sum)) if last.urn == function.urn => {
                *sum = sum.zip(maximum).map(|(sum, more)| sum.saturating_add(more));
            }
            _ => sums.push((function, maximum)),
        }
    }
    sums
}

fn reserved(checked: &mut Checked, function: Declared<'_>, maxima: Option<i64>) {
    let reserved = function.input("reservedConcurrentExecutions").whole();
    let Some(reserved) = reserved.filter(|reserved| *reserved >= 0) else {
        return;
    };
    let back = "what Lambda then throttles goes back to the queue, counts as tried, and ends among the dead letters without ever having run";
    match maxima {
        None => checked.trap(
            function,
            format!(
                "It may run {reserved} times at once, and a mapping that feeds it has no maximum: {back}. Set `scalingConfig.maximumConcurrency` to at most that."
            ),
        ),
        Some(maxima) if reserved < maxima => checked.trap(
            function,
            format!(
                "It may run {reserved} times at once, and its mappings may want {maxima}: {back}. Reserve at least that many, or lower `scalingConfig.maximumConcurrency`."
            ),
        ),
        Some(_) => {}
    }
}
