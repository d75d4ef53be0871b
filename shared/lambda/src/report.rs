//! What an invocation reports of itself: the one log line, and the metrics in it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use tidegate_aws::{Trouble, Troubles, Units};
use tidegate_contract::log;
use tidegate_contract::metrics::{Dimension, Metric};
use tidegate_core::delivery::Delivered;

use crate::emf;

/// How long a log line is with the metrics of a publication, and somewhat more.
const LINE_BYTES: usize = 2_048;

/// What an invocation reports of itself: ids and outcomes, never a token and never a payload.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// The route key; also the dimension [`Dimension::Route`] of the metrics.
    pub route: String,
    /// The connection.
    pub connection: String,
    /// The user's session, where it is known.
    pub session: Option<String>,
    /// The publication that was made or delivered, if one was.
    pub publication: Option<String>,
    /// `ok`, or the code of the error.
    pub outcome: &'static str,
    /// How many of what, by the names of [`tidegate_contract::log`].
    pub counts: Vec<(&'static str, usize)>,
    /// What is counted and measured. A metric may be named several times: each is a value of its own.
    pub metrics: Vec<(Metric, f64)>,
    /// The dimension [`Dimension::Namespace`] of the metrics: the namespace of the channel. Only one that the
    /// configuration names, for each new value is a new metric.
    pub namespace: Option<String>,
    /// The dimension [`Dimension::Reason`] of the metrics: why a handshake was refused.
    pub reason: Option<&'static str>,
}

/// What became of a handshake. Each handshake is told once: by the function that ended it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handshake {
    /// It is a connection now.
    Accepted,
    /// It was refused, as it should be, for this reason.
    Refused(&'static str),
    /// It failed for a reason of ours.
    Failed,
}

impl Report {
    /// Counts a handshake. What it did not become is a value too, a zero: only so has each of the counts, and a ratio of
    /// them, data as long as anybody connects.
    #[must_use]
    pub fn handshake(mut self, end: Handshake) -> Self {
        let count = |counted: bool| f64::from(u8::from(counted));
        self.metrics.extend([
            (Metric::Connects, count(end == Handshake::Accepted)),
            (
                Metric::ConnectsRefused,
                count(matches!(end, Handshake::Refused(_))),
            ),
            (Metric::ConnectsFailed, count(end == Handshake::Failed)),
        ]);
        if let Handshake::Refused(reason) = end {
            self.reason = Some(reason);
        }
        self
    }

    /// Counts what became of the receivers of publications, and how long it took until the last post, where that is
    /// known.
    #[must_use]
    pub fn delivery(mut self, delivered: Delivered, took: Option<Duration>) -> Self {
        let Delivered {
            sent,
            gone,
            expired,
            queued,
            dead,
            failed,
        } = delivered;
        self.counts.extend([
            (log::SENT, sent),
            (log::GONE, gone),
            (log::EXPIRED, expired),
            (log::QUEUED, queued),
            (log::DEAD, dead),
            (log::FAILED, failed),
        ]);
        let count = |receivers: usize| f64::from(u32::try_from(receivers).unwrap_or(u32::MAX));
        self.metrics.extend([
            (Metric::Deliveries, count(sent)),
            (Metric::DeliveriesGone, count(gone)),
            (Metric::DeliveriesQueued, count(queued)),
            (Metric::DeliveriesFailed, count(dead + failed)),
        ]);
        let took = took.map(|took| (Metric::DeliveryLatency, took.as_secs_f64() * 1_000.0));
        self.metrics.extend(took);
        self
    }

    /// Counts the receivers whose rows could not be read, where there are any.
    #[must_use]
    pub fn unreadable(mut self, rows: usize) -> Self {
        if rows > 0 {
            self.counts.push((log::UNREADABLE, rows));
        }
        self
    }

    /// The value of a dimension, if it has one here.
    pub(crate) fn dimension<'a>(&'a self, dimension: Dimension, stack: &'a str) -> Option<&'a str> {
        let value = match dimension {
            Dimension::Stack => Some(stack),
            Dimension::Route => Some(self.route.as_str()),
            Dimension::Namespace => self.namespace.as_deref(),
            Dimension::Reason => self.reason,
            // Of the invocation, whatever it does.
            Dimension::Downstream => None,
        };
        value.filter(|value| !value.is_empty())
    }
}

/// What an invocation knows of itself, whatever it does.
#[derive(Debug, Clone, PartialEq)]
pub struct Invocation<'a> {
    /// The stack, as `project/stack`.
    pub stack: &'a str,
    /// Its id.
    pub request_id: &'a str,
    /// The header by which X-Ray hands traces on: `Root=…;Parent=…;Sampled=…`.
    pub trace: Option<&'a str>,
    /// The text of the error that it ended with.
    pub problem: Option<&'a str>,
    /// What it consumed of the table's capacity.
    pub units: Units,
    /// What went wrong with those whom it asked.
    pub troubles: Troubles,
    /// When it ended, in epoch milliseconds.
    pub ended_ms: u64,
}

impl Invocation<'_> {
    /// The log line that the invocation ends with, and its end.
    #[must_use]
    pub fn line(&self, report: &Report) -> String {
        let mut line = Vec::with_capacity(LINE_BYTES);
        // Its keys are texts, and its values what JSON knows: there is nothing that could fail.
        let _written = serde_json::to_writer(&mut line, &Line(self, report));
        line.push(b'\n');
        String::from_utf8(line).unwrap_or_default()
    }

    /// The metrics that are every function's own: what went wrong with those whom it asked.
    pub(crate) fn metrics(&self) -> Vec<(Metric, f64)> {
        let counts = self.troubles.values().flat_map(|trouble| {
            [
                (Metric::DownstreamFailures, trouble.failures),
                (Metric::DownstreamThrottles, trouble.throttles),
                (Metric::DownstreamRetries, trouble.retries),
                (Metric::BreakerRefusals, trouble.refused),
            ]
        });
        let counts = counts.filter(|(_, count)| *count > 0);
        counts
            .map(|(metric, count)| (metric, f64::from(count)))
            .collect()
    }

    /// The value of a dimension, if it has one here.
    pub(crate) fn dimension<'a>(
        &'a self,
        dimension: Dimension,
        report: &'a Report,
    ) -> Option<&'a str> {
        match dimension {
            Dimension::Downstream => {
                let mut whose = self.troubles.keys();
                whose
                    .next()
                    .filter(|_| self.troubles.len() == 1)
                    .map(|one| one.name())
            }
            of_report => report.dimension(of_report, self.stack),
        }
    }
}

/// The line, as JSON. It is written as it is made: a function writes one for each invocation, however short that is.
struct Line<'l>(&'l Invocation<'l>, &'l Report);

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(invocation, report) = self;
        let mut line = serializer.serialize_map(None)?;
        // `unauthorized` is all that there is to say of `Unauthorized`.
        let problem = invocation.problem;
        let problem = problem.filter(|problem| !problem.eq_ignore_ascii_case(report.outcome));
        let texts = [
            (log::REQUEST_ID, Some(invocation.request_id)),
            (log::TRACE_ID, invocation.trace.and_then(root)),
            (log::ROUTE, Some(report.route.as_str())),
            (log::CONNECTION, Some(report.connection.as_str())),
            (log::SESSION, report.session.as_deref()),
            (log::PUBLICATION, report.publication.as_deref()),
            (log::OUTCOME, Some(report.outcome)),
            (log::PROBLEM, problem),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                line.serialize_entry(name, text)?;
            }
        }
        line.serialize_entry(log::READ_UNITS, &invocation.units.read)?;
        line.serialize_entry(log::WRITE_UNITS, &invocation.units.write)?;
        for (at, (name, count)) in report.counts.iter().enumerate() {
            // What is counted twice is what it was counted as last.
            if !report.counts[at + 1..]
                .iter()
                .any(|(later, _)| later == name)
            {
                line.serialize_entry(name, count)?;
            }
        }
        if !invocation.troubles.is_empty() {
            let troubles = invocation.troubles.iter();
            let troubles: BTreeMap<_, _> = troubles
                .map(|(whose, trouble)| (whose.name(), told(*trouble)))
                .collect();
            line.serialize_entry(log::TROUBLES, &troubles)?;
        }
        emf::embed(&mut line, invocation, report)?;
        line.end()
    }
}

/// Only what there was.
fn told(trouble: Trouble) -> BTreeMap<&'static str, u32> {
    let Trouble {
        failures,
        throttles,
        retries,
        refused,
    } = trouble;
    let counts = [
        ("failures", failures),
        ("throttles", throttles),
        ("retries", retries),
        ("refused", refused),
    ];
    counts.into_iter().filter(|(_, count)| *count > 0).collect()
}

/// The trace itself, out of the header that names it.
fn root(header: &str) -> Option<&str> {
    header
        .split(';')
        .find_map(|part| part.trim().strip_prefix("Root="))
        .filter(|root| !root.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tidegate_contract::metrics::Downstream;

    use super::*;

    fn line(report: &Report, trace: Option<&str>) -> Value {
        let invocation = Invocation {
            stack: "tidegate/dev",
            request_id: "request-1",
            trace,
            problem: None,
            units: Units::default(),
            troubles: Troubles::new(),
            ended_ms: 1_742_085_982_306,
        };
        read(&invocation.line(report))
    }

    fn read(line: &str) -> Value {
        assert!(line.ends_with("}\n"), "{line}");
        serde_json::from_str(line).unwrap()
    }

    #[test]
    fn what_is_not_known_is_not_in_the_line() {
        let report = Report {
            route: "publish".to_owned(),
            connection: "a=".to_owned(),
            outcome: "ok",
            ..Report::default()
        };
        assert_eq!(
            line(&report, None),
            json!({
                "requestId": "request-1", "route": "publish", "connection": "a=", "outcome": "ok",
                "readUnits": 0.0, "writeUnits": 0.0,
            })
        );
    }

    #[test]
    fn what_went_wrong_with_others_is_in_the_line_of_every_function() {
        let trouble = |failures, refused| Trouble {
            failures,
            refused,
            ..Trouble::default()
        };
        let told = |troubles: &[(Downstream, Trouble)]| {
            let invocation = Invocation {
                stack: "tidegate/dev",
                request_id: "request-1",
                trace: None,
                problem: None,
                units: Units::default(),
                troubles: troubles.iter().copied().collect(),
                ended_ms: 1_742_085_982_306,
            };
            read(&invocation.line(&Report::default()))
        };
        let one = told(&[(Downstream::Jwks, trouble(2, 0))]);
        assert_eq!(one["troubles"], json!({"jwks": {"failures": 2}}));
        assert_eq!(one["DownstreamFailures"], 2.0);
        assert_eq!(one["Downstream"], "jwks");
        assert_eq!(one.get("BreakerRefusals"), None, "no zeros");
        let sets = json!([["Stack"], ["Stack", "Downstream"]]);
        assert_eq!(one["_aws"]["CloudWatchMetrics"][0]["Dimensions"], sets);

        let two = told(&[
            (Downstream::DynamoDb, trouble(1, 4)),
            (Downstream::Sqs, trouble(3, 0)),
        ]);
        assert_eq!(
            two["troubles"],
            json!({"dynamodb": {"failures": 1, "refused": 4}, "sqs": {"failures": 3}})
        );
        assert_eq!(two["DownstreamFailures"], json!([1.0, 3.0]));
        assert_eq!(two.get("Downstream"), None, "it would be of one only");
    }

    #[test]
    fn a_trace_is_named_as_xray_names_it() {
        let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
        let line = line(&Report::default(), Some(header));
        assert_eq!(line["traceId"], "1-5759e988-bd862e3fe1be46a994272793");
        assert_eq!(root("Self=1;Sampled=0"), None);
    }

    #[test]
    fn a_handshake_is_one_of_three_and_a_zero_in_the_others() {
        let told = |end| {
            let report = Report::default().handshake(end);
            let values = report.metrics.iter().map(|(_, value)| *value);
            (values.collect::<Vec<_>>(), report.reason)
        };
        assert_eq!(told(Handshake::Accepted), (vec![1.0, 0.0, 0.0], None));
        assert_eq!(
            told(Handshake::Refused("denied")),
            (vec![0.0, 1.0, 0.0], Some("denied"))
        );
        assert_eq!(told(Handshake::Failed), (vec![0.0, 0.0, 1.0], None));
    }
}
