//! A client of a world: the real machine, and what it was given.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use tidegate_client::machine::{Event, Input, Machine, Output, SocketId, State};
use tidegate_client::{Channel, Position};

use super::{Arriving, World};

pub(super) struct Client {
    pub(super) machine: Machine,
    pub(super) channel: Channel,
    pub(super) user: String,
    pub(super) session: String,
    /// Its open connections, as the gateway calls them.
    pub(super) open: BTreeMap<SocketId, String>,
    /// For when it is to be woken.
    pub(super) wakes_at: u64,
    pub(super) online: bool,
    pub(super) whole: bool,
    /// The place of the last publication that it was handed; none before it joined.
    pub(super) place: Option<Position>,
    pub(super) missed: u32,
    pub(super) said: u64,
}

impl World {
    pub(super) fn hand_in(&mut self, number: usize, input: Input) -> Result<()> {
        let now = self.now;
        for output in self.client(number)?.machine.handle(now, input) {
            self.perform(number, output)?;
        }
        self.plan_wake(number)
    }

    pub(super) fn plan_wake(&mut self, number: usize) -> Result<()> {
        let client = self.client(number)?;
        let wakes_at = client.machine.wake_at().unwrap_or(u64::MAX);
        if wakes_at < client.wakes_at {
            client.wakes_at = wakes_at;
            let at = wakes_at.max(self.now);
            self.at(at, Arriving::Wake(number));
        }
        Ok(())
    }

    fn perform(&mut self, number: usize, output: Output) -> Result<()> {
        match output {
            Output::Connect { socket, .. } => self.later(Arriving::Handshake(number, socket)),
            Output::Send { socket, text } => {
                self.later(Arriving::There(number, socket, text.into()));
            }
            Output::CloseSocket { socket } => {
                if let Some(connection) = self.client(number)?.open.remove(&socket) {
                    self.hang_up(number, connection)?;
                }
            }
            Output::WantToken { .. } => self.later(Arriving::Token(number)),
            Output::Event(event) => self.told(number, event)?,
            _ => {}
        }
        Ok(())
    }

    fn told(&mut self, number: usize, event: Event) -> Result<()> {
        let client = self.client(number)?;
        match event {
            Event::State { state } => {
                client.online = state == State::Online;
                client.whole &= client.online;
            }
            Event::Subscribed { position, .. } => {
                client.place = position;
                client.whole = true;
            }
            Event::Recovered { .. } => client.whole = true,
            Event::Lost { position, .. } => {
                client.place = position;
                client.whole = true;
                self.lost += 1;
            }
            Event::Publication { publication } => {
                let position = publication.position.context("a history has places")?;
                let last = client.place.replace(position);
                let expected = match last {
                    Some(last) if last.is_empty() => position.epoch,
                    Some(last) => last.offset + 1,
                    None => position.offset,
                };
                if position.offset < expected {
                    client.place = last;
                    self.doubled += 1;
                } else {
                    let missed = position.offset - expected;
                    client.missed += u32::try_from(missed).unwrap_or(u32::MAX);
                }
                self.delivered += 1;
            }
            Event::Acked { ack, .. } => {
                let channel = client.channel.clone();
                self.published += 1;
                if let Some(position) = ack.position {
                    let head = self.heads.entry(channel).or_insert(position);
                    if position.offset > head.offset {
                        *head = position;
                    }
                }
            }
            Event::Failed { error, .. } => return Err(error.into()),
            Event::Dropped { reason, .. } => return Err(reason.into()),
            Event::HandedOver { .. } => self.handovers += 1,
            _ => {}
        }
        let client = self.client(number)?;
        if client.online && client.whole {
            self.broken.remove(&number);
        } else {
            self.broken.insert(number);
        }
        Ok(())
    }
}
