//! What a user's machine wants done, and what the network says to it.

use std::sync::Arc;

use tidegate_client::machine::{Input, Output};
use tokio::sync::mpsc;

use super::{Socket, User};
use crate::connection::{self, Signal};
use crate::tally::{Timed, one_more};

impl User {
    pub(super) fn perform(&mut self, output: Output) {
        match output {
            Output::Connect { socket, token } => {
                self.tally().count(|counts| counts.handshakes += 1);
                let (frames, outgoing) = mpsc::unbounded_channel();
                let handshake = Arc::clone(&self.handshake);
                let signals = self.signals.clone();
                let task =
                    tokio::spawn(connection::run(socket, handshake, token, outgoing, signals));
                let open = Socket {
                    frames,
                    task: task.abort_handle(),
                    began_us: self.now_us(),
                    pinged_us: None,
                };
                self.sockets.insert(socket, open);
            }
            Output::Send { socket, text } => {
                let now = self.now_us();
                if let Some(open) = self.sockets.get_mut(&socket) {
                    let text = String::from(text);
                    let is_ping = text.starts_with(r#"{"action":"ping""#);
                    if is_ping {
                        open.pinged_us = Some(now);
                    }
                    let bytes = text.len() as u64;
                    // A connection that has just ended says so by itself.
                    let _ended = open.frames.send(text);
                    self.common.tally.count(|counts| {
                        counts.frames_sent += 1;
                        counts.pings += u64::from(is_ping);
                        counts.longest_frame = counts.longest_frame.max(bytes);
                    });
                }
            }
            // Its task sees that nothing will be sent any more.
            Output::CloseSocket { socket } => {
                self.sockets.remove(&socket);
            }
            Output::WantToken { .. } => {
                let tokens = Arc::clone(&self.common.tokens);
                let signals = self.signals.clone();
                let number = self.part.number;
                tokio::spawn(async move {
                    let brought = tokens.token(number).await;
                    // The user may have ended meanwhile.
                    let _ended = signals.send(Signal::Token(brought)).await;
                });
            }
            Output::Event(event) => self.event(event),
            // The status of a handshake is seen here, so that this is not asked; nor is anything else that is unknown here.
            _ => {}
        }
    }

    pub(super) fn signal(&mut self, signal: Signal) {
        let input = match signal {
            Signal::Opened(socket) => {
                let Some(open) = self.sockets.get(&socket) else {
                    return;
                };
                let took = self.now_us().saturating_sub(open.began_us);
                self.tally().count(|counts| counts.opened += 1);
                self.tally().time(Timed::Connect, took);
                Input::Opened { socket }
            }
            Signal::Failed {
                socket,
                status,
                problem,
            } => {
                if self.sockets.remove(&socket).is_none() {
                    return;
                }
                self.coming = None;
                let why = status.map_or(problem, |status| format!("status {status}"));
                self.tally()
                    .count(|counts| one_more(&mut counts.refused, why));
                Input::HandshakeFailed { socket, status }
            }
            Signal::Closed { socket, code } => {
                if self.sockets.remove(&socket).is_none() {
                    return;
                }
                self.coming = None;
                self.tally().count(|counts| counts.ended += 1);
                Input::Closed { socket, code }
            }
            Signal::Frame { socket, text } => {
                let now = self.now_us();
                let frame = text.as_str();
                let is_push = [
                    r#"{"type":"publication""#,
                    r#"{"type":"presenceChange""#,
                    r#"{"type":"goodbye""#,
                ]
                .iter()
                .any(|beginning| frame.starts_with(beginning));
                self.tally().count(|counts| {
                    counts.frames_received += 1;
                    counts.pushes += u64::from(is_push);
                });
                if frame.starts_with(r#"{"type":"pong""#)
                    && let Some(open) = self.sockets.get_mut(&socket)
                    && let Some(pinged) = open.pinged_us.take()
                {
                    self.tally().time(Timed::Ping, now.saturating_sub(pinged));
                }
                Input::Frame { socket, text }
            }
            Signal::Token(Ok(token)) => Input::Token {
                token,
                expires_at_ms: None,
            },
            Signal::Token(Err(why)) => {
                self.coming = None;
                self.tally()
                    .count(|counts| one_more(&mut counts.without_token, why));
                Input::TokenFailed { permanent: false }
            }
        };
        self.step(input);
    }
}
