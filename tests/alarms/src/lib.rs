//! The alarms of the program in the local CloudWatch.
//!
//! The program runs in this process, and the model of the cloud stands for its provider ([`Planned`]): so the alarms are its
//! own, over the names that its functions, queues and table were given. A [`Stack`] judges them minute by minute on a clock
//! that stands still. What functions say of themselves reaches the metrics as it does in earnest, in the lines that
//! [`Invocation`](tidegate_lambda::Invocation) makes of a [`Report`](tidegate_lambda::Report).

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "only tests call this, and a failure here is theirs"
)]

mod planned;
mod stack;
mod traffic;

pub use planned::Planned;
pub use stack::Stack;
