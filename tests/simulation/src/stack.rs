//! What a run's stack is configured with, by seed.

use std::collections::BTreeMap;

use tidegate_core::broker::{PresenceRules, Rules};
use tidegate_core::channel::Channel;
use tidegate_core::limits::{Limits, Rate, WhenFull};
use tidegate_core::namespace::{Access, HistoryRules, Namespace, Namespaces, PresenceMode};

use crate::dice::{Dice, Site};

/// The rate of the namespace `rate`.
pub const RATE: Rate = Rate {
    count: 1,
    per_seconds: 5,
    burst: Some(3),
};

/// The stack, and the world around it.
#[derive(Debug, Clone)]
pub struct Stack {
    /// What the stack is configured with.
    pub rules: Rules,
    /// How far clocks of functions are off at most, in milliseconds.
    pub skew_ms: u64,
    /// How often faults happen.
    pub faults: u32,
    /// How long tokens are good for, in seconds.
    pub token_s: u64,
    /// How many users there are.
    pub users: usize,
    /// How many clients there are.
    pub clients: usize,
    /// Whether the run lasts for hours.
    pub long: bool,
    /// The channels that are used: few, so that much happens in each.
    pub channels: Vec<Channel>,
}

impl Stack {
    /// The stack of a seed.
    #[must_use]
    pub fn new(dice: &mut Dice) -> Self {
        let mut numbers = dice.at(Site::of("stack"));
        let limits = Limits {
            connections_per_user: numbers.bool().then(|| numbers.u32(2..=3)),
            when_full: if numbers.bool() {
                WhenFull::Refuse
            } else {
                WhenFull::GoodbyeOldest
            },
            subscriptions_per_connection: numbers.u32(3..=8),
            subscribes: (numbers.u8(0..4) == 0).then_some(Rate {
                count: 20,
                per_seconds: 10,
                burst: None,
            }),
            ..Limits::default()
        };
        let size = if numbers.bool() { 4 } else { 200 };
        let age_seconds = if numbers.bool() { 60 } else { 3_600 };
        let mut names = CHANNELS.to_vec();
        numbers.shuffle(&mut names);
        let used = names.into_iter().take(numbers.usize(2..=5));
        let channels = used.filter_map(|name| name.parse().ok()).collect();
        Self {
            channels,
            rules: Rules {
                namespaces: namespaces(HistoryRules { size, age_seconds }),
                limits,
                presence: PresenceRules::default(),
                direct_receivers: numbers.usize(1..=6),
                reconnect_window_ms: 5_000,
            },
            skew_ms: if numbers.bool() { 0 } else { 1_500 },
            faults: [0, 1, 2, 3, 6][numbers.usize(0..5)],
            token_s: numbers.u64(100..=400),
            users: numbers.usize(1..=3),
            clients: numbers.usize(2..=5),
            long: numbers.u8(0..5) == 0,
        }
    }
}

impl Stack {
    /// One of the channels that are used.
    pub fn channel(&self, numbers: &mut fastrand::Rng) -> Channel {
        self.channels[numbers.usize(0..self.channels.len())].clone()
    }
}

/// The channels that there are.
pub const CHANNELS: [&str; 9] = [
    "hist:a", "hist:b", "last:a", "plain:a", "full:a", "count:a", "team:red", "rate:a", "user:u0",
];

fn namespaces(history: HistoryRules) -> Namespaces {
    let open = Namespace::new(Access::SignedIn, Access::SignedIn);
    let kept = Namespace {
        history: Some(history),
        ..open.clone()
    };
    let by_name: BTreeMap<String, Namespace> = [
        ("hist", kept.clone()),
        (
            "last",
            Namespace {
                latest: true,
                ..kept.clone()
            },
        ),
        ("plain", open.clone()),
        (
            "full",
            Namespace {
                presence: PresenceMode::Full,
                ..kept.clone()
            },
        ),
        (
            "count",
            Namespace {
                presence: PresenceMode::Count,
                ..open
            },
        ),
        (
            "team",
            Namespace {
                subscribe: Access::Member,
                publish: Access::Member,
                ..kept.clone()
            },
        ),
        (
            "rate",
            Namespace {
                rate: Some(RATE),
                ..kept.clone()
            },
        ),
        (
            "user",
            Namespace {
                subscribe: Access::Owner,
                publish: Access::Server,
                ..kept
            },
        ),
    ]
    .map(|(name, rules)| (name.to_owned(), rules))
    .into();
    // They are valid: a run without namespaces would fail at once.
    Namespaces::new(by_name).unwrap_or_default()
}
