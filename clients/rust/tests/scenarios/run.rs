//! Plays a scenario.

use std::sync::Arc;

use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};
use tidegate_client::machine::{
    AccessToken, Config, FrameText, HistoryFrom, Input, Machine, Output, Random, RequestHandle,
    SocketId,
};
use tidegate_protocol::IdempotencyKey;

use crate::format::{Do, Scenario, Step};

/// Timers in a row without anything else: the machine spins.
const MOST_TIMERS: usize = 10_000;

/// The numbers that are given, and then one half for ever.
struct Given(std::vec::IntoIter<f64>);

impl Random for Given {
    fn unit(&mut self) -> f64 {
        self.0.next().unwrap_or(0.5)
    }
}

/// A machine at work.
pub(crate) struct Run {
    machine: Machine,
}

impl Run {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let config: Config = serde_json::from_value(scenario.config.clone().into()).unwrap();
        let random = Box::new(Given(scenario.random.clone().into_iter()));
        let machine = Machine::new(Arc::new(config), random).unwrap();
        Self { machine }
    }

    /// Lets time go by up to but without this: a step for each timer that did something.
    pub(crate) fn until(&mut self, time: u64) -> Vec<Step> {
        let mut steps = Vec::new();
        for _ in 0..MOST_TIMERS {
            let Some(at) = self.machine.wake_at().filter(|at| *at < time) else {
                return steps;
            };
            let outputs = self.timers(at);
            if !outputs.is_empty() {
                steps.push(Step {
                    at,
                    input: None,
                    outputs: outputs.into_iter().map(written).collect(),
                });
            }
        }
        panic!("the machine spins before {time}");
    }

    /// Fires the timer, and those that it sets off at once.
    fn timers(&mut self, at: u64) -> Vec<Output> {
        let mut outputs = self.machine.handle(at, Input::Timer);
        for _ in 0..MOST_TIMERS {
            if self.machine.wake_at().is_none_or(|next| next > at) {
                return outputs;
            }
            outputs.extend(self.machine.handle(at, Input::Timer));
        }
        panic!("the machine spins at {at}");
    }

    pub(crate) fn step(&mut self, step: &Step) -> Step {
        let outputs = match step.input.clone() {
            Some(what) => self.machine.handle(step.at, input(what)),
            None => self.timers(step.at),
        };
        Step {
            outputs: outputs.into_iter().map(written).collect(),
            ..step.clone()
        }
    }
}

fn raw(value: &Value) -> Box<RawValue> {
    to_raw_value(value).unwrap()
}

fn input(what: Do) -> Input {
    match what {
        Do::Start => Input::Start,
        Do::Opened { socket } => Input::Opened {
            socket: SocketId(socket),
        },
        Do::HandshakeFailed { socket, status } => Input::HandshakeFailed {
            socket: SocketId(socket),
            status,
        },
        Do::Closed { socket, code } => Input::Closed {
            socket: SocketId(socket),
            code,
        },
        Do::Frame { socket, frame } => Input::Frame {
            socket: SocketId(socket),
            text: FrameText::new(frame.to_string()),
        },
        Do::Text { socket, text } => Input::Frame {
            socket: SocketId(socket),
            text: FrameText::new(text),
        },
        Do::Token {
            token,
            expires_at_ms,
        } => Input::Token {
            token: AccessToken::new(token),
            expires_at_ms,
        },
        Do::TokenFailed { permanent } => Input::TokenFailed { permanent },
        Do::Checked { status } => Input::Checked { status },
        Do::Subscribe { channel, since } => Input::Subscribe { channel, since },
        Do::Unsubscribe { channel } => Input::Unsubscribe { channel },
        Do::Publish {
            request,
            channel,
            data,
            key,
            expires_in_ms,
        } => Input::Publish {
            request: RequestHandle(request),
            channel,
            data: raw(&data),
            key: IdempotencyKey::new(key).unwrap(),
            expires_in_ms,
        },
        Do::History {
            request,
            channel,
            after,
            expires_in_ms,
        } => Input::History {
            request: RequestHandle(request),
            channel,
            from: after.map_or(HistoryFrom::Newest, HistoryFrom::After),
            limit: None,
            expires_in_ms,
        },
        Do::Presence {
            request,
            channel,
            expires_in_ms,
        } => Input::Presence {
            request: RequestHandle(request),
            channel,
            cursor: None,
            expires_in_ms,
        },
        Do::Close => Input::Close,
    }
}

fn written(output: Output) -> Value {
    match output {
        Output::Connect { socket, token } => {
            json!({"type": "connect", "socket": socket, "token": token.reveal()})
        }
        Output::Send { socket, text } => {
            let frame: Value = serde_json::from_str(text.as_str()).unwrap();
            json!({"type": "send", "socket": socket, "frame": frame})
        }
        Output::CloseSocket { socket } => json!({"type": "closeSocket", "socket": socket}),
        Output::WantToken { reason } => json!({"type": "wantToken", "reason": reason}),
        Output::Check { token } => json!({"type": "check", "token": token.reveal()}),
        Output::Event(event) => {
            let mut event = serde_json::to_value(&event).unwrap();
            event["type"] = "event".into();
            event
        }
        other => panic!("the format has no {other:?}"),
    }
}
