//! Panics of the program, told as its other failures are.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::RefCell;
use std::panic;

thread_local! {
    /// Where this thread panicked last, until somebody asks.
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// From here on a panic notes its place, and says nothing itself: whoever catches it tells the engine. With
/// `RUST_BACKTRACE` set, it says what it always does besides.
pub(crate) fn note_places() {
    let as_ever = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        LAST.set(info.location().map(ToString::to_string));
        if Backtrace::capture().status() == BacktraceStatus::Captured {
            as_ever(info);
        }
    }));
}

/// Where this thread panicked last, if that was noted.
pub(crate) fn last_place() -> Option<String> {
    LAST.take()
}
