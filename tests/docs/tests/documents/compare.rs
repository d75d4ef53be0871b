//! What a month costs here and with other services of AWS, reckoned from the one table of prices.

use std::fmt::Write;

use tidegate_plan::cost::{Certainty, Money, Prices, Rate, thousands};

/// Minutes, hours and seconds of a month of 30 days.
const MINUTES: u64 = 43_200;
const HOURS: u64 = 720;
const SECONDS: u64 = 2_592_000;

/// What a frame's function takes: milliseconds, and megabytes of memory.
const FUNCTION_MS: u64 = 15;
const FUNCTION_MB: u64 = 256;
/// Connections last two hours here and a day at AppSync; each joins as many channels.
const HERE_CONNECTION_MINUTES: u64 = 120;
const APPSYNC_CONNECTION_MINUTES: u64 = 1_440;
const CHANNELS: u64 = 2;
/// Rows of subscribers that one read unit brings, as the table of request units shows for 1,000.
const ROWS_A_READ: u64 = 26;
/// Above how many receivers the queue is used, how many its slices have, and what each asks of it.
const DIRECT: u64 = 100;
const SLICE: u64 = 500;
const REQUESTS_A_SLICE: u64 = 3;

/// Clients that are connected day and night, and what happens.
struct Load {
    name: &'static str,
    clients: u64,
    /// How often each client publishes in an hour.
    published: u64,
    /// How often a backend does, all together.
    by_backends: u64,
    receivers: u64,
    /// Whether channels keep a history.
    history: bool,
    ping_seconds: u64,
}

const NOTIFICATIONS: Load = Load {
    name: "notifications: 10,000 clients, each is sent something once an hour",
    clients: 10_000,
    published: 0,
    by_backends: 10_000,
    receivers: 1,
    history: true,
    ping_seconds: 300,
};

const LOADS: [Load; 4] = [
    NOTIFICATIONS,
    Load {
        name: "the same, with a ping every 30 s",
        ping_seconds: 30,
        ..NOTIFICATIONS
    },
    Load {
        name: "rooms: 10,000 clients, each publishes 6 times an hour to 10",
        clients: 10_000,
        published: 6,
        by_backends: 0,
        receivers: 10,
        history: true,
        ping_seconds: 300,
    },
    Load {
        name: "a broadcast: once a minute to 10,000 clients",
        clients: 10_000,
        published: 0,
        by_backends: 60,
        receivers: 10_000,
        history: false,
        ping_seconds: 300,
    },
];
impl Load {
    const fn minutes(&self) -> u64 {
        self.clients * MINUTES
    }

    const fn publications(&self) -> u64 {
        (self.clients * self.published + self.by_backends) * HOURS
    }

    const fn deliveries(&self) -> u64 {
        self.publications() * self.receivers
    }

    /// With this stack: the gateway, the functions, the table and the queue.
    fn here(&self, prices: &Prices) -> [Money; 4] {
        let handshakes = self.minutes() / HERE_CONNECTION_MINUTES;
        let pings = self.clients * SECONDS / self.ping_seconds;
        let frames = self.clients * self.published * HOURS + handshakes * CHANNELS;
        // A frame and its reply, a ping and its pong.
        let messages = 2 * frames + 2 * pings + self.deliveries();
        let gateway = prices.of(Rate::WebSocketMinute).of(self.minutes())
            + prices.of(Rate::WebSocketMessage).of(messages);
        let slices = if self.receivers > DIRECT {
            self.publications() * self.receivers.div_ceil(SLICE)
        } else {
            0
        };
        // The authorizer, connect and disconnect; each frame; each publication of a backend; each slice.
        let invocations = 3 * handshakes + frames + self.by_backends * HOURS + slices;
        let gb_seconds = invocations * FUNCTION_MS * FUNCTION_MB / 1_000 / 1_024;
        let functions = prices.of(Rate::LambdaRequest).of(invocations)
            + prices.of(Rate::LambdaArm64).of(gb_seconds);
        let reads = frames
            + self.publications() * self.receivers.div_ceil(ROWS_A_READ)
            + if self.history { self.publications() } else { 0 };
        // Connect, disconnect with its subscriptions, subscribe, and what is kept; the clients' keys are a write each.
        let writes = handshakes * (1 + 1 + CHANNELS + 2 * CHANNELS)
            + self.publications() * u64::from(self.history)
            + self.clients * self.published * HOURS;
        let table =
            prices.of(Rate::DynamoDbRead).of(reads) + prices.of(Rate::DynamoDbWrite).of(writes);
        let queue = prices.of(Rate::SqsRequest).of(slices * REQUESTS_A_SLICE);
        [gateway, functions, table, queue]
    }

    /// With AppSync Events: connections, and operations, of which a publication is as many for each receiver.
    fn appsync(&self, prices: &Prices, steps: u64) -> Money {
        let connects = self.minutes() / APPSYNC_CONNECTION_MINUTES;
        let operations =
            steps * (self.publications() + self.deliveries()) + connects * (1 + CHANNELS);
        prices.of(Rate::AppSyncMinute).of(self.minutes())
            + prices.of(Rate::AppSyncOperation).of(operations)
    }
}

/// A month of each load.
pub(crate) fn appsync(prices: &Prices) -> String {
    let mut text = String::from(
        "| a month | gateway | functions | table | queue | Tidegate | AppSync Events |\n|---|---|---|---|---|---|---|\n",
    );
    for load in &LOADS {
        let parts = load.here(prices);
        let sum: Money = parts.into_iter().sum();
        let [gateway, functions, table, queue] = parts;
        let appsync = load.appsync(prices, 1);
        let _written = writeln!(
            text,
            "| {} | {gateway} | {functions} | {table} | {queue} | **{sum}** | **{appsync}** |",
            load.name
        );
    }
    text
}

/// The sentence about large publications: of 20 KB, which are four operations of 5 KB and one message of 32 KB.
pub(crate) fn large(prices: &Prices) -> String {
    let rooms = &LOADS[2];
    let here: Money = rooms.here(prices).into_iter().sum();
    // The table is paid by the kilobyte: a write more for each further one of what is kept.
    let kept = prices.of(Rate::DynamoDbWrite).of(19 * rooms.publications());
    let (here, there) = (here + kept, rooms.appsync(prices, 4));
    format!(
        "An operation of AppSync's is 5 KB, a message of API Gateway's 32 KB, and the table is paid by the kilobyte: with \
         publications of 20 KB the rooms are {there} there and {here} here, of which {kept} is for keeping them."
    )
}

/// From how many requests on a cache would be cheaper than what it takes off the table.
pub(crate) fn caches(prices: &Prices) -> String {
    let nat = prices.of(Rate::NatHour).of(HOURS);
    let dax = prices.of(Rate::DaxNode).of(3 * HOURS);
    let serverless = prices.of(Rate::CacheStorage).of(100 * HOURS);
    let node = prices.of(Rate::CacheNode).of(2 * HOURS);
    let mut text = String::from(
        "| cache | a month | with a NAT gateway | pays from, if all were reads | pays from, if all were writes |\n\
         |---|---|---|---|---|\n",
    );
    for (name, fixed, each) in [
        ("DAX, three nodes `dax.t3.small`", dax, None),
        (
            "ElastiCache Serverless for Valkey, 100 MB",
            serverless,
            Some(Rate::CacheUnit),
        ),
        ("ElastiCache, two nodes `cache.t4g.micro`", node, None),
    ] {
        let all = fixed + nat;
        let from = |rate| {
            let table = prices.of(rate).dollars_for_one();
            let cache = each.map_or(0.0, |each| prices.of(each).dollars_for_one());
            let requests = dollars(all) / (table - cache);
            format!("{} a second", thousands(whole(requests / SECONDS as f64)))
        };
        let (reads, writes) = (from(Rate::DynamoDbRead), from(Rate::DynamoDbWrite));
        // DAX writes through: the table's write is paid all the same.
        let writes = if name.starts_with("DAX") {
            "never".to_owned()
        } else {
            writes
        };
        let _written = writeln!(text, "| {name} | {fixed} | {all} | {reads} | {writes} |");
    }
    text
}

/// The prices that were used.
pub(crate) fn used(prices: &Prices) -> String {
    let mut text = String::from("| | price | how sure |\n|---|---|---|\n");
    for rate in [
        Rate::WebSocketMessage,
        Rate::WebSocketMinute,
        Rate::LambdaRequest,
        Rate::LambdaArm64,
        Rate::DynamoDbWrite,
        Rate::DynamoDbRead,
        Rate::SqsRequest,
        Rate::DaxNode,
        Rate::CacheStorage,
        Rate::CacheUnit,
        Rate::CacheNode,
        Rate::NatHour,
        Rate::AppSyncOperation,
        Rate::AppSyncMinute,
    ] {
        let price = prices.of(rate);
        let sure = match price.certainty {
            Certainty::Documented => "AWS's page",
            Certainty::Observed => "quoted by others",
            Certainty::Memory => "from memory",
        };
        let per = match price.per {
            1 => format!("an {}", price.unit),
            per => format!("for {} {}s", thousands(per), price.unit),
        };
        let _written = writeln!(
            text,
            "| {}: {} | {} {per} | {sure} |",
            price.service,
            price.item,
            price.amount.exact()
        );
    }
    let _written = writeln!(
        text,
        "\nIn {}, as of {}; where each is from stands in `shared/prices.json`.",
        prices.region, prices.as_of
    );
    text
}

#[expect(clippy::cast_precision_loss, reason = "a month's bill has few digits")]
fn dollars(money: Money) -> f64 {
    money.micros() as f64 / 1e6
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate of requests, for people"
)]
fn whole(number: f64) -> u64 {
    number.round() as u64
}
