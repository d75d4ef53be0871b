//! What the functions behind routes of one's own are told, and what they may do.
//!
//! What every one of them may do stands in [`rights`](super::rights): read the session of whoever sent a frame, and say
//! goodbye to those whose token has ended.

use tidegate_contract::own::OwnRoute;

use super::wiring::{Needs, Wiring};

impl Wiring<'_> {
    /// What a route needs beside what every one has.
    pub(super) fn own(&self, route: OwnRoute) -> Needs {
        match route {
            // Routes of your own.
        }
    }
}
