//! What a load comes to in a month: events of each kind.

use tidegate_contract::own::OwnRoute;

use super::load::Load;

/// Minutes of a month of 30 days.
pub(super) const MINUTES: u64 = 43_200;
/// Its hours.
const HOURS: u64 = 720;
/// Its seconds.
pub(super) const SECONDS: u64 = 2_592_000;

/// What API Gateway counts as one message, in kilobytes.
const MESSAGE_KB: u64 = 32;

/// What a mapping asks of its queue in a month when there is nothing: it polls all the same (`aws-facts-services`
/// section 3.1 infers 0.3 to 0.65 million).
pub(super) const IDLE_POLLS: u64 = 500_000;

/// Events of a month. Sums saturate: a load that does not fit is a bill that nobody pays.
#[derive(Debug)]
pub(super) struct Traffic {
    pub(super) connection_minutes: u64,
    pub(super) handshakes: u64,
    pub(super) pings: u64,
    pub(super) subscriptions: u64,
    /// Those of clients.
    pub(super) publications: u64,
    /// Those of backends, by the HTTP API and by the queue.
    pub(super) server_publications: u64,
    pub(super) inlet_publications: u64,
    pub(super) deliveries: u64,
    /// Parts of a publication's receivers that go over the queue.
    pub(super) slices: u64,
    pub(super) api_requests: u64,
    /// Frames to each route of one's own.
    pub(super) own_frames: u64,
    /// Messages that a frame of the load is metered as.
    pub(super) messages_per_frame: u64,
}

impl Traffic {
    pub(super) fn of(load: &Load) -> Self {
        let connection_minutes = load.clients.saturating_mul(MINUTES);
        let handshakes = connection_minutes.div_ceil(load.connection_minutes.max(1));
        let publications = load
            .clients
            .saturating_mul(HOURS)
            .saturating_mul(load.publications_per_hour);
        let server_publications = load.server_publications_per_hour.saturating_mul(HOURS);
        let inlet_publications = load.inlet_publications_per_hour.saturating_mul(HOURS);
        let of_backends = server_publications.saturating_add(inlet_publications);
        let all = publications.saturating_add(of_backends);
        let queued = load.receivers.saturating_sub(load.receivers_inline);
        Self {
            connection_minutes,
            handshakes,
            pings: connection_minutes.saturating_mul(60) / load.ping_seconds.max(1),
            subscriptions: handshakes.saturating_mul(load.channels),
            publications,
            server_publications,
            inlet_publications,
            deliveries: all.saturating_mul(load.receivers),
            slices: all.saturating_mul(queued.div_ceil(load.receivers_inline.max(1))),
            api_requests: load.api_requests_per_hour.saturating_mul(HOURS),
            own_frames: load
                .clients
                .saturating_mul(HOURS)
                .saturating_mul(load.own_frames_per_hour),
            messages_per_frame: load.frame_kb.div_ceil(MESSAGE_KB).max(1),
        }
    }

    /// Publications of clients and backends.
    pub(super) const fn all_publications(&self) -> u64 {
        self.publications
            .saturating_add(self.server_publications)
            .saturating_add(self.inlet_publications)
    }

    /// How often the function of this name is invoked; nothing if it is none that is known.
    pub(super) fn invocations(&self, function: &str) -> Option<u64> {
        Some(match function {
            "authorizer" | "connect" | "disconnect" => self.handshakes,
            "message" => self.publications.saturating_add(self.subscriptions),
            "fanout" => self.slices,
            "api" => self.api_requests,
            "server" => self.server_publications,
            // Up to ten at once; one by one, where few come.
            "inlet" => self.inlet_publications,
            // Its schedule is once a minute.
            "sweep" => MINUTES,
            _ if own(function) => self.own_frames,
            _ => return None,
        })
    }
}

/// Whether the function is behind a route of one's own.
fn own(function: &str) -> bool {
    let mut routes = OwnRoute::ALL.iter();
    routes.any(|route| route.function() == function)
}

/// Whether an estimate knows how often the function of this name runs.
#[must_use]
pub fn is_known_function(name: &str) -> bool {
    Traffic::of(&Load::default()).invocations(name).is_some()
}
