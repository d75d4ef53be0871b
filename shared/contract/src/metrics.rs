//! The one list of metrics: functions emit them, the program's alarms and dashboard are made of them, and the local
//! runtime collects them.
//!
//! They are written as CloudWatch's embedded metric format, as part of the one log line that each invocation ends with: a
//! request path never calls CloudWatch. Each set of dimensions of each metric is billed as a metric of its own, so only
//! dimensions with few values are here: a route, a namespace of the configuration, a reason; never a user or a channel.

/// The CloudWatch namespace of all of them.
pub const NAMESPACE: &str = "Tidegate";

/// What a metric is told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// The stack, as `project/stack`: two stacks of one account never mix.
    Stack,
    /// The route key of the frame.
    Route,
    /// The namespace of the channel.
    Namespace,
    /// Why a handshake was refused: the outcome of the authorizer or of `$connect`.
    Reason,
    /// Who of those whom a function asks had trouble. A log line has one value of a dimension: where several had trouble in
    /// the same invocation, their sum is in the stack's metric only, and the line's own fields tell them apart.
    Downstream,
}

impl Dimension {
    /// Every dimension.
    pub const ALL: &[Self] = &[
        Self::Stack,
        Self::Route,
        Self::Namespace,
        Self::Reason,
        Self::Downstream,
    ];

    /// Its name in CloudWatch.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stack => "Stack",
            Self::Route => "Route",
            Self::Namespace => "Namespace",
            Self::Reason => "Reason",
            Self::Downstream => "Downstream",
        }
    }
}

/// Whom a function asks: a value of [`Dimension::Downstream`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Downstream {
    /// The table.
    DynamoDb,
    /// The management APIs, by which connections are reached.
    Connections,
    /// The queues.
    Sqs,
    /// The issuer of tokens, for its keys.
    Jwks,
}

impl Downstream {
    /// Its name: in CloudWatch, in log lines and in errors.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DynamoDb => "dynamodb",
            Self::Connections => "connections",
            Self::Sqs => "sqs",
            Self::Jwks => "jwks",
        }
    }
}

/// The unit of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// How many.
    Count,
    /// Thousandths of a second.
    Milliseconds,
}

impl Unit {
    /// Its name in CloudWatch.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Milliseconds => "Milliseconds",
        }
    }
}

macro_rules! metrics {
    ($( $(#[$doc:meta])* $metric:ident: $unit:ident by $($dimension:ident),+; )*) => {
        /// A metric that functions emit.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Metric {
            $( $(#[$doc])* $metric, )*
        }

        impl Metric {
            /// Every metric.
            pub const ALL: &[Self] = &[$( Self::$metric, )*];

            /// Its name in CloudWatch.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $( Self::$metric => stringify!($metric), )*
                }
            }

            /// Its unit.
            #[must_use]
            pub const fn unit(self) -> Unit {
                match self {
                    $( Self::$metric => Unit::$unit, )*
                }
            }

            /// Whether it has values only while something is wrong: CloudWatch bills a metric for the hours in which it has any.
            #[must_use]
            pub fn is_of_trouble(self) -> bool {
                let mut dimensions = self.dimensions().iter().copied().flatten();
                dimensions.any(|dimension| *dimension == Dimension::Downstream)
            }

            /// The sets of dimensions under which it is published: by the stack alone, and by each further dimension with it.
            #[must_use]
            pub const fn dimensions(self) -> &'static [&'static [Dimension]] {
                match self {
                    $( Self::$metric => metrics!(@sets $($dimension),+), )*
                }
            }
        }
    };
    (@sets Stack) => { &[&[Dimension::Stack]] };
    (@sets Stack, $other:ident) => { &[&[Dimension::Stack], &[Dimension::Stack, Dimension::$other]] };
}

metrics! {
    /// Handshakes that ended in a connection (`$connect` registered it).
    Connects: Count by Stack;
    /// Handshakes that were refused, as they should be: a bad token, no right, a limit. Never an error of ours.
    ConnectsRefused: Count by Stack, Reason;
    /// Handshakes that failed for a reason of ours: the issuer's keys or the table could not be reached.
    ConnectsFailed: Count by Stack;
    /// Connections that ended.
    Disconnects: Count by Stack;
    /// Those that ended without a close frame of the client's or of ours: a lost network, a killed process.
    AbnormalDisconnects: Count by Stack;
    /// Frames that reached a function.
    Frames: Count by Stack, Route;
    /// Frames that were refused, as they should be: not JSON, not allowed, over a limit.
    FrameRefusals: Count by Stack, Route;
    /// Frames that failed for a reason of ours.
    FrameErrors: Count by Stack, Route;
    /// How long a function took over a frame.
    FrameLatency: Milliseconds by Stack, Route;
    /// Frames that were refused because a rate was used up; each is one of the refusals, too.
    RateLimited: Count by Stack;
    /// Subscriptions that asked for what they had missed.
    Recoveries: Count by Stack;
    /// Those of them that have to page through more than fits into one frame.
    RecoveriesPaged: Count by Stack;
    /// Those of them that cannot have it any more, and were told so.
    RecoveriesLost: Count by Stack;
    /// Times that a publication was not the first at its place in a history, and took the next.
    AppendCollisions: Count by Stack;
    /// Joins and leaves that were announced.
    PresenceChanges: Count by Stack;
    /// Connections that were put out: a flood, a revoked or kicked user, one connection too many. Never those whose token
    /// ended by itself.
    PutOut: Count by Stack;
    /// Publications that were accepted.
    Publications: Count by Stack, Namespace;
    /// Posts that reached a subscriber.
    Deliveries: Count by Stack;
    /// Posts to subscribers that turned out to be gone; their rows are removed.
    DeliveriesGone: Count by Stack;
    /// Receivers that could not be reached, and are not tried again: put aside in the dead-letter queue, or lost where no
    /// queue took them.
    DeliveriesFailed: Count by Stack;
    /// Receivers that were handed to the fan-out queue.
    DeliveriesQueued: Count by Stack;
    /// From the acceptance of a publication to the last post of one slice of its receivers.
    DeliveryLatency: Milliseconds by Stack;
    /// Requests to others that failed, and that they are to blame for: no connection, no answer in time, 5xx. There is no
    /// zero of this and of the three below: while all is well they cost nothing.
    DownstreamFailures: Count by Stack, Downstream;
    /// Requests to others that were answered with the wish for fewer.
    DownstreamThrottles: Count by Stack, Downstream;
    /// Requests to others that were sent once more. The budget keeps them under a tenth of what goes well.
    DownstreamRetries: Count by Stack, Downstream;
    /// Calls that were not made, since a circuit breaker was open.
    BreakerRefusals: Count by Stack, Downstream;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_metric_can_be_seen_for_the_whole_stack() {
        for metric in Metric::ALL {
            assert!(
                metric.dimensions().contains(&[Dimension::Stack].as_slice()),
                "{metric:?}"
            );
            let mut dimensions = metric.dimensions().iter().copied().flatten();
            assert!(dimensions.all(|dimension| Dimension::ALL.contains(dimension)));
        }
        let names: BTreeSet<_> = Metric::ALL.iter().map(|metric| metric.name()).collect();
        assert_eq!(names.len(), Metric::ALL.len());
    }
}
