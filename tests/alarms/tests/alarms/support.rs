//! What the tests share: the program's plans, and minutes as letters.

use std::sync::LazyLock;

use tidegate_alarms_tests::{Planned, Stack};
use tidegate_local_cloud::alarms::AlarmState;

static DEFAULT: LazyLock<Planned> = LazyLock::new(|| Planned::with(&[]));

/// A stack with the settings that a stack has when nobody says anything.
pub(crate) fn stack() -> Stack {
    Stack::new(DEFAULT.clone())
}

/// Lets minutes pass, each of which is what its letter says, and tells what the alarm says after each: `.` that all is well,
/// `!` that it is not.
pub(crate) fn told(
    stack: &Stack,
    alarm: &str,
    minutes: &str,
    happens: impl Fn(&Stack, char),
) -> String {
    let tell = |letter| {
        stack.minute(|stack| happens(stack, letter));
        match stack.state(alarm) {
            AlarmState::Ok => '.',
            AlarmState::Alarm => '!',
            AlarmState::InsufficientData => '?',
        }
    };
    minutes.chars().map(tell).collect()
}
