//! The stack's configuration, as types: each key with what it does, what it is without a word, and what it costs. The
//! page `docs/configuration.md` is generated from them.

mod delivery;
mod edge;
mod events;
mod functions;
mod gateway;
mod http;
mod identity;
mod inlet;
mod limits;
mod namespaces;
mod observability;
mod page;
mod presence;
mod production;
mod range;
mod registry;
mod secrets;
mod sources;
mod tags;

use std::collections::BTreeMap;

use pulumi::{ConfigError, Context};
use schemars::JsonSchema;
use thiserror::Error;
use tidegate_contract::functions::Function;
use tidegate_core::namespace::{InvalidNamespace, Namespaces};

pub(crate) use self::delivery::DeliverySettings;
pub(crate) use self::edge::{Countries, EdgeSettings, ManagedRules};
pub(crate) use self::events::EventSettings;
pub(crate) use self::functions::{Architecture, FunctionSettings, OneFunction};
pub(crate) use self::gateway::{Domain, GatewaySettings, Logging, Throttle};
use self::http::HttpSettings;
pub(crate) use self::identity::IdentitySettings;
pub(crate) use self::inlet::InletSettings;
use self::limits::LimitSettings;
use self::namespaces::NamespaceSettings;
pub(crate) use self::observability::{ObservabilitySettings, Thresholds, Throughput};
pub use self::page::configuration_page;
pub(crate) use self::presence::PresenceSettings;
pub(crate) use self::registry::RegistrySettings;
pub(crate) use self::secrets::OriginSecrets;
pub(crate) use self::sources::key_of;

/// What a stack is configured with, each field a key of the project's namespace.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub(crate) struct Settings {
    /// Refuses, before anything is made, a stack that lacks what production must have: access logs, alarms, and the
    /// protection of what cannot be made again. It changes nothing by itself.
    #[schemars(default)]
    pub(crate) production: bool,
    /// The WebSocket API.
    #[schemars(default)]
    pub(crate) gateway: GatewaySettings,
    /// The HTTP API beside it: for clients that cannot ask through the socket, and for backends.
    #[schemars(default)]
    pub(crate) http: HttpSettings,
    /// Whose tokens open connections.
    #[schemars(default)]
    pub(crate) identity: IdentitySettings,
    /// The table of connections, sessions and subscriptions.
    #[schemars(default)]
    pub(crate) registry: RegistrySettings,
    /// The Lambda functions.
    #[schemars(default)]
    pub(crate) functions: FunctionSettings,
    /// How publications reach large channels.
    #[schemars(default)]
    pub(crate) delivery: DeliverySettings,
    /// How fast and how much a user may.
    #[schemars(default)]
    pub(crate) limits: LimitSettings,
    /// Who is there, and who comes and goes.
    #[schemars(default)]
    pub(crate) presence: PresenceSettings,
    /// A queue of publications.
    #[schemars(default)]
    pub(crate) inlet: InletSettings,
    /// EventBridge as a source of publications.
    #[schemars(with = "Option<EventSettings>")]
    pub(crate) events: EventSettings,
    /// CloudFront and WAF before the gateway. Without this key there is neither, and nothing keeps a flood of handshakes
    /// from one address away but the stage's throttle, which all clients share.
    #[schemars(default)]
    pub(crate) edge: Option<EdgeSettings>,
    /// Metrics, alarms and the dashboard.
    #[schemars(default)]
    pub(crate) observability: ObservabilitySettings,
    /// Tags on everything that can bear them, beside `tidegate:project`, `tidegate:stack` and `tidegate:component`: at
    /// most 40.
    #[schemars(default)]
    pub(crate) tags: BTreeMap<String, String>,
    /// Who may subscribe and publish, and what is kept, by the part of a channel's name before the colon; in any other
    /// namespace there is no channel. Who: `signedIn` (everyone with a valid token), `member` (who is in the group
    /// `namespace:name` of their token), `owner` (the user whose id is the channel's name) or `server` (no client at all, only
    /// backends).
    #[schemars(with = "BTreeMap<String, NamespaceSettings>")]
    pub(crate) namespaces: Namespaces,
    /// The secrets by which the authorizer knows that a handshake came through the edge: `newest`, and `previous` while
    /// they change. Encrypted; `tidegate rotate-origin-secret` writes them, nobody else has to. Needed with `edge`.
    #[schemars(with = "Option<serde_json::Value>")]
    pub(crate) origin_secrets: Option<OriginSecrets>,
}

/// A stack that is configured wrong.
#[derive(Debug, Error)]
pub(crate) enum SettingsError {
    /// A key is missing, unknown, or of another shape.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A value is out of its range.
    #[error("tidegate:{key} is {value}: it must be {allowed}")]
    Range {
        key: String,
        value: String,
        allowed: &'static str,
    },
    /// Values that are right each by itself, and wrong together.
    #[error("tidegate:{key} {problem}")]
    Together { key: String, problem: String },
    /// A limit is none.
    #[error("tidegate:limits.{key}: {problem}")]
    Limit {
        key: &'static str,
        problem: &'static str,
    },
    /// A namespace cannot be named so, or its rules contradict each other.
    #[error("tidegate:namespaces: {0}")]
    Namespace(InvalidNamespace),
    /// The secrets are no secrets.
    #[error(
        "tidegate:originSecrets is not valid (not shown, as it is a secret): let `tidegate rotate-origin-secret` write it"
    )]
    OriginSecrets,
}

impl Settings {
    /// Reads the configuration of the stack that is run.
    pub(crate) fn read(ctx: &Context) -> Result<Self, SettingsError> {
        let config = ctx.config();
        let keys = page::top_level_keys();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        config.unknown_keys(&keys)?;
        let mut settings = Self {
            production: config.get("production")?.unwrap_or_default(),
            gateway: config.get("gateway")?.unwrap_or_default(),
            http: config.get("http")?.unwrap_or_default(),
            identity: config.get("identity")?.unwrap_or_default(),
            registry: config.get("registry")?.unwrap_or_default(),
            functions: config.get("functions")?.unwrap_or_default(),
            delivery: config.get("delivery")?.unwrap_or_default(),
            limits: config.get("limits")?.unwrap_or_default(),
            presence: config.get("presence")?.unwrap_or_default(),
            inlet: config.get("inlet")?.unwrap_or_default(),
            events: config.get("events")?.unwrap_or_default(),
            edge: config.get("edge")?,
            observability: config.get("observability")?.unwrap_or_default(),
            tags: config.get("tags")?.unwrap_or_default(),
            namespaces: namespaces::rules(&config.require("namespaces")?)?,
            origin_secrets: OriginSecrets::read(&config)?,
        };
        let stage = settings.gateway.stage.take();
        settings.gateway.stage = Some(stage.unwrap_or_else(|| ctx.stack().to_owned()));
        settings.check()?;
        Ok(settings)
    }

    /// The edge with the secrets by which the origin knows it, if there is an edge.
    pub(crate) fn guarded(&self) -> Option<(&EdgeSettings, &OriginSecrets)> {
        // One without the other was refused.
        self.edge.as_ref().zip(self.origin_secrets.as_ref())
    }

    /// The functions that the stack needs. The others would do no harm, but could do what they are allowed.
    pub(crate) fn used_functions(&self) -> impl Iterator<Item = Function> {
        Function::ALL
            .into_iter()
            .filter(|function| self.uses(*function))
    }

    /// Whether the stack needs a function.
    pub(crate) fn uses(&self, function: Function) -> bool {
        match function {
            Function::Authorizer
            | Function::Connect
            | Function::Disconnect
            | Function::Message
            | Function::Fanout
            | Function::Own(_) => true,
            Function::Api => self.http.enabled,
            Function::Server => self.http.enabled && self.http.server_routes,
            Function::Inlet => self.inlet.enabled,
            Function::Sweep => self.namespaces.have_presence(),
        }
    }

    /// What AWS would refuse, or take and then do something else than was meant, is refused here and by its key.
    fn check(&self) -> Result<(), SettingsError> {
        self.gateway.check()?;
        self.http.check()?;
        self.identity.check()?;
        self.functions.check()?;
        self.delivery.check(&self.functions)?;
        self.limits.check()?;
        self.presence.check()?;
        self.inlet.check(&self.functions)?;
        self.events
            .check(&self.inlet, self.identity.issuer.is_some())?;
        self.observability.check()?;
        tags::check(&self.tags)?;
        if let Some(edge) = &self.edge {
            edge.check(&self.gateway, self.origin_secrets.is_some())?;
        }
        production::check(self)
    }
}
