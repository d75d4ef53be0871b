//! The alarms, each with its reason and what to do.
//!
//! Functions write their metrics into their logs, which arrive late and not all at once: so each alarm looks at several
//! minutes, and asks that it was over the line in some of them. A share or a percentile is computed only of enough: one
//! failure of two is no alarm at night.

use tidegate_contract::functions::Function;
use tidegate_contract::metrics::{Dimension, Metric};

use super::Watched;
use super::alarm::{About, Alarm, Comparison, Group, MOST_METRICS, Missing};
use super::query::{Query, Series};
use crate::queue::WatchedQueue;
use crate::settings::{Thresholds, Throughput};

/// Below so many in a minute, a share or a percentile says nothing.
const ENOUGH: u32 = 20;

const QUIET: Missing = Missing::NotBreaching("without traffic there is nothing that could fail");

pub(super) const ERRORS: About = About {
    name: "errors",
    group: Group::UsersAffected,
    means: "Frames fail for a reason of ours.",
    then: "The dashboard's \"errors by route\" says which route. In the log group of the function behind it, look for lines \
           whose `outcome` is `unavailable` or `broken`, and for their `problem`. Mostly the table is throttled (see \
           `throttles`) or the management API does not answer. If it began with a deployment, go back to the commit before: \
           connections stay open while functions change.",
    missing: QUIET,
};

pub(super) const HANDSHAKE_ERRORS: About = About {
    name: "handshake-errors",
    group: Group::UsersAffected,
    means: "People with good tokens cannot connect for a reason of ours; bad tokens do not count.",
    then: "Look for `outcome` `unavailable` in the logs of `authorizer` (the issuer's keys cannot be fetched: is the issuer \
           up?) and `connect` (the table). Clients try again by themselves; once the cause is gone, 500 connections a \
           second come back.",
    missing: QUIET,
};

pub(super) const FUNCTION_FAILURES: About = About {
    name: "function-failures",
    group: Group::UsersAffected,
    means: "Functions crash, run out of memory or out of time, before they could say anything themselves.",
    then: "The log group of the function has the line of the Lambda service (`Task timed out`, `signal: killed`). A function \
           that has just been deployed and cannot start lacks an environment variable: deploy program and functions from one \
           commit. The authorizer is not counted here, as Lambda takes each refused token for an error.",
    missing: QUIET,
};

pub(super) const AUTHORIZER_FAILURES: About = About {
    name: "authorizer-failures",
    group: Group::UsersAffected,
    means: "The authorizer crashes, runs out of memory or out of time: nobody can connect.",
    then: "Its log group has the line of the Lambda service (`Task timed out`, `signal: killed`), or why it cannot start: an \
           environment variable is missing when program and functions are of two commits. Lambda takes each refused token for \
           an error, so what is counted here are the errors of which the authorizer itself said nothing.",
    missing: QUIET,
};

pub(super) const LATENCY: About = About {
    name: "latency",
    group: Group::UsersAffected,
    means: "One frame in a hundred takes longer than it should.",
    then: "The dashboard's \"latency by route\" says which route. Publishing to large channels takes long: lower \
           `delivery.directReceivers`, so that the queue takes over earlier. If all routes are slow, look at the table's \
           latency and throttles, and at `functions.memoryMb`, which is also the share of a processor.",
    missing: QUIET,
};

pub(super) const THROTTLES: About = About {
    name: "throttles",
    group: Group::UsersAffected,
    means: "Lambda turns invocations away.",
    then: "The dashboard's \"throttles\" says which. The account's concurrency is used up (1,000 in each Region, 10 in a new \
           account: ask for more), or a function's `reservedConcurrency` is too small.",
    missing: Missing::NotBreaching("AWS counts throttles only when there are any"),
};

pub(super) const TABLE_THROTTLES: About = About {
    name: "table-throttles",
    group: Group::UsersAffected,
    means: "DynamoDB turns requests away.",
    then: "A new table takes 4,000 writes a second and doubles within half an hour; before a large event raise its warm \
           throughput. One channel with a history takes about 50 publications a second: spread more over several channels.",
    missing: Missing::NotBreaching("AWS counts throttles only when there are any"),
};

pub(super) const ABNORMAL_DISCONNECTS: About = About {
    name: "abnormal-disconnects",
    group: Group::UsersAffected,
    means: "Many connections end without a close frame.",
    then: "Clients lost their network, were killed, or cannot keep up. If it is all of them at once, look at AWS's health \
           page for API Gateway, and at whether a deployment replaced the API or its stage (an `up` that shows `replace` on \
           either ends every connection). If it began with a release of a client, that client crashes or does not ping.",
    missing: QUIET,
};

pub(super) const DELIVERY_ERRORS: About = About {
    name: "delivery-errors",
    group: Group::UsersAffected,
    means: "Publications do not reach people who are connected.",
    then: "`failed` in the logs of `message` and `fanout` counts posts that were tried several times. 429 from the management \
           API means that the account's 10,000 requests a second are used up by all APIs together (ask for more, or lower \
           `delivery.maximumConcurrency`), or that single clients do not read: those are told apart by their connection.",
    missing: QUIET,
};

pub(super) const QUEUE_AGE: About = About {
    name: "queue-age",
    group: Group::UsersAffected,
    means: "Publications to large channels wait too long in the queue.",
    then: "More is published than `delivery.maximumConcurrency` slices at once can deliver, or `fanout` is throttled or fails. \
           Raise the concurrency if the account's request rate allows it. What has waited for an hour is deleted.",
    missing: Missing::NotBreaching("an empty queue that nobody polls reports nothing"),
};

pub(super) const DEAD_LETTERS: About = About {
    name: "dead-letters",
    group: Group::Attention,
    means: "Messages could not be processed and were put aside.",
    then: "`tidegate dlq list --queue fanout` says whom they were for and why; see the logs of `fanout` at that time. When the cause \
           is mended, \
           `tidegate dlq redrive` sends them out again; receivers drop what they have had. They are kept for 14 days.",
    missing: Missing::NotBreaching("an empty queue that nobody looks at reports nothing"),
};

pub(super) const INLET_AGE: About = About {
    name: "inlet-age",
    group: Group::UsersAffected,
    means: "Publications of backends wait too long in the queue of the inlet.",
    then: "More comes than `inlet.maximumConcurrency` batches at once can publish, or `inlet` is throttled or fails: its log group \
           says why. Many publications to one channel with a history wait for each other, at about 50 a second: use more \
           channels. What has waited for four days is deleted.",
    missing: Missing::NotBreaching("an empty queue that nobody polls reports nothing"),
};

pub(super) const INLET_DEAD_LETTERS: About = About {
    name: "inlet-dead-letters",
    group: Group::Attention,
    means: "Publications of backends, or events, could not be taken and were put aside.",
    then: "Mostly a backend or a rule sends what is no publication, or to a namespace that there is not: \
           `tidegate dlq list --queue inlet` says what they are, and the logs of `inlet` at that time why. When the cause is \
           mended, `tidegate dlq redrive --queue inlet` sends them out again; what has a `key` is published once if it comes \
           again within ten minutes, so look first what was. They are kept for 14 days.",
    missing: Missing::NotBreaching("an empty queue that nobody looks at reports nothing"),
};

pub(super) const GATEWAY_ERRORS: About = About {
    name: "gateway-errors",
    group: Group::UsersAffected,
    means: "API Gateway cannot invoke functions.",
    then: "A permission or an integration is missing or wrong: that comes from a deployment. `pulumi preview` shows what \
           differs; `pulumi up` puts it right.",
    missing: Missing::NotBreaching("API Gateway counts them only when there are any"),
};

pub(super) const THROUGHPUT: About = About {
    name: "throughput",
    group: Group::UsersAffected,
    means: "There is less traffic than there should be.",
    then: "Try it yourself: `tidegate connect`. If that works, clients do not come: DNS, the edge (is WAF blocking? see its \
           logs), a certificate that has run out, or a release of a client.",
    missing: Missing::Breaching("no frames at all is exactly what this is about"),
};

/// Everything that can be an alarm, in the order of the runbook.
pub(super) const ALL: [About; 15] = [
    ERRORS,
    HANDSHAKE_ERRORS,
    FUNCTION_FAILURES,
    AUTHORIZER_FAILURES,
    LATENCY,
    THROTTLES,
    TABLE_THROTTLES,
    ABNORMAL_DISCONNECTS,
    DELIVERY_ERRORS,
    QUEUE_AGE,
    INLET_AGE,
    GATEWAY_ERRORS,
    DEAD_LETTERS,
    INLET_DEAD_LETTERS,
    THROUGHPUT,
];

/// The alarms of a stack.
pub(super) fn all(watched: &Watched, thresholds: &Thresholds) -> Vec<Alarm> {
    let errors = f64::from(thresholds.error_percent);
    let mut alarms = vec![
        share(
            watched,
            ERRORS,
            &[Metric::FrameErrors],
            &[Metric::Frames],
            errors,
        ),
        share(
            watched,
            HANDSHAKE_ERRORS,
            &[Metric::ConnectsFailed],
            &[Metric::Connects, Metric::ConnectsFailed],
            errors,
        ),
        authorizer_failures(watched),
        latency(watched, f64::from(thresholds.latency_ms)),
        table_throttles(watched),
        share(
            watched,
            ABNORMAL_DISCONNECTS,
            &[Metric::AbnormalDisconnects],
            &[Metric::Disconnects],
            f64::from(thresholds.abnormal_disconnect_percent),
        ),
        share(
            watched,
            DELIVERY_ERRORS,
            &[Metric::DeliveriesFailed],
            &[Metric::Deliveries, Metric::DeliveriesFailed],
            errors,
        ),
        age(QUEUE_AGE, &watched.fanout, thresholds),
        gateway_errors(watched),
        dead_letters(DEAD_LETTERS, &watched.fanout),
    ];
    alarms.extend(function_failures(watched));
    alarms.extend(throttles(watched));
    if let Some(inlet) = &watched.inlet {
        alarms.push(age(INLET_AGE, inlet, thresholds));
        alarms.push(dead_letters(INLET_DEAD_LETTERS, inlet));
    }
    alarms.extend(
        thresholds
            .throughput
            .as_ref()
            .map(|it| throughput(watched, it)),
    );
    alarms
}

/// An alarm on one series.
fn one(about: About, series: Series, threshold: f64) -> Alarm {
    let mut query = Query::series("m", series);
    query.label = about.name;
    Alarm {
        about,
        part: 1,
        queries: vec![query],
        comparison: Comparison::Above,
        threshold,
        minutes: 5,
        of_them: 3,
    }
}

/// How long the oldest message of a queue may wait.
fn age(about: About, queue: &WatchedQueue, thresholds: &Thresholds) -> Alarm {
    let age = of_queue("ApproximateAgeOfOldestMessage", &queue.name);
    one(about, age, f64::from(thresholds.queue_age_seconds))
}

/// One message that was put aside is one too many.
fn dead_letters(about: About, queue: &WatchedQueue) -> Alarm {
    let waiting = of_queue("ApproximateNumberOfMessagesVisible", &queue.dead_letters);
    Alarm {
        minutes: 1,
        of_them: 1,
        ..one(about, waiting, 0.0)
    }
}

/// An alarm on a share in percent, where there is enough of which it is one.
fn share(
    watched: &Watched,
    about: About,
    part: &[Metric],
    whole: &[Metric],
    percent: f64,
) -> Alarm {
    let mut queries: Vec<Query> = Vec::new();
    let mut sum = |metrics: &[Metric], prefix: &str| {
        let ids: Vec<String> = (0..metrics.len())
            .map(|it| format!("{prefix}{it}"))
            .collect();
        for (id, metric) in ids.iter().zip(metrics) {
            // A metric that has never been emitted is none: as zero, the others still count.
            queries.push(Query::series(id, Series::ours(watched, *metric, "Sum")));
        }
        let ids: Vec<String> = ids.iter().map(|id| format!("FILL({id}, 0)")).collect();
        format!("({})", ids.join(" + "))
    };
    let (part, whole) = (sum(part, "p"), sum(whole, "w"));
    queries.push(Query::expression(
        "share",
        about.name,
        format!("IF({whole} >= {ENOUGH}, 100 * {part} / {whole}, 0)"),
    ));
    Alarm {
        about,
        part: 1,
        queries,
        comparison: Comparison::Above,
        threshold: percent,
        minutes: 5,
        of_them: 3,
    }
}

/// The slowest of a hundred, where there are enough: of few, one cold start would be it.
fn latency(watched: &Watched, threshold: f64) -> Alarm {
    let slowest = Series::ours(watched, Metric::FrameLatency, "p99");
    let frames = Series::ours(watched, Metric::Frames, "Sum");
    let of_enough = format!("IF(FILL(frames, 0) >= {ENOUGH}, slowest, 0)");
    Alarm {
        about: LATENCY,
        part: 1,
        queries: vec![
            Query::series("slowest", slowest),
            Query::series("frames", frames),
            Query::expression("latency", LATENCY.name, of_enough),
        ],
        comparison: Comparison::Above,
        threshold,
        minutes: 5,
        of_them: 3,
    }
}

/// The sum of series, none of which needs to be there.
fn total(about: About, series: impl IntoIterator<Item = Series>, threshold: f64) -> Alarm {
    let mut queries: Vec<Query> = series
        .into_iter()
        .enumerate()
        .map(|(number, series)| Query::series(format!("m{number}"), series))
        .collect();
    let filled: Vec<String> = queries
        .iter()
        .map(|query| format!("FILL({}, 0)", query.id))
        .collect();
    queries.push(Query::expression("total", about.name, filled.join(" + ")));
    Alarm {
        about,
        part: 1,
        queries,
        comparison: Comparison::Above,
        threshold,
        minutes: 5,
        of_them: 3,
    }
}

/// Lambda takes each `Unauthorized` of the authorizer for an error; so that one is left out.
fn function_failures(watched: &Watched) -> Vec<Alarm> {
    let functions = watched.functions.iter();
    let counted = functions.filter(|(function, _)| **function != Function::Authorizer);
    let names: Vec<_> = counted.map(|(_, name)| name).collect();
    of_functions(FUNCTION_FAILURES, &names, "Errors", 1.0)
}

/// What Lambda counts of these functions, together: as many to an alarm as it can look at.
fn of_functions(
    about: About,
    names: &[&pulumi::Output<String>],
    metric: &'static str,
    threshold: f64,
) -> Vec<Alarm> {
    let of_each = |name| Series::of_aws("AWS/Lambda", metric, &[("FunctionName", name)], "Sum");
    let parts = (1..).zip(names.chunks(MOST_METRICS));
    let alarms = parts.map(|(part, names)| Alarm {
        part,
        ..total(about, names.iter().map(|name| of_each(*name)), threshold)
    });
    alarms.collect()
}

/// The share of the authorizer's invocations that ended without a word of its own. Both sides are counted by the minute and
/// not by the same one: so a share of them, and a large one.
fn authorizer_failures(watched: &Watched) -> Alarm {
    let name = &watched.functions[&Function::Authorizer];
    let dimensions = [("FunctionName", name)];
    let of_lambda = |metric| Series::of_aws("AWS/Lambda", metric, &dimensions, "Sum");
    let mut queries = vec![
        Query::series("calls", of_lambda("Invocations")),
        Query::series("errors", of_lambda("Errors")),
        Query::series(
            "failed",
            Series::ours(watched, Metric::ConnectsFailed, "Sum"),
        ),
    ];
    for reason in REFUSED_BY_ERROR {
        queries.push(Query::series(reason, refusals(watched, reason)));
    }
    let told: Vec<String> = REFUSED_BY_ERROR
        .iter()
        .map(|reason| format!(" - FILL({reason}, 0)"))
        .collect();
    queries.push(Query::expression(
        "share",
        AUTHORIZER_FAILURES.name,
        format!(
            "IF(FILL(calls, 0) >= {ENOUGH}, 100 * (FILL(errors, 0){} - FILL(failed, 0)) / FILL(calls, 0), 0)",
            told.concat()
        ),
    ));
    Alarm {
        about: AUTHORIZER_FAILURES,
        part: 1,
        queries,
        comparison: Comparison::Above,
        threshold: 20.0,
        minutes: 5,
        of_them: 3,
    }
}

/// Why the authorizer answers with an error, as it must for 401.
const REFUSED_BY_ERROR: [&str; 2] = ["unauthorized", "origin"];

fn throttles(watched: &Watched) -> Vec<Alarm> {
    let names: Vec<_> = watched.functions.values().collect();
    of_functions(THROTTLES, &names, "Throttles", 5.0)
}

fn table_throttles(watched: &Watched) -> Alarm {
    let table = ["ReadThrottleEvents", "WriteThrottleEvents"].map(|name| {
        Series::of_aws(
            "AWS/DynamoDB",
            name,
            &[("TableName", &watched.table)],
            "Sum",
        )
    });
    total(TABLE_THROTTLES, table, 5.0)
}

fn gateway_errors(watched: &Watched) -> Alarm {
    let stage = pulumi::Output::known(watched.stage.clone());
    let errors = watched.apis.iter().map(|api| {
        let dimensions = [("ApiId", api), ("Stage", &stage)];
        Series::of_aws("AWS/ApiGateway", "ExecutionError", &dimensions, "Sum")
    });
    total(GATEWAY_ERRORS, errors, 5.0)
}

pub(super) fn of_queue(name: &'static str, queue: &pulumi::Output<String>) -> Series {
    Series::of_aws("AWS/SQS", name, &[("QueueName", queue)], "Maximum")
}

fn throughput(watched: &Watched, wanted: &Throughput) -> Alarm {
    let frames = Series::ours(watched, Metric::Frames, "Sum");
    let (Some(least), _) = (wanted.frames_per_minute, wanted.anomaly_deviations) else {
        return unusual(frames, wanted.anomaly_deviations.unwrap_or(2));
    };
    Alarm {
        comparison: Comparison::Below,
        minutes: 10,
        of_them: 10,
        ..one(THROUGHPUT, frames, f64::from(least))
    }
}

/// Below what CloudWatch has learned to be usual.
fn unusual(frames: Series, deviations: u32) -> Alarm {
    let mut frames = Query::series("m", frames);
    frames.label = "frames";
    let band = Query::expression(
        "band",
        "usual",
        format!("ANOMALY_DETECTION_BAND(m, {deviations})"),
    );
    Alarm {
        about: THROUGHPUT,
        part: 1,
        queries: vec![frames, band],
        comparison: Comparison::BelowBand("band"),
        threshold: 0.0,
        minutes: 10,
        of_them: 10,
    }
}

/// Refused tokens, which the authorizer answers as errors.
pub(super) fn refusals(watched: &Watched, reason: &str) -> Series {
    Series::ours(watched, Metric::ConnectsRefused, "Sum").by(Dimension::Reason, reason)
}
