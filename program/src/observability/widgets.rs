//! The pictures: first the four that operators ask for, then what an on-call person wants next.

use pulumi::Output;
use tidegate_contract::metrics::{Dimension, Metric};
use tidegate_contract::routes::Route;

use super::Watched;
use super::alarms::{of_queue, refusals};
use super::dashboard::{Shown, Widget};
use super::query::{Query, Series};
use crate::queue::WatchedQueue;

const MINUTE: u32 = 60;
const HOUR: u32 = 3600;

/// Every picture, in rows of three.
pub(super) fn all(watched: &Watched) -> Vec<Widget> {
    vec![
        active_connections(watched),
        messages_by_namespace(watched),
        errors_by_route(watched),
        connect_success(watched),
        latency_by_route(watched),
        queue_age(watched),
        throttles(watched),
        deliveries(watched),
        recoveries(watched),
        cost(watched),
    ]
}

fn shown(label: impl Into<String>) -> Shown {
    Shown::Line(label.into())
}

/// Routes that reach a function by a frame.
fn frame_routes() -> impl Iterator<Item = Route> {
    let routes = Route::ALL.into_iter();
    routes.filter(|route| match route {
        Route::Connect | Route::Disconnect => false,
        route => route.function().is_some(),
    })
}

/// Pings of a minute times the minutes between two pings of one client: never connects minus disconnects, which drifts for
/// ever, since `$disconnect` is best effort.
fn active_connections(watched: &Watched) -> Widget {
    let mut queries: Vec<(Query, Shown)> = pings(watched)
        .into_iter()
        .map(|query| (query, Shown::Hidden))
        .collect();
    let ids: Vec<_> = queries.iter().map(|(query, _)| query.id.clone()).collect();
    let expression = connections(&ids, watched.ping_seconds);
    queries.push((
        Query::expression("connections", "", expression),
        shown("connections"),
    ));
    Widget {
        title: "Active connections".to_owned(),
        unit: "connections",
        queries,
        stacked: false,
        period_s: MINUTE,
    }
}

/// The messages of the ping route of each API: each ping with its answer counts as two.
fn pings(watched: &Watched) -> Vec<Query> {
    let stage = Output::known(watched.stage.clone());
    let route = Output::known(Route::Ping.key().to_owned());
    let series = watched.apis.iter().map(|api| {
        let dimensions = [("ApiId", api), ("Stage", &stage), ("Route", &route)];
        Series::of_aws("AWS/ApiGateway", "MessageCount", &dimensions, "Sum")
    });
    series
        .enumerate()
        .map(|(number, series)| Query::series(format!("pings{number}"), series))
        .collect()
}

fn connections(pings: &[String], ping_seconds: u32) -> String {
    let sum = pings.join(" + ");
    format!("({sum}) / 2 * {ping_seconds} / PERIOD({})", pings[0])
}

fn messages_by_namespace(watched: &Watched) -> Widget {
    let by_namespace = watched.namespaces.iter().enumerate();
    let queries = by_namespace.map(|(number, namespace)| {
        let series = Series::ours(watched, Metric::Publications, "Sum");
        let series = series.by(Dimension::Namespace, namespace);
        (
            Query::series(format!("n{number}"), series),
            shown(namespace.clone()),
        )
    });
    Widget {
        title: "Messages by channel namespace".to_owned(),
        unit: "a minute",
        queries: queries.collect(),
        stacked: true,
        period_s: MINUTE,
    }
}

fn errors_by_route(watched: &Watched) -> Widget {
    let mut queries = Vec::new();
    for (number, route) in frame_routes().enumerate() {
        let by_route =
            |metric| Series::ours(watched, metric, "Sum").by(Dimension::Route, route.key());
        queries.push((
            Query::series(format!("e{number}"), by_route(Metric::FrameErrors)),
            shown(format!("{} (ours)", route.key())),
        ));
        queries.push((
            Query::series(format!("r{number}"), by_route(Metric::FrameRefusals)),
            shown(format!("{} (refused)", route.key())),
        ));
    }
    Widget {
        title: "Errors by route".to_owned(),
        unit: "a minute",
        queries,
        stacked: true,
        period_s: MINUTE,
    }
}

fn connect_success(watched: &Watched) -> Widget {
    let series = |id: &str, metric| {
        let series = Series::ours(watched, metric, "Sum");
        (Query::series(id, series), Shown::Hidden)
    };
    let refused = |id: &str, reason: &str| {
        let query = Query::series(id, refusals(watched, reason));
        (query, Shown::Line(format!("refused: {reason}, a minute")))
    };
    let all = "(FILL(connects, 0) + FILL(refused, 0) + FILL(failed, 0))";
    Widget {
        title: "Share of connects that succeed".to_owned(),
        unit: "percent",
        queries: vec![
            series("connects", Metric::Connects),
            series("refused", Metric::ConnectsRefused),
            series("failed", Metric::ConnectsFailed),
            (
                Query::expression("succeed", "", format!("100 * FILL(connects, 0) / {all}")),
                shown("all"),
            ),
            (
                Query::expression(
                    "ours",
                    "",
                    "100 * FILL(connects, 0) / (FILL(connects, 0) + FILL(failed, 0))",
                ),
                shown("with good tokens"),
            ),
            refused("unauthorized", "unauthorized"),
            refused("denied", "denied"),
        ],
        stacked: false,
        period_s: MINUTE,
    }
}

fn latency_by_route(watched: &Watched) -> Widget {
    let mut queries = Vec::new();
    for (number, route) in frame_routes().enumerate() {
        for statistic in ["p50", "p99"] {
            let series = Series::ours(watched, Metric::FrameLatency, statistic);
            queries.push((
                Query::series(
                    format!("{statistic}{number}"),
                    series.by(Dimension::Route, route.key()),
                ),
                shown(format!("{} {statistic}", route.key())),
            ));
        }
    }
    Widget {
        title: "Latency by route".to_owned(),
        unit: "ms",
        queries,
        stacked: false,
        period_s: MINUTE,
    }
}

fn queue_age(watched: &Watched) -> Widget {
    let mut queues = vec![
        ("fan-out", &watched.fanout.name),
        ("dead letters", &watched.fanout.dead_letters),
    ];
    if let Some(WatchedQueue { name, dead_letters }) = &watched.inlet {
        queues.push(("inlet", name));
        queues.push(("inlet's dead letters", dead_letters));
    }
    let mut queries = Vec::new();
    for (number, (label, queue)) in queues.into_iter().enumerate() {
        queries.push((
            Query::series(
                format!("age{number}"),
                of_queue("ApproximateAgeOfOldestMessage", queue),
            ),
            shown(format!("{label}: age of the oldest, s")),
        ));
        queries.push((
            Query::series(
                format!("waiting{number}"),
                of_queue("ApproximateNumberOfMessagesVisible", queue),
            ),
            shown(format!("{label}: messages")),
        ));
    }
    Widget {
        title: "Queues".to_owned(),
        unit: "seconds, messages",
        queries,
        stacked: false,
        period_s: MINUTE,
    }
}

fn throttles(watched: &Watched) -> Widget {
    let functions = watched.functions.iter().map(|(function, name)| {
        let series = Series::of_aws("AWS/Lambda", "Throttles", &[("FunctionName", name)], "Sum");
        let id = format!("l_{}", function.name());
        (Query::series(id, series), shown(function.name()))
    });
    let table = ["ReadThrottleEvents", "WriteThrottleEvents"].map(|name| {
        let series = Series::of_aws(
            "AWS/DynamoDB",
            name,
            &[("TableName", &watched.table)],
            "Sum",
        );
        (
            Query::series(format!("t_{}", name.to_lowercase()), series),
            shown(format!("table: {name}")),
        )
    });
    Widget {
        title: "Throttles".to_owned(),
        unit: "a minute",
        queries: functions.chain(table).collect(),
        stacked: true,
        period_s: MINUTE,
    }
}

/// A line for each metric, by its name.
fn counts<const N: usize>(watched: &Watched, metrics: [Metric; N]) -> [(Query, Shown); N] {
    metrics.map(|metric| {
        let query = Query::series(
            metric.name().to_lowercase(),
            Series::ours(watched, metric, "Sum"),
        );
        (query, shown(metric.name()))
    })
}

/// What clients get back of what they missed, and who is held back or put out.
fn recoveries(watched: &Watched) -> Widget {
    let metrics = [
        Metric::Recoveries,
        Metric::RecoveriesPaged,
        Metric::RecoveriesLost,
        Metric::AppendCollisions,
        Metric::PresenceChanges,
        Metric::RateLimited,
        Metric::PutOut,
    ];
    Widget {
        title: "Recoveries and limits".to_owned(),
        unit: "a minute",
        queries: counts(watched, metrics).into(),
        stacked: false,
        period_s: MINUTE,
    }
}

fn deliveries(watched: &Watched) -> Widget {
    let metrics = [
        Metric::Deliveries,
        Metric::DeliveriesGone,
        Metric::DeliveriesFailed,
        Metric::DeliveriesQueued,
    ];
    let counts = counts(watched, metrics);
    let latency = (
        Query::series(
            "latency",
            Series::ours(watched, Metric::DeliveryLatency, "p99"),
        ),
        shown("p99 until the last post, ms"),
    );
    Widget {
        title: "Deliveries".to_owned(),
        unit: "a minute",
        queries: counts.into_iter().chain([latency]).collect(),
        stacked: false,
        period_s: MINUTE,
    }
}

/// What the stack costs in an hour: an estimate from what AWS counts and the prices of `shared/prices.json`, without
/// what does not depend on traffic.
fn cost(watched: &Watched) -> Widget {
    let stage = Output::known(watched.stage.clone());
    let mut queries: Vec<(Query, Shown)> = Vec::new();
    let mut sum = |prefix: &str, series: Vec<Series>| {
        let ids: Vec<_> = (0..series.len())
            .map(|it| format!("{prefix}{it}"))
            .collect();
        for (id, series) in ids.iter().zip(series) {
            queries.push((Query::series(id, series), Shown::Hidden));
        }
        let ids: Vec<_> = ids.iter().map(|id| format!("FILL({id}, 0)")).collect();
        format!("({})", ids.join(" + "))
    };
    let messages = watched.apis.iter().map(|api| {
        let dimensions = [("ApiId", api), ("Stage", &stage)];
        Series::of_aws("AWS/ApiGateway", "MessageCount", &dimensions, "Sum")
    });
    let messages = sum("messages", messages.collect());
    let of_functions = |name: &'static str| -> Vec<Series> {
        let names = watched.functions.values();
        names
            .map(|function| {
                Series::of_aws("AWS/Lambda", name, &[("FunctionName", function)], "Sum")
            })
            .collect()
    };
    let invocations = sum("invocations", of_functions("Invocations"));
    let units = |name| {
        let dimensions = [("TableName", &watched.table)];
        vec![Series::of_aws("AWS/DynamoDB", name, &dimensions, "Sum")]
    };
    let writes = sum("writes", units("ConsumedWriteCapacityUnits"));
    let reads = sum("reads", units("ConsumedReadCapacityUnits"));
    let durations = of_functions("Duration");
    let memory: Vec<f64> = watched
        .functions
        .keys()
        .map(|function| f64::from(watched.memory_mb.get(function).copied().unwrap_or(128)) / 1024.0)
        .collect();
    let gb_seconds: Vec<String> = memory
        .iter()
        .enumerate()
        .map(|(number, gb)| format!("FILL(duration{number}, 0) / 1000 * {gb}"))
        .collect();
    let _each = sum("duration", durations);
    let prices = &watched.prices;
    for (id, label, expression) in [
        (
            "c_messages",
            "messages",
            format!("{messages} * {}", prices.message),
        ),
        (
            "c_functions",
            "functions",
            format!(
                "{invocations} * {} + ({}) * {}",
                prices.invocation,
                gb_seconds.join(" + "),
                prices.gb_second
            ),
        ),
        (
            "c_table",
            "table",
            format!("{writes} * {} + {reads} * {}", prices.write, prices.read),
        ),
    ] {
        queries.push((Query::expression(id, "", expression), shown(label)));
    }
    Widget {
        title: "Cost of the traffic, estimated".to_owned(),
        unit: "$ an hour",
        queries,
        stacked: true,
        period_s: HOUR,
    }
}
