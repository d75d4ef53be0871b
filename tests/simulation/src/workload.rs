//! What users and servers do in a run, by seed: steps, any of which can be left out.

use tidegate_core::protocol::Channel;

use crate::dice::{Dice, Site};
use crate::functions::ServerCall;
use crate::stack::Stack;

/// In a long run, how long after one crowd of steps the next one comes, in milliseconds.
const CROWDS_MS: u64 = 4_000_000;
/// When the last of the three comes.
const LAST_CROWD_MS: u64 = 2 * CROWDS_MS;

/// One step.
#[derive(Debug, Clone)]
pub struct Step {
    /// When, in milliseconds since the beginning.
    pub at_ms: u64,
    /// What.
    pub action: Action,
}

/// What is done.
#[derive(Debug, Clone)]
pub enum Action {
    /// A client begins anew: in its old session, or in a new one.
    Begin {
        /// Which.
        client: usize,
        /// In a new session.
        anew: bool,
    },
    /// An application subscribes.
    Subscribe {
        /// Which.
        client: usize,
        /// To what.
        channel: Channel,
    },
    /// An application unsubscribes.
    Unsubscribe {
        /// Which.
        client: usize,
        /// From what.
        channel: Channel,
    },
    /// An application publishes.
    Publish {
        /// Which.
        client: usize,
        /// Where.
        channel: Channel,
        /// What: the number, and its key.
        number: u64,
    },
    /// An application reads the history of a channel.
    History {
        /// Which.
        client: usize,
        /// Of what.
        channel: Channel,
        /// Newest first, and not from the place that it knows.
        newest: bool,
    },
    /// A program that holds a client's connection too sends what no client sends.
    Noise {
        /// Which.
        client: usize,
        /// What.
        frame: &'static str,
    },
    /// An application closes its client.
    Close {
        /// Which.
        client: usize,
    },
    /// A client's process ends, and nothing of it is ever heard again.
    Die {
        /// Which.
        client: usize,
    },
    /// A client's connections break off; it notices.
    Drop {
        /// Which.
        client: usize,
    },
    /// A client's connections break off; nobody notices.
    Silence {
        /// Which.
        client: usize,
    },
    /// A client has no network for a time.
    Outage {
        /// Which.
        client: usize,
        /// For how long, in milliseconds.
        ms: u64,
    },
    /// A user's applications get no tokens for a time.
    NoTokens {
        /// Who.
        user: usize,
        /// For how long, in milliseconds.
        ms: u64,
    },
    /// The server's side asks for something.
    Server(ServerCall),
    /// A user is taken out of the team, or into it; tokens from now on say so.
    Member {
        /// Who.
        user: usize,
        /// Whether they are a member.
        is: bool,
    },
}

/// How often the team is talked to in the life of a token, after somebody left it.
const TEAM_TALKS: u64 = 10;

/// What no client sends.
const NOISE: [&str; 9] = [
    "",
    "ping",
    "{",
    "[]",
    r#"{"action":"publish","id":"n"}"#,
    r#"{"action":"subscribe","id":"n","channel":"hist:a\u0000"}"#,
    r#"{"action":"history","id":"n","channel":"hist:a","limit":4294967296}"#,
    r#"{"action":"subscribe","id":"n","channel":"hist:b","since":{"epoch":18446744073709551615,"offset":18446744073709551615}}"#,
    r#"{"action":"refresh","id":"n","token":"token-99999999"}"#,
];

/// How long the workload goes on, in milliseconds.
#[must_use]
pub const fn length_ms(stack: &Stack) -> u64 {
    if stack.long { 3 * 3_600_000 } else { 120_000 }
}

/// The steps of a seed, in order.
#[must_use]
pub fn steps(dice: &mut Dice, stack: &Stack) -> Vec<Step> {
    let mut steps = Vec::new();
    for client in 0..stack.clients {
        let mut numbers = dice.at(Site::of("client").nth(client as u64));
        steps.push(Step {
            at_ms: numbers.u64(0..3_000),
            action: Action::Begin { client, anew: true },
        });
        for _ in 0..numbers.usize(1..=5) {
            steps.push(Step {
                at_ms: numbers.u64(0..10_000),
                action: Action::Subscribe {
                    client,
                    channel: stack.channel(&mut numbers),
                },
            });
        }
    }
    let length = length_ms(stack);
    let count = dice.at(Site::of("steps")).u64(20..=90);
    for nth in 0..count {
        let mut numbers = dice.at(Site::of("step").nth(nth));
        // In a long run what is done comes in crowds, with an hour of nothing in between.
        let at_ms = if stack.long {
            numbers.u64(0..=LAST_CROWD_MS / CROWDS_MS) * CROWDS_MS + numbers.u64(0..60_000)
        } else {
            numbers.u64(0..length)
        };
        push(&mut steps, &mut numbers, stack, at_ms, 100 + nth * 20);
    }
    steps.sort_by_key(|step| step.at_ms);
    steps
}

fn push(
    steps: &mut Vec<Step>,
    numbers: &mut fastrand::Rng,
    stack: &Stack,
    at_ms: u64,
    number: u64,
) {
    let client = numbers.usize(0..stack.clients);
    let user = numbers.usize(0..stack.users);
    let mut step = |at_ms: u64, action: Action| steps.push(Step { at_ms, action });
    match numbers.u32(0..100) {
        0..35 => {
            let channel = stack.channel(numbers);
            let burst = if numbers.u8(0..6) == 0 { 12 } else { 1 };
            for nth in 0..burst {
                step(
                    at_ms + nth,
                    Action::Publish {
                        client,
                        channel: channel.clone(),
                        number: number + nth,
                    },
                );
            }
        }
        35..50 => {
            let call = ServerCall::Publish {
                channel: stack.channel(numbers),
                number,
            };
            step(at_ms, Action::Server(call));
        }
        // Somebody comes, and something is published just then.
        50..58 => {
            let channel = stack.channel(numbers);
            let call = ServerCall::Publish {
                channel: channel.clone(),
                number,
            };
            let leaves = Action::Unsubscribe {
                client,
                channel: channel.clone(),
            };
            step(at_ms, leaves);
            step(at_ms + 1_000, Action::Subscribe { client, channel });
            step(at_ms + 1_000 + numbers.u64(0..100), Action::Server(call));
        }
        58..62 => step(
            at_ms,
            Action::History {
                client,
                channel: stack.channel(numbers),
                newest: numbers.bool(),
            },
        ),
        62..63 => step(
            at_ms,
            Action::Noise {
                client,
                frame: NOISE[numbers.usize(0..NOISE.len())],
            },
        ),
        63..66 => step(
            at_ms,
            Action::Unsubscribe {
                client,
                channel: stack.channel(numbers),
            },
        ),
        66..70 => step(at_ms, Action::Drop { client }),
        70..73 => step(at_ms, Action::Silence { client }),
        73..78 => {
            // In a long run perhaps as long as what was published meanwhile is kept, and a little longer: until the next crowd.
            let ms = if stack.long && at_ms < LAST_CROWD_MS && numbers.bool() {
                numbers.u64(3_500_000..4_200_000)
            } else {
                numbers.u64(2_000..60_000)
            };
            step(at_ms, Action::Outage { client, ms });
        }
        78..80 => {
            let ms = numbers.u64(60_000..900_000);
            step(at_ms, Action::NoTokens { user, ms });
        }
        80..88 => {
            let ends = if numbers.bool() {
                Action::Die { client }
            } else {
                Action::Close { client }
            };
            step(at_ms, ends);
            let anew = numbers.bool();
            let later = at_ms + numbers.u64(10..20_000);
            step(later, Action::Begin { client, anew });
        }
        88..91 => {
            step(at_ms, Action::Server(ServerCall::Kick(format!("u{user}"))));
            step(
                at_ms + 5_000,
                Action::Begin {
                    client,
                    anew: false,
                },
            );
        }
        91..94 => {
            let call = ServerCall::Revoke(format!("u{user}"));
            step(at_ms, Action::Server(call));
            step(
                at_ms + 5_000,
                Action::Begin {
                    client,
                    anew: false,
                },
            );
        }
        _ => {
            let is = numbers.bool();
            step(at_ms, Action::Member { user, is });
            let team = stack.channels.iter().find(|one| one.namespace() == "team");
            if let (false, Some(team)) = (is, team) {
                // What was said to the team before is not for them any more, once they brought a token that says so.
                for nth in 1..=TEAM_TALKS {
                    let call = ServerCall::Publish {
                        channel: team.clone(),
                        number: number + 1_000_000 * nth,
                    };
                    step(
                        at_ms + nth * stack.token_s * 1_000 / TEAM_TALKS,
                        Action::Server(call),
                    );
                }
            }
        }
    }
}
