//! Histories are read: the newest place, a page, and what a client missed.

use super::chain::{self, Link};
use super::{DIFFER_MS, EMPTY_MS, is_certain, is_readable, is_stale, position_of, publication};
use crate::namespace::HistoryRules;
use crate::protocol::{Bound, Channel, Position, Publication};
use crate::store::{Entry, Histories, HistoryItem, Range, StoreError};

/// How many items are read at once.
const BATCH: usize = 100;

/// What a client that comes back to a channel is told of what it missed.
#[derive(Debug)]
pub enum Recovery {
    /// Nothing was missed but this, oldest first.
    All(Vec<Publication>),
    /// It is more than fits: the client reads it page by page.
    Paged,
    /// Something was missed that cannot be had.
    Lost,
}

/// A page of a history.
#[derive(Debug)]
pub struct Page {
    /// In the order that was asked for.
    pub publications: Vec<Publication>,
    /// The newest place of the channel.
    pub position: Position,
    /// Whether there is nothing more that way.
    pub complete: bool,
    /// Whether something between the place that was asked for and the first publication is not to be had.
    pub gap: bool,
}

/// The newest place of a channel, and the newest publication where it can still be read. Costs a read.
///
/// # Errors
/// When the database failed.
pub async fn head(
    histories: &dyn Histories,
    channel: &Channel,
    rules: &HistoryRules,
    now_ms: u64,
) -> Result<(Position, Option<Entry>), StoreError> {
    let head = histories.head(channel).await?;
    let position = position_of(head.as_ref(), now_ms);
    let newest = match head {
        Some(HistoryItem::Entry(entry)) if is_readable(&entry, rules, now_ms) => Some(entry),
        _ => None,
    };
    Ok((position, newest))
}

/// What a client that has seen everything up to `since` missed, and the newest place. What is returned is at most `budget`
/// bytes long, as JSON.
///
/// # Errors
/// When the database failed.
pub async fn recover(
    histories: &dyn Histories,
    channel: &Channel,
    rules: &HistoryRules,
    since: Position,
    budget: usize,
    now_ms: u64,
) -> Result<(Position, Recovery), StoreError> {
    let page = page(
        histories,
        channel,
        rules,
        Bound::After(since),
        usize::MAX,
        budget,
        now_ms,
    )
    .await?;
    let recovery = match page {
        Page { gap: true, .. } => Recovery::Lost,
        Page {
            complete: true,
            publications,
            ..
        } => Recovery::All(publications),
        Page { .. } => Recovery::Paged,
    };
    Ok((page.position, recovery))
}

/// A page of a channel's history, of at most `limit` publications and `budget` bytes as JSON.
///
/// # Errors
/// When the database failed.
pub async fn page(
    histories: &dyn Histories,
    channel: &Channel,
    rules: &HistoryRules,
    bound: Bound,
    limit: usize,
    budget: usize,
    now_ms: u64,
) -> Result<Page, StoreError> {
    let head = histories.head(channel).await?;
    let reading = Reading {
        histories,
        channel,
        rules,
        budget,
        now_ms,
        position: position_of(head.as_ref(), now_ms),
        head,
    };
    match bound {
        Bound::After(since) => reading.after(since, limit).await,
        Bound::Before(place) => reading.before(place.offset, limit).await,
        Bound::Newest => reading.before(u64::MAX, limit).await,
    }
}

struct Reading<'a> {
    histories: &'a dyn Histories,
    channel: &'a Channel,
    rules: &'a HistoryRules,
    budget: usize,
    now_ms: u64,
    position: Position,
    head: Option<HistoryItem>,
}

impl Reading<'_> {
    fn page(self, publications: Vec<Publication>, complete: bool, gap: bool) -> Page {
        Page {
            publications,
            position: self.position,
            complete,
            gap,
        }
    }

    /// What follows `since`, oldest first.
    async fn after(self, since: Position, limit: usize) -> Result<Page, StoreError> {
        let Some((mut after, end)) = self.reaches(since) else {
            return self.what_is_left(limit).await;
        };
        if after >= end {
            return Ok(self.page(Vec::new(), true, false));
        }
        let (mut link, mut publications) = (Link::of(since), Vec::new());
        let mut room = self.budget;
        loop {
            let wanted = limit.saturating_sub(publications.len()).clamp(1, BATCH);
            let items = self
                .histories
                .items(self.channel, Range::After(after), wanted)
                .await?;
            let Some(last) = items.last() else {
                // The end that there was has been removed meanwhile, and with it perhaps what was before it.
                if publications.is_empty() {
                    return self.what_is_left(limit).await;
                }
                return Ok(self.page(publications, false, false));
            };
            let (last_link, last_offset) = (Link::at(last), last.offset());
            let (entries, whole) = chain::entries(link, items);
            if !whole || self.is_out_of_reach(entries.first(), end) {
                if publications.is_empty() {
                    return self.what_is_left(limit).await;
                }
                // What is here is whole; the next page begins at the gap and says so.
                return Ok(self.page(publications, false, false));
            }
            for entry in entries {
                let publication = publication(self.channel, entry)?;
                if publications.len() >= limit
                    || !fits(&publication, &mut room, publications.is_empty())
                {
                    return Ok(self.page(publications, false, false));
                }
                publications.push(publication);
            }
            if last_offset >= end {
                return Ok(self.page(publications, true, false));
            }
            (link, after) = (last_link, last_offset);
            if publications.len() >= limit {
                return Ok(self.page(publications, false, false));
            }
        }
    }

    /// After which offset, and up to which, there is what came since `since`; none where something of it may have gone.
    fn reaches(&self, since: Position) -> Option<(u64, u64)> {
        if since.is_empty() {
            return self.is_still_empty(since).then(|| self.begun_since(since));
        }
        // Once the newest item may be removed, a newer one may have been before it.
        let head = self.head.as_ref();
        let head = head.filter(|head| is_certain(head, self.now_ms))?;
        if since.offset < head.offset() {
            return Some((since.offset, head.offset()));
        }
        // At the end, or at a place that there never was.
        let known = matches!(head, HistoryItem::Entry(entry) if entry.position == since);
        known.then_some((since.offset, since.offset))
    }

    /// The same for a client that saw nothing: all of the epoch that began since then, which there is one of at most as long
    /// as [`is_still_empty`](Self::is_still_empty) holds. It may begin at an offset before that time: the seal that names it
    /// can be older.
    fn begun_since(&self, since: Position) -> (u64, u64) {
        match &self.head {
            Some(head @ HistoryItem::Entry(entry))
                if !is_stale(head, self.now_ms)
                    && entry.at_ms.saturating_add(DIFFER_MS) >= since.offset =>
            {
                let Position { epoch, offset } = entry.position;
                (epoch.saturating_sub(1), offset)
            }
            _ => (since.offset, since.offset),
        }
    }

    /// Whether a client that saw nothing at `since` can have missed nothing but what is here.
    const fn is_still_empty(&self, since: Position) -> bool {
        let kept_ms = self.rules.age_seconds.saturating_mul(1_000) + EMPTY_MS;
        since.is_empty() && self.now_ms < since.offset.saturating_add(kept_ms)
    }

    /// Whether an entry is too old to be read, or too far from the end.
    fn is_out_of_reach(&self, entry: Option<&Entry>, end: u64) -> bool {
        entry.is_some_and(|entry| {
            let behind = end.saturating_sub(entry.position.offset);
            let same_epoch = entry.position.epoch == self.position.epoch;
            !is_readable(entry, self.rules, self.now_ms)
                || (same_epoch && behind >= u64::from(self.rules.size))
        })
    }

    /// All that can be read, oldest first, after a gap.
    async fn what_is_left(self, limit: usize) -> Result<Page, StoreError> {
        let size = self.rules.size as usize;
        let mut newest = self.readable_before(u64::MAX, size).await?.0;
        newest.reverse();
        let (mut publications, mut room) = (Vec::new(), self.budget);
        for entry in newest {
            let publication = publication(self.channel, entry)?;
            if publications.len() >= limit
                || !fits(&publication, &mut room, publications.is_empty())
            {
                return Ok(self.page(publications, false, true));
            }
            publications.push(publication);
        }
        Ok(self.page(publications, true, true))
    }

    /// What precedes an offset, newest first.
    async fn before(self, offset: u64, limit: usize) -> Result<Page, StoreError> {
        let (entries, mut complete) = self.readable_before(offset, limit).await?;
        let (mut publications, mut room) = (Vec::new(), self.budget);
        for entry in entries {
            let publication = publication(self.channel, entry)?;
            if !fits(&publication, &mut room, publications.is_empty()) {
                complete = false;
                break;
            }
            publications.push(publication);
        }
        Ok(self.page(publications, complete, false))
    }

    /// At most `limit` entries before an offset that can be read, newest first, and whether there are no more.
    async fn readable_before(
        &self,
        mut offset: u64,
        limit: usize,
    ) -> Result<(Vec<Entry>, bool), StoreError> {
        let end = self.head.as_ref().map_or(0, HistoryItem::offset);
        let mut entries = Vec::new();
        loop {
            let wanted = limit.saturating_sub(entries.len()).clamp(1, BATCH);
            let items = self
                .histories
                .items(self.channel, Range::Before(offset), wanted)
                .await?;
            let Some(last) = items.last() else {
                return Ok((entries, true));
            };
            offset = last.offset();
            for item in items {
                let HistoryItem::Entry(entry) = item else {
                    continue;
                };
                if self.is_out_of_reach(Some(&entry), end) {
                    return Ok((entries, true));
                }
                if entries.len() >= limit {
                    return Ok((entries, false));
                }
                entries.push(entry);
            }
            if entries.len() >= limit {
                return Ok((entries, false));
            }
        }
    }
}

/// Whether a publication fits into what room there is; the first one always does, as it came in a frame of its own.
fn fits(publication: &Publication, room: &mut usize, first: bool) -> bool {
    let length = serde_json::to_string(publication).map_or(usize::MAX, |text| text.len() + 1);
    match room.checked_sub(length) {
        Some(left) => {
            *room = left;
            true
        }
        None if first => {
            *room = 0;
            true
        }
        None => false,
    }
}
