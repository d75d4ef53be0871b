//! (d): publications to many subscribers, through the message Lambda, DynamoDB and `@connections`.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures::future::{try_join, try_join_all};
use serde::Deserialize;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::arguments::Plan;
use crate::binaries::Binaries;
use crate::clock;
use crate::report::{Aim, Report, Section, plain};
use crate::socket::{Socket, tokens};
use crate::stacks;
use crate::statistics::{Samples, number};
use crate::usage::{Tree, own_cpu};

/// How many publish at once, each one publication after another: as many as the message function has processes.
const PUBLISHERS: usize = 4;
/// The sockets of a publisher, which takes turns with them: no process takes more than so many frames of one.
const SOCKETS: usize = 16;
pub(crate) const USERS: usize = 32;
/// What is to be reached at that many subscribers.
const AIM: (usize, Aim) = (1_000, Aim::AtLeast(10_000.0));
/// How long a lost publication is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A room with those who listen in it.
pub(crate) struct Room {
    name: String,
    publishers: Vec<Socket>,
    subscribers: Vec<Socket>,
}

/// Measures one number of subscribers after another.
pub(super) async fn measure(plan: &Plan, binaries: &Binaries, report: &mut Report) -> Result<()> {
    let mut stack = stacks::tidegate(binaries).await?;
    let tokens = tokens(&stack.running, USERS).await?;
    let url = stack.running.websocket_url.clone();
    let mut section = Section::new(
        "(d) Publications through the message Lambda, DynamoDB and @connections",
        [
            "subscribers",
            "publications/s",
            "deliveries/s",
            "range",
            "gateway µs",
            "Lambda µs",
            "client µs",
            "aim",
        ],
    );
    for &count in &plan.subscribers {
        eprintln!("(d) deliveries to {count} subscribers");
        let mut room = Room::open(&url, &tokens, &format!("room-{count}"), count).await?;
        let publications = room.publications_in(plan).await?;
        let tree = Tree::of(stack.server.pid().context("the stack is gone")?)?;
        let mut rates = Samples::default();
        let mut costs: [Samples; 3] = Default::default();
        for _ in 0..plan.rounds {
            let (before, client_before) = (tree.cpu(), own_cpu());
            let seconds = room.round(publications).await?;
            let (after, client_after) = (tree.cpu(), own_cpu());
            let deliveries = number(publications * count);
            rates.push(deliveries / seconds);
            let spent = [
                after.server - before.server,
                after.functions - before.functions,
                client_after - client_before,
            ];
            for (samples, spent) in costs.iter_mut().zip(spent) {
                samples.push(spent * 1e6 / deliveries);
            }
        }
        let deliveries = report.number(format!("d_{count}_deliveries_per_s"), rates.median());
        let publications = report.number(
            format!("d_{count}_publications_per_s"),
            deliveries / number(count),
        );
        let [gateway, functions, client] = costs.map(|samples| samples.median());
        report.number(format!("d_{count}_server_us"), gateway);
        report.number(format!("d_{count}_functions_us"), functions);
        report.number(format!("d_{count}_client_us"), client);
        let range = rates
            .range()
            .map(|(low, high)| format!("{}–{}", plain(low), plain(high)));
        section.row([
            plain(number(count)),
            plain(publications),
            plain(deliveries),
            range.unwrap_or_default(),
            plain(gateway),
            plain(functions),
            plain(client),
            if count == AIM.0 {
                AIM.1.verdict(deliveries, "/s")
            } else {
                String::new()
            },
        ]);
        drop(room);
        stack.server.at_rest(0).await?;
    }
    let status = stack.server.status().await?;
    report.number("d_function_errors", number(usize::try_from(status.errors)?));
    section.note(format!("{PUBLISHERS} publish at once, each the next one when it has its ack; every subscriber got every publication once"));
    section.note("µs: time on a core for one delivery; the gateway's includes DynamoDB's, which is embedded in its process");
    report.section(section);
    Ok(())
}

impl Room {
    /// A room of this name with its publishers and so many subscribers.
    pub(crate) async fn open(
        url: &str,
        tokens: &[String],
        name: &str,
        subscribers: usize,
    ) -> Result<Self> {
        let room_url = format!("{url}?room_id={name}");
        Ok(Self {
            name: format!("room:{name}"),
            publishers: Socket::connect_many(url, tokens, PUBLISHERS * SOCKETS).await?,
            subscribers: Socket::connect_many(&room_url, tokens, subscribers).await?,
        })
    }

    /// How many publications make a round of about the right length.
    pub(crate) async fn publications_in(&mut self, plan: &Plan) -> Result<usize> {
        // The first starts the processes.
        self.round(PUBLISHERS).await?;
        let mut publications = PUBLISHERS;
        loop {
            let seconds = self.round(publications).await?;
            if seconds >= plan.warm_up.as_secs_f64() {
                let wanted = plan.round.as_secs_f64() / seconds;
                // Whole turns of all publishers.
                let mut turns = publications / PUBLISHERS;
                while number(turns * PUBLISHERS) < wanted * number(publications) {
                    turns += 1;
                }
                return Ok(turns * PUBLISHERS);
            }
            publications *= 2;
        }
    }

    /// Publishes, and waits until every subscriber has got everything once: the seconds that it took.
    pub(crate) async fn round(&mut self, publications: usize) -> Result<f64> {
        let Self {
            name,
            publishers,
            subscribers,
        } = self;
        let start = clock::now();
        let each = publications / PUBLISHERS;
        let publishing =
            publishers
                .chunks_mut(SOCKETS)
                .zip(0..)
                .map(|(sockets, place): (_, usize)| {
                    publish(sockets, name, place * each..(place + 1) * each)
                });
        let receiving = subscribers
            .iter_mut()
            .map(|socket| receive(socket, publications));
        let done = try_join(try_join_all(publishing), try_join_all(receiving));
        match tokio::time::timeout(PATIENCE, done).await {
            Ok(done) => done?,
            Err(_) => {
                bail!("not every subscriber of {name} got every one of {publications} publications")
            }
        };
        Ok(clock::seconds_since(start))
    }
}

async fn publish(
    sockets: &mut [Socket],
    room: &str,
    numbers: std::ops::Range<usize>,
) -> Result<()> {
    let turns = sockets.len().max(1);
    for number in numbers {
        let Some(socket) = sockets.get_mut(number % turns) else {
            bail!("there is no socket to publish by");
        };
        let frame =
            format!(r#"{{"action":"publish","id":"{number}","channel":"{room}","data":{number}}}"#);
        socket.send(frame.into()).await?;
        let ack = socket.receive().await?;
        ensure!(
            ack.starts_with(r#"{"type":"ack","#),
            "instead of an ack came {ack}"
        );
    }
    Ok(())
}

async fn receive(socket: &mut Socket, publications: usize) -> Result<()> {
    let mut got = vec![false; publications];
    for _ in 0..publications {
        let frame = socket.receive().await?;
        let number = publication(&frame)?;
        let got = got
            .get_mut(number)
            .with_context(|| format!("never published: {frame}"))?;
        ensure!(!*got, "received twice: {frame}");
        *got = true;
    }
    Ok(())
}

#[derive(Deserialize)]
struct Publication<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    data: usize,
}

fn publication(frame: &Utf8Bytes) -> Result<usize> {
    let publication: Publication =
        serde_json::from_str(frame).with_context(|| format!("no publication: {frame}"))?;
    ensure!(publication.kind == "publication", "no publication: {frame}");
    Ok(publication.data)
}
