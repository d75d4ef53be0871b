//! What arrives in one channel.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use futures::Stream;
use tidegate_protocol::{Channel, Position, PresenceChange, Publication};
use tokio::sync::mpsc::WeakUnboundedSender;

use crate::driver::Command;
use crate::machine::DropReason;

/// Something happened in a channel.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ChannelEvent {
    /// It is joined. From here on nothing is missed in silence.
    Subscribed {
        /// Its newest place; none where it keeps no history.
        position: Option<Position>,
    },
    /// Something was published. In channels with history: each publication once, in order.
    Publication(Box<Publication>),
    /// After a break: everything that was missed has been handed over.
    Recovered,
    /// Something was missed that cannot be had: load your state anew. What comes after it follows `position`.
    Lost {
        /// The place from which it goes on; none where the channel keeps no history.
        position: Option<Position>,
    },
    /// Somebody came or went.
    PresenceChange(PresenceChange),
    /// The channel is not received any more. It is the last event.
    Dropped(DropReason),
}

/// A channel that is received: a stream of what happens in it. Dropped, it leaves the channel.
///
/// Who reads too slowly is told so: when as many events wait as may, they are dropped and [`ChannelEvent::Lost`] takes their
/// place.
#[derive(Debug)]
pub struct Subscription {
    pub(crate) channel: Channel,
    pub(crate) id: u64,
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) commands: WeakUnboundedSender<Command>,
}

impl Subscription {
    /// The channel.
    #[must_use]
    pub fn channel(&self) -> &Channel {
        &self.channel
    }

    /// The next event; none after [`ChannelEvent::Dropped`].
    pub async fn next(&mut self) -> Option<ChannelEvent> {
        std::future::poll_fn(|context| self.mailbox.poll(context)).await
    }
}

impl Stream for Subscription {
    type Item = ChannelEvent;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<ChannelEvent>> {
        self.mailbox.poll(context)
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(commands) = self.commands.upgrade() {
            // Where the client has ended, nothing is received any more anyway.
            let _ended = commands.send(Command::Unsubscribe {
                channel: self.channel.clone(),
                id: self.id,
            });
        }
    }
}

/// Events that wait to be read, and no more than so many.
#[derive(Debug)]
pub(crate) struct Mailbox {
    capacity: usize,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    events: VecDeque<ChannelEvent>,
    waker: Option<Waker>,
    is_closed: bool,
}

impl Mailbox {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            inner: Mutex::default(),
        }
    }

    pub(crate) fn push(&self, event: ChannelEvent) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let is_last = matches!(event, ChannelEvent::Dropped(_));
        inner.events.push_back(event);
        if inner.events.len() > self.capacity && !is_last {
            let position = inner.events.iter().rev().find_map(place);
            inner.events.clear();
            inner.events.push_back(ChannelEvent::Lost { position });
        }
        inner.is_closed |= is_last;
        if let Some(waker) = inner.waker.take() {
            waker.wake();
        }
    }

    /// Nothing will come any more.
    pub(crate) fn close(&self) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.is_closed = true;
        if let Some(waker) = inner.waker.take() {
            waker.wake();
        }
    }

    fn poll(&self, context: &Context<'_>) -> Poll<Option<ChannelEvent>> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        match inner.events.pop_front() {
            Some(event) => Poll::Ready(Some(event)),
            None if inner.is_closed => Poll::Ready(None),
            None => {
                inner.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

fn place(event: &ChannelEvent) -> Option<Position> {
    match event {
        ChannelEvent::Publication(publication) => publication.position,
        ChannelEvent::Lost { position } | ChannelEvent::Subscribed { position } => *position,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn next(mailbox: &Mailbox) -> Option<ChannelEvent> {
        match mailbox.poll(&Context::from_waker(Waker::noop())) {
            Poll::Ready(event) => event,
            Poll::Pending => None,
        }
    }

    #[test]
    fn who_reads_too_slowly_is_told_that_something_is_lost_and_from_where_it_goes_on() {
        let mailbox = Mailbox::new(2);
        let place = Position {
            epoch: 5,
            offset: 7,
        };
        mailbox.push(ChannelEvent::Subscribed {
            position: Some(place),
        });
        mailbox.push(ChannelEvent::Recovered);
        mailbox.push(ChannelEvent::Recovered);
        let lost = next(&mailbox);
        assert!(
            matches!(lost, Some(ChannelEvent::Lost { position: Some(at) }) if at == place),
            "{lost:?}"
        );
        assert!(next(&mailbox).is_none());
    }
}
