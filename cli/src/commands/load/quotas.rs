//! AWS's quotas, as the local runtime has them.

use tidegate_load::verdict::{Demand, Quota};
use tidegate_local_cloud::limits::Limits;

/// Publications a second in one channel with history: each reads the newest one and writes the next, and two at a time try
/// again. Measured against nothing yet; from the design of the append.
const CHANNEL_APPENDS: f64 = 50.0;
/// "Lambda quotas": concurrent executions of an account in a Region. New accounts begin with less.
const CONCURRENT_EXECUTIONS: f64 = 1_000.0;

pub(super) fn of_aws() -> Vec<Quota> {
    let limits = Limits::default();
    vec![
        Quota {
            name: "new connections a second",
            demand: Demand::Connects,
            limit: number(limits.connects_per_second),
            remedy: "It is the account's in a Region, and can be raised: ask for more, or spread users over Regions.",
            grows: true,
        },
        Quota {
            name: "requests a second (handshakes, frames and @connections together)",
            demand: Demand::Requests,
            limit: number(limits.requests_per_second),
            remedy: "It is the account's in a Region, and can be raised; fewer receivers of each publication help most.",
            grows: true,
        },
        Quota {
            name: "publications a second in one channel with history",
            demand: Demand::ChannelAppends,
            limit: CHANNEL_APPENDS,
            remedy: "Spread what is said over more channels, or keep no history where it is said.",
            grows: false,
        },
        Quota {
            name: "concurrent executions of functions, each as long as a publication took here",
            demand: Demand::Invocations,
            limit: CONCURRENT_EXECUTIONS,
            remedy: "It is the account's in a Region, and can be raised.",
            grows: true,
        },
        Quota {
            name: "bytes of a frame",
            demand: Demand::FrameBytes,
            limit: number(limits.frame_bytes),
            remedy: "It cannot be raised: say less at a time.",
            grows: false,
        },
    ]
}

fn number(limit: u64) -> f64 {
    // All of them are far below 2^32.
    u32::try_from(limit).map_or(f64::INFINITY, f64::from)
}
