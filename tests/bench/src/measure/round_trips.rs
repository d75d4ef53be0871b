//! (a), (b), (c): round trips a second, each socket with one frame in flight.

use std::ffi::OsString;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures::future::try_join_all;
use tidegate_local_cloud::limits::Limits;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::arguments::{Part, Plan};
use crate::binaries::Binaries;
use crate::clock;
use crate::report::{Aim, Report, Section, plain};
use crate::serve::Listening;
use crate::server::Server;
use crate::socket::Socket;
use crate::stacks::{self, Stack};
use crate::statistics::{Samples, number};
use crate::usage::{Share, Tree, own_cpu};

/// What goes there and back.
const FRAME: Utf8Bytes = Utf8Bytes::from_static(r#"{"action":"echo","text":"hello"}"#);
const AIM: Aim = Aim::AtLeast(0.85);

/// A server that echoes.
struct Subject {
    part: Part,
    key: &'static str,
    url: String,
    server: Server,
    _stack: Option<tempfile::TempDir>,
    sockets: Vec<Socket>,
    rates: Samples,
    costs: Costs,
}

/// Microseconds on a core for one round trip, by who spent them.
#[derive(Default)]
struct Costs {
    server: Samples,
    functions: Samples,
    client: Samples,
}

/// Measures all three in turn, so that whatever else the machine does meets them all.
pub(super) async fn measure(plan: &Plan, binaries: &Binaries, report: &mut Report) -> Result<()> {
    let mut subjects = subjects(plan, binaries).await?;
    let mut rates = Section::new(
        "Round trips a second: socket, server, no-op Lambda and back (c: without a Lambda)",
        [
            "sockets",
            "(a) gateway",
            "(b) floor",
            "(c) bare echo",
            "a/b",
            "of",
            "aim",
        ],
    );
    let mut costs = Section::new(
        "Time on a core for one of them, in microseconds",
        [
            "sockets",
            "a: gateway",
            "a: Lambdas",
            "a: client",
            "b: floor",
            "b: Lambdas",
            "b: client",
        ],
    );
    for &count in &plan.sockets {
        eprintln!("round trips at {count} sockets");
        rounds(plan, &mut subjects, count).await?;
        rates.row(rate_row(report, &subjects, count));
        costs.row(cost_row(report, &subjects, count));
    }
    rates.note("a/b is the median of the rounds' ratios, `of` their range");
    rates.note("the machine's cores are shared by client, server and Lambdas");
    report.section(rates);
    if cfg!(target_os = "linux") {
        report.section(costs);
    }
    Ok(())
}

async fn subjects(plan: &Plan, binaries: &Binaries) -> Result<Vec<Subject>> {
    let mut subjects = Vec::new();
    if plan.has(Part::A) {
        let Stack {
            server,
            running,
            folder,
        } = stacks::echo(binaries).await?;
        subjects.push(Subject::new(
            Part::A,
            "a",
            running.websocket_url,
            server,
            Some(folder),
        ));
    }
    if plan.has(Part::B) {
        // As many as the gateway may use.
        let processes = Limits::default().processes_per_function.to_string();
        let arguments: [OsString; 5] = [
            "serve-floor".into(),
            "--function".into(),
            binaries.get("tidegate-noop")?.into(),
            "--processes".into(),
            processes.into(),
        ];
        let (server, Listening { url }) = Server::start(binaries, arguments).await?;
        subjects.push(Subject::new(Part::B, "b", url, server, None));
    }
    if plan.has(Part::C) {
        let (server, Listening { url }) = Server::start(binaries, ["serve-echo".into()]).await?;
        subjects.push(Subject::new(Part::C, "c", url, server, None));
    }
    Ok(subjects)
}

async fn rounds(plan: &Plan, subjects: &mut [Subject], count: usize) -> Result<()> {
    for subject in &mut *subjects {
        subject.rates = Samples::default();
        subject.costs = Costs::default();
        subject.sockets = Socket::connect_many(&subject.url, &[], count).await?;
        subject.run(plan.warm_up).await?;
    }
    for _ in 0..plan.rounds {
        for subject in &mut *subjects {
            subject.round(plan.round).await?;
        }
    }
    for subject in subjects {
        subject.sockets.clear();
    }
    Ok(())
}

impl Subject {
    fn new(
        part: Part,
        key: &'static str,
        url: String,
        server: Server,
        stack: Option<tempfile::TempDir>,
    ) -> Self {
        Self {
            part,
            key,
            url,
            server,
            _stack: stack,
            sockets: Vec::new(),
            rates: Samples::default(),
            costs: Costs::default(),
        }
    }

    async fn round(&mut self, duration: Duration) -> Result<()> {
        let tree = Tree::of(self.server.pid().context("the server is gone")?)?;
        let (before, client_before) = (tree.cpu(), own_cpu());
        let (round_trips, seconds) = self.run(duration).await?;
        let (after, client_after) = (tree.cpu(), own_cpu());
        self.rates.push(round_trips / seconds);
        let each = |seconds: f64| seconds * 1e6 / round_trips;
        let Share { server, functions } = before;
        self.costs.server.push(each(after.server - server));
        self.costs.functions.push(each(after.functions - functions));
        self.costs.client.push(each(client_after - client_before));
        Ok(())
    }

    /// As many round trips as go into the time: how many, and in how many seconds.
    async fn run(&mut self, duration: Duration) -> Result<(f64, f64)> {
        let start = clock::now();
        let counts = self.sockets.iter_mut().map(|socket| async move {
            let mut count = 0_usize;
            loop {
                socket.send(FRAME).await?;
                let echo = socket.receive().await?;
                ensure!(echo == FRAME, "a wrong echo: {echo}");
                count += 1;
                if clock::now() - start >= duration {
                    return Ok(count);
                }
            }
        });
        let counts = try_join_all(counts)
            .await
            .with_context(|| format!("({})", self.key))?;
        Ok((number(counts.iter().sum()), clock::seconds_since(start)))
    }
}

fn rate_row(report: &mut Report, subjects: &[Subject], count: usize) -> [String; 7] {
    let find = |part| subjects.iter().find(|subject| subject.part == part);
    let mut rate = |part| {
        find(part).map_or(f64::NAN, |subject| {
            report.number(
                format!("{}_{count}_per_s", subject.key),
                subject.rates.median(),
            )
        })
    };
    let rates = [Part::A, Part::B, Part::C].map(&mut rate).map(plain);
    let [a, b, c] = rates;
    let ratios = match (find(Part::A), find(Part::B)) {
        (Some(a), Some(b)) => a.rates.over(&b.rates),
        _ => Samples::default(),
    };
    let ratio = report.number(format!("a_over_b_{count}"), ratios.median());
    let range = ratios
        .range()
        .map(|(low, high)| format!("{}–{}", plain(low), plain(high)));
    let verdict = if ratio.is_nan() {
        String::new()
    } else {
        AIM.verdict(ratio, "")
    };
    [
        plain(number(count)),
        a,
        b,
        c,
        plain(ratio),
        range.unwrap_or_default(),
        verdict,
    ]
}

fn cost_row(report: &mut Report, subjects: &[Subject], count: usize) -> [String; 7] {
    let mut costs = |part| {
        let Some(Subject { key, costs, .. }) = subjects.iter().find(|subject| subject.part == part)
        else {
            return [const { String::new() }; 3];
        };
        let who = [
            ("server", &costs.server),
            ("functions", &costs.functions),
            ("client", &costs.client),
        ];
        who.map(|(who, samples)| {
            plain(report.number(format!("{key}_{count}_{who}_us"), samples.median()))
        })
    };
    let [a_server, a_functions, a_client] = costs(Part::A);
    let [b_server, b_functions, b_client] = costs(Part::B);
    [
        plain(number(count)),
        a_server,
        a_functions,
        a_client,
        b_server,
        b_functions,
        b_client,
    ]
}
