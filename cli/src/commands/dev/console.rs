//! What `tidegate dev` writes: for people, or one JSON object a line for programs.

use std::fmt;
use std::sync::Arc;

use anstream::eprintln;
use serde_json::{Value, json};
use tidegate_contract::log;
use tidegate_local_cloud::alarms::AlarmState;
use tidegate_local_cloud::faults::FaultSetting;
use tidegate_local_runtime::{
    LogLine, LogStream, Message, OnAlarm, OnMessage, Runtime, Severity, SharedLogSink, StateChange,
};
use tracing_subscriber::EnvFilter;

use crate::arguments::LogFormat;
use crate::output::{BOLD, DIM, ERROR, GOOD, NAME, WARNING, line, table};

/// Writes what happens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Console {
    format: LogFormat,
}

impl Console {
    pub(crate) const fn new(format: LogFormat) -> Self {
        Self { format }
    }

    /// What the runtime itself has to say goes to standard error.
    pub(crate) fn start_logging(self) {
        // A condition of a write that does not hold is an answer; the database tells it as a warning.
        let filter = EnvFilter::try_from_env("TIDEGATE_LOG")
            .unwrap_or_else(|_| EnvFilter::new("warn,dynoxide::server=error"));
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr);
        // A second subscriber is refused; the first one goes on.
        let _first = match self.format {
            LogFormat::Json => subscriber.json().flatten_event(true).try_init(),
            LogFormat::Text => subscriber.without_time().with_target(false).try_init(),
        };
    }

    /// Takes what functions write.
    pub(crate) fn log_sink(self: &Arc<Self>) -> SharedLogSink {
        let console = Arc::clone(self);
        Arc::new(move |line: LogLine| console.line(&line))
    }

    /// Takes what the program says.
    pub(crate) fn on_message(self: &Arc<Self>) -> OnMessage {
        let console = Arc::clone(self);
        Arc::new(move |message: Message| console.message(&message))
    }

    /// Takes alarms that change their state.
    pub(crate) fn on_alarm(self: &Arc<Self>) -> OnAlarm {
        let console = Arc::clone(self);
        Arc::new(move |change: &StateChange| console.alarm(change))
    }

    fn alarm(self, change: &StateChange) {
        let StateChange {
            alarm,
            from,
            to,
            reason,
            at_ms,
        } = change;
        match self.format {
            LogFormat::Json => event(&json!({
                "event": "alarm", "alarm": alarm, "from": from.name(), "to": to.name(),
                "reason": reason, "at": at_ms,
            })),
            LogFormat::Text => {
                let mark = match to {
                    AlarmState::Alarm => ERROR,
                    AlarmState::Ok => GOOD,
                    AlarmState::InsufficientData => WARNING,
                };
                write(format_args!(
                    "{mark}alarm{mark:#} {BOLD}{alarm}{BOLD:#}: {from} \u{2192} {mark}{to}{mark:#}, {DIM}{reason}{DIM:#}"
                ));
            }
        }
    }

    fn line(self, line: &LogLine) {
        let LogLine {
            function,
            stream,
            text,
            ..
        } = line;
        match self.format {
            LogFormat::Json => event(&json!({
                "event": "log",
                "function": function.as_ref(),
                "requestId": line.request_id.as_ref().map(ToString::to_string),
                "at": line.at_ms,
                "line": serde_json::from_str::<Value>(text).unwrap_or_else(|_| Value::from(text.as_str())),
            })),
            LogFormat::Text => {
                let mark = if *stream == LogStream::Stdout {
                    NAME
                } else {
                    WARNING
                };
                let text = for_people(text).unwrap_or_else(|| text.clone());
                write(format_args!("{mark}{function}{mark:#} {DIM}{text}{DIM:#}"));
            }
        }
    }

    fn message(self, message: &Message) {
        let Message {
            severity,
            text,
            urn,
            ..
        } = message;
        match self.format {
            LogFormat::Json => event(&json!({
                "event": "program", "severity": severity.to_string(), "urn": urn, "text": text,
            })),
            // Errors come again, all together, as the reason of the failure.
            LogFormat::Text if *severity == Severity::Error => {}
            LogFormat::Text => eprintln!("{DIM}program{DIM:#} {text}"),
        }
    }

    /// Tells what goes wrong on purpose, and how to have the same again.
    pub(crate) fn faults(self, faults: &[FaultSetting], seed: u64) {
        let faults: Vec<_> = faults.iter().map(FaultSetting::to_string).collect();
        match self.format {
            LogFormat::Json => event(&json!({ "event": "faults", "faults": faults, "seed": seed })),
            LogFormat::Text => eprintln!(
                "{ERROR}Faults{ERROR:#} {} {DIM}(the same again: --fault-seed {seed}){DIM:#}",
                faults.join(", ")
            ),
        }
    }

    /// Tells that everything is served, and how long that took once everything was built.
    pub(crate) fn ready(self, runtime: &Runtime, after_ms: u64) {
        let running = runtime.running();
        if self.format == LogFormat::Json {
            let mut ready = serde_json::to_value(running).unwrap_or_default();
            ready["event"] = "ready".into();
            ready["afterMs"] = after_ms.into();
            ready["notes"] = runtime.summary().notes.clone().into();
            return event(&ready);
        }
        let summary = runtime.summary();
        write(format_args!(
            "{GOOD}Ready{GOOD:#} {DIM}{after_ms} ms after the build{DIM:#}\n"
        ));
        let mut resources = table();
        for (kind, count) in &summary.resources {
            resources.add_row([format!("  {count}"), kind.clone()]);
        }
        write(format_args!("{BOLD}Resources{BOLD:#}\n{resources}\n"));
        let mut routes = table();
        for route in &summary.routes {
            let arrow = if route.two_way { "<->" } else { " ->" };
            routes.add_row(["  ", &route.key, arrow, &route.target]);
        }
        write(format_args!("{BOLD}Routes{BOLD:#}\n{routes}\n"));
        let mut places = table();
        places.add_row(["  socket", &running.websocket_url]);
        if let Some(origin) = &running.origin_url {
            places.add_row(["  origin", origin]);
        }
        places.add_row(["  management", &running.management_url]);
        if let Some(http) = &running.http_url {
            places.add_row(["  http", http]);
        }
        places.add_row(["  tokens", &running.issuer]);
        let data = format!(
            "{} ({}; in memory, gone on exit)",
            running.dynamodb_url,
            summary.tables.join(", ")
        );
        places.add_row(["  data", &data]);
        let queues = format!("{} ({})", running.sqs_url, summary.queues.join(", "));
        places.add_row(["  queues", &queues]);
        if !summary.event_rules.is_empty() {
            let rules = summary.event_rules.join(", ");
            places.add_row(["  events", &format!("{} ({rules})", running.events_url)]);
        }
        write(format_args!("{BOLD}Where{BOLD:#}\n{places}\n"));
        if !summary.notes.is_empty() {
            let mut notes = table();
            for note in &summary.notes {
                notes.add_row(["  ", note]);
            }
            write(format_args!("{BOLD}Not on this machine{BOLD:#}\n{notes}\n"));
        }
        write(format_args!(
            "{DIM}Join:{DIM:#} tidegate connect --user alice --channel room:lobby   {DIM}Stop: Ctrl-C{DIM:#}\n"
        ));
    }

    /// Tells that it ends.
    pub(crate) fn stopping(self) {
        match self.format {
            LogFormat::Json => event(&json!({ "event": "stopping" })),
            LogFormat::Text => eprintln!("{ERROR}Stopping{ERROR:#}"),
        }
    }
}

/// One line, written at once: lines of several functions must not mix.
fn event(event: &Value) {
    write(format_args!("{event}"));
}

/// Whoever read this may have gone; the stack goes on.
fn write(text: fmt::Arguments<'_>) {
    let _read = line(text);
}

/// The line that an invocation ends with, without its JSON: route and outcome first, then what was counted.
fn for_people(text: &str) -> Option<String> {
    let Value::Object(mut fields) = serde_json::from_str(text).ok()? else {
        return None;
    };
    let mut take = |name: &str| fields.remove(name)?.as_str().map(str::to_owned);
    let (route, outcome, connection) = (
        take(log::ROUTE)?,
        take(log::OUTCOME)?,
        take(log::CONNECTION)?,
    );
    // What is the same in every line of a kind, or is for CloudWatch alone.
    for name in [log::REQUEST_ID, log::TRACE_ID, log::SESSION] {
        fields.remove(name);
    }
    fields.retain(|name, _| name.starts_with(|first: char| first.is_ascii_lowercase()));
    // A request of the HTTP API comes from no connection.
    let connection = Some(connection)
        .filter(|connection| !connection.is_empty())
        .map(|connection| format!(" {connection}"))
        .unwrap_or_default();
    let counts = fields
        .iter()
        .filter(|(_, count)| count.as_f64() != Some(0.0));
    let counts: String = counts
        .map(|(name, count)| format!(" {name}={count}"))
        .collect();
    Some(format!("{route} {outcome}{connection}{counts}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_an_invocation_is_written_for_people_and_any_other_as_it_is() {
        let line = r#"{"connection":"a=","outcome":"ok","route":"publish","requestId":"r","sent":2,"gone":0,"readUnits":1.5,
            "traceId":"1-5759e988-bd862e3fe1be46a994272793","session":"s","Stack":"a/b","Frames":1.0,"_aws":{}}"#;
        assert_eq!(
            for_people(line).as_deref(),
            Some("publish ok a= readUnits=1.5 sent=2")
        );
        let line = r#"{"connection":"","outcome":"ok","route":"GET /connect-check"}"#;
        assert_eq!(for_people(line).as_deref(), Some("GET /connect-check ok"));
        assert_eq!(for_people("hello"), None);
        assert_eq!(for_people(r#"{"level":"ERROR"}"#), None);
    }
}
