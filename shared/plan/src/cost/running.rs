//! What depends on the load.

use tidegate_contract::functions::Function;
use tidegate_contract::own::OwnRoute;

use super::load::Load;
use super::prices::Rate;
use super::traffic::{IDLE_POLLS, SECONDS, Traffic};
use super::{Bill, free};
use crate::plan::{Declared, Snapshot};
use crate::property::Property;
use crate::traps::functions;

/// Bytes of a receiver's row, as a query reads it: 1,000 of them are 38 read units in `docs/limits.md`.
const SUBSCRIBER_BYTES: u64 = 155;
/// Bytes that one read unit reads.
const READ_BYTES: u64 = 4_096;
/// Of so many invocations X-Ray records one, and the first of each second.
const TRACED: u64 = 20;
/// What alarms send in a month.
const NOTIFICATIONS: u64 = 100;

pub(super) fn add(stack: &Snapshot<'_>, load: &Load, bill: &mut Bill<'_>) {
    let traffic = Traffic::of(load);
    for api in stack.of_type(free::API) {
        if api.input("protocolType").text() == Some("HTTP") {
            let requests = traffic
                .api_requests
                .saturating_add(traffic.server_publications);
            bill.add(Rate::HttpRequest, requests);
        } else {
            sockets(&traffic, bill);
        }
    }
    for function in stack.of_type(free::FUNCTION) {
        invocations(function, &traffic, load, bill);
    }
    for table in stack.of_type(free::TABLE) {
        rows(stack, table, &traffic, load, bill);
    }
    for mapping in stack.of_type(free::EVENT_SOURCE_MAPPING) {
        queued(stack, mapping, &traffic, bill);
    }
    for stage in stack.of_type(free::STAGE) {
        if !stage.input("accessLogSettings").is_null() {
            let frames = traffic.publications.saturating_add(traffic.subscriptions);
            let lines = frames.saturating_add(traffic.pings);
            logged(
                lines.saturating_add(traffic.handshakes),
                load.log_bytes,
                bill,
            );
        }
    }
    edge(stack, &traffic, load, bill);
    for pool in stack.of_type(free::USER_POOL) {
        let rate = match pool.input("userPoolTier").text() {
            Some("LITE") => Rate::CognitoLite,
            Some("PLUS") => Rate::CognitoPlus,
            // What a pool is where nobody says.
            _ => Rate::CognitoEssentials,
        };
        bill.add(rate, load.users);
    }
    if stack.of_type(free::TOPIC).next().is_some() {
        bill.add(Rate::SnsPublish, NOTIFICATIONS);
    }
}

/// Messages each way: a publication and its acknowledgement, deliveries, pings and pongs, subscriptions and replies.
fn sockets(traffic: &Traffic, bill: &mut Bill<'_>) {
    bill.add(Rate::WebSocketMinute, traffic.connection_minutes);
    let frames = traffic.publications.saturating_add(traffic.deliveries);
    let messages = frames
        .saturating_mul(traffic.messages_per_frame)
        .saturating_add(traffic.publications)
        .saturating_add(traffic.pings.saturating_mul(2))
        .saturating_add(traffic.subscriptions.saturating_mul(2));
    bill.add(Rate::WebSocketMessage, messages);
    for route in OwnRoute::ALL {
        let ways = 1 + u64::from(route.is_two_way());
        bill.add(
            Rate::WebSocketMessage,
            traffic.own_frames.saturating_mul(ways),
        );
    }
}

/// The memory of a function, in megabytes, and whether it is arm64.
pub(super) fn shape(function: Declared<'_>) -> (u64, bool) {
    let memory = function.input("memorySize").whole();
    let architectures = function.input("architectures").items();
    let is_arm = architectures.iter().any(|it| it.text() == Some("arm64"));
    // 128 MB, where nobody says.
    (
        memory.and_then(|it| it.try_into().ok()).unwrap_or(128),
        is_arm,
    )
}

fn invocations(function: Declared<'_>, traffic: &Traffic, load: &Load, bill: &mut Bill<'_>) {
    let Some(count) = traffic.invocations(function.name) else {
        return;
    };
    bill.add(Rate::LambdaRequest, count);
    let (memory, is_arm) = shape(function);
    let rate = if is_arm {
        Rate::LambdaArm64
    } else {
        Rate::LambdaX86
    };
    bill.add(rate, gigabyte_seconds(count, load.function_ms, memory));
    logged(count, load.log_bytes, bill);
    if function.input("tracingConfig")["mode"].text() == Some("Active") {
        let first = count.min(SECONDS);
        bill.add(Rate::Trace, first + (count - first) / TRACED);
    }
}

fn gigabyte_seconds(count: u64, milliseconds: u64, megabytes: u64) -> u64 {
    let all = u128::from(count) * u128::from(milliseconds) * u128::from(megabytes);
    u64::try_from(all.div_ceil(1_000 * 1_024)).unwrap_or(u64::MAX)
}

fn logged(lines: u64, bytes: u64, bill: &mut Bill<'_>) {
    let megabytes = lines.saturating_mul(bytes).div_ceil(1_000_000);
    bill.add(Rate::LogsIngest, megabytes);
    bill.add(Rate::LogsStorage, megabytes);
}

/// As the table of request units in `docs/limits.md` has it. Writes: connect 1, disconnect 1 and 1 for each subscription,
/// subscribe 2. Reads: connect 1, subscribe 2.5 and publish 2 beside its receivers, each with its session and in a channel with
/// history. Where something has presence, every connection is taken to have it.
fn rows(
    stack: &Snapshot<'_>,
    table: Declared<'_>,
    traffic: &Traffic,
    load: &Load,
    bill: &mut Bill<'_>,
) {
    let publications = traffic.all_publications();
    let writes = traffic
        .handshakes
        .saturating_mul(2)
        .saturating_add(traffic.subscriptions.saturating_mul(3))
        .saturating_add(publications.saturating_mul(load.writes_per_publication))
        .saturating_add(leases(stack, traffic).saturating_mul(2));
    bill.add(Rate::DynamoDbWrite, writes);
    let subscribers = load.receivers.saturating_mul(SUBSCRIBER_BYTES);
    let reads = publications
        .saturating_mul(2 + subscribers.div_ceil(READ_BYTES))
        .saturating_add(traffic.handshakes)
        .saturating_add(traffic.subscriptions.saturating_mul(5).div_ceil(2));
    bill.add(Rate::DynamoDbRead, reads);
    // The session of whoever sent a frame.
    for _route in OwnRoute::ALL {
        bill.add(Rate::DynamoDbRead, traffic.own_frames);
    }
    // A kilobyte for each session and each subscription, at most.
    let megabytes = load
        .clients
        .saturating_mul(1 + load.channels)
        .div_ceil(1_000);
    bill.add(Rate::DynamoDbStorage, megabytes);
    if table.input("pointInTimeRecovery")["enabled"].is_true() {
        bill.add(Rate::DynamoDbRecovery, megabytes);
    }
}

/// Leases that fall due, where a function looks after them: one is written anew and one deleted for each.
fn leases(stack: &Snapshot<'_>, traffic: &Traffic) -> u64 {
    let mut functions = stack.of_type(free::FUNCTION);
    let Some(sweep) = functions.find(|it| it.name == Function::Sweep.name()) else {
        return 0;
    };
    let rules = sweep.input("environment")["variables"]["TIDEGATE_PRESENCE"].text();
    let rules = rules.and_then(|it| serde_json::from_str::<serde_json::Value>(it).ok());
    let minutes = rules.and_then(|rules| rules["leaseMinutes"].as_u64());
    traffic.connection_minutes / minutes.unwrap_or(LEASE_MINUTES).max(1)
}

/// Minutes of a lease, where that cannot be read.
const LEASE_MINUTES: u64 = 3;

/// Send, receive and delete: the last two in batches of ten.
fn queued<'a>(stack: &Snapshot<'a>, mapping: Declared<'a>, traffic: &Traffic, bill: &mut Bill<'_>) {
    let Some(queue) = stack.source(mapping, "eventSourceArn", free::QUEUE).next() else {
        return;
    };
    let rate = if queue.input("fifoQueue").is_true() {
        Rate::SqsFifoRequest
    } else {
        Rate::SqsRequest
    };
    let mut fed = functions(stack, mapping, "functionName").into_iter();
    let messages = if fed.any(|it| it.name == Function::Inlet.name()) {
        traffic.inlet_publications
    } else {
        traffic.slices
    };
    bill.add(rate, messages.saturating_add(messages.div_ceil(10) * 2));
    bill.add(rate, IDLE_POLLS);
}

fn edge(stack: &Snapshot<'_>, traffic: &Traffic, load: &Load, bill: &mut Bill<'_>) {
    let requests = traffic.handshakes.saturating_add(traffic.api_requests);
    let megabytes = traffic
        .deliveries
        .saturating_mul(load.frame_kb)
        .div_ceil(1_000);
    let has = |kind: &str| stack.of_type(kind).next().is_some();
    if has(free::DISTRIBUTION) {
        bill.add(Rate::CloudFrontRequest, requests);
        bill.add(Rate::CloudFrontOut, megabytes);
    } else if has(free::API) {
        bill.add(Rate::DataOut, megabytes);
    }
    if has(free::WEB_ACL) {
        bill.add(Rate::WebAclRequest, requests);
    }
    if has(free::ZONE) {
        bill.add(Rate::ZoneQuery, traffic.handshakes);
    }
}

/// Metrics that the functions emit while all is well: each name with each set of dimensions, as often as these have values.
pub(super) fn metrics(stack: &Snapshot<'_>) -> u64 {
    use tidegate_contract::metrics::{Dimension, Metric};
    use tidegate_contract::routes::Route;

    let emits = |it: Declared<'_>| it.name == Function::Message.name();
    let Some(message) = stack.of_type(free::FUNCTION).find(|it| emits(*it)) else {
        return 0;
    };
    let namespaces = namespaces(message);
    let of_frames =
        |it: &&Route| matches!(it.function(), Some(Function::Message | Function::Own(_)));
    let routes = Route::ALL.iter().filter(of_frames);
    let routes = u64::try_from(routes.count()).unwrap_or_default();
    let values = |dimension: &Dimension| match dimension {
        Dimension::Stack => 1,
        Dimension::Route => routes,
        Dimension::Namespace => namespaces,
        Dimension::Reason => REASONS,
        // They are emitted only while something is wrong.
        Dimension::Downstream => 0,
    };
    let usual = Metric::ALL.iter().filter(|metric| !metric.is_of_trouble());
    let sets = usual.flat_map(|metric| metric.dimensions());
    sets.map(|set| set.iter().map(values).product::<u64>())
        .sum()
}

/// Why handshakes are refused: a token that is missing, wrong or expired, a right, a limit, an origin.
const REASONS: u64 = 6;

/// How many namespaces the configuration has; some, where that cannot be read.
fn namespaces(message: Declared<'_>) -> u64 {
    let variables = &message.input("environment")["variables"];
    let text = variables["TIDEGATE_NAMESPACES"].text();
    let parsed = text.and_then(|it| serde_json::from_str(it).ok());
    match parsed.map(Property::read) {
        Some(Property::Object(namespaces)) => u64::try_from(namespaces.len()).unwrap_or_default(),
        _ => 4,
    }
}
