//! The traps of AWS that a plan can walk into: each has bitten many, passes every check of AWS and of the provider, and
//! shows only in production.
//!
//! What a trap's message says is what would happen there, and how to mend it. A rule that needs a value which is known
//! only once a resource is there says so, and passes nothing that it has not seen.
//!
//! One trap of the gateway is not in any plan: an authorizer that allows `{stage}/*/*` does so while it runs. The tests
//! of the Lambda in `lambdas/authorizer` hold it to the one route that was asked for.

mod alarms;
mod deployments;
mod edge;
mod events;
mod invocations;
mod logs;
mod loss;
mod policies;
mod queues;
mod routes;
pub(crate) mod secrets;
mod stages;
mod types;

use crate::plan::{Declared, Plan, Snapshot};

/// One rule.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Its stable name.
    pub id: &'static str,
    /// What it holds a plan to, as a sentence.
    pub title: &'static str,
    look: fn(&Look<'_>, &mut Checked),
}

/// Every rule.
pub const RULES: [Rule; 27] = [
    stages::THROTTLE,
    stages::DEFAULT_STAGE,
    stages::DEPLOYED,
    stages::LOGGING,
    deployments::ORDER,
    routes::REPLY,
    routes::HANDSHAKE,
    routes::SERVER,
    routes::TIMEOUT,
    edge::MANAGEMENT_URL,
    edge::WAF,
    edge::REGION,
    edge::HOST,
    edge::TLS,
    policies::PATTERNS,
    policies::ANYBODY,
    invocations::PERMISSION,
    logs::RETENTION,
    logs::OWN_GROUP,
    secrets::PLAIN,
    queues::DEAD_LETTERS,
    queues::PARTIAL_BATCHES,
    queues::CAPACITY,
    events::DELIVERY,
    alarms::ALARMS,
    loss::LOSS,
    loss::PROTECTION,
];

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It must not be deployed.
    Trap,
    /// It may be meant, and must be confirmed.
    Warning,
}

/// What a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's name.
    pub rule: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// The resource, as the engine calls it.
    pub urn: String,
    /// What would happen, and how to mend it. Never a secret.
    pub message: String,
}

/// What a rule saw.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The rule.
    pub rule: Rule,
    /// How many resources it looked at.
    pub seen: usize,
    /// Resources of which it needs a value that is not known before they are there.
    pub unknown: Vec<String>,
    /// What it found.
    pub findings: Vec<Finding>,
}

/// What all rules saw.
#[derive(Debug, Clone)]
pub struct Report {
    /// Each rule, in their order.
    pub checked: Vec<Checked>,
}

/// What a rule looks at.
struct Look<'p> {
    plan: &'p Plan,
    /// The stack as it will be.
    stack: &'p Snapshot<'p>,
}

/// Looks for every trap.
#[must_use]
pub fn check(plan: &Plan) -> Report {
    let stack = plan.after();
    let look = Look {
        plan,
        stack: &stack,
    };
    let checked = RULES.into_iter().map(|rule| {
        let mut checked = Checked {
            rule,
            seen: 0,
            unknown: Vec::new(),
            findings: Vec::new(),
        };
        (rule.look)(&look, &mut checked);
        checked
    });
    Report {
        checked: checked.collect(),
    }
}

impl Report {
    /// What must not be deployed.
    pub fn traps(&self) -> impl Iterator<Item = &Finding> {
        self.of(Severity::Trap)
    }

    /// What must be confirmed.
    pub fn warnings(&self) -> impl Iterator<Item = &Finding> {
        self.of(Severity::Warning)
    }

    /// What the rule of this name saw.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Checked> {
        self.checked.iter().find(|checked| checked.rule.id == id)
    }

    fn of(&self, severity: Severity) -> impl Iterator<Item = &Finding> {
        let findings = self.checked.iter().flat_map(|checked| &checked.findings);
        findings.filter(move |finding| finding.severity == severity)
    }
}

impl Checked {
    fn trap(&mut self, resource: Declared<'_>, message: impl Into<String>) {
        self.found(Severity::Trap, resource.urn, message);
    }

    fn warning(&mut self, resource: Declared<'_>, message: impl Into<String>) {
        self.found(Severity::Warning, resource.urn, message);
    }

    fn found(&mut self, severity: Severity, urn: &str, message: impl Into<String>) {
        self.findings.push(Finding {
            rule: self.rule.id,
            severity,
            urn: urn.to_owned(),
            message: message.into(),
        });
    }

    fn unknown(&mut self, resource: Declared<'_>) {
        if self.unknown.last().map(String::as_str) != Some(resource.urn) {
            self.unknown.push(resource.urn.to_owned());
        }
    }
}

/// The API that something of a gateway belongs to.
fn api<'a>(stack: &Snapshot<'a>, part: Declared<'a>) -> Option<Declared<'a>> {
    stack.source(part, "apiId", types::API).next()
}

/// Whether something belongs to a WebSocket API; where its API is not in the plan, it is taken for one.
fn is_of_websocket<'a>(stack: &Snapshot<'a>, part: Declared<'a>) -> bool {
    let protocol = api(stack, part).map(|api| api.input("protocolType"));
    protocol.and_then(|it| it.text()) != Some("HTTP")
}

/// The functions that an input leads to, through an alias too.
pub(crate) fn functions<'a>(
    stack: &Snapshot<'a>,
    from: Declared<'a>,
    input: &str,
) -> Vec<Declared<'a>> {
    let mut found: Vec<_> = stack.source(from, input, types::FUNCTION).collect();
    for alias in stack.source(from, input, types::ALIAS) {
        found.extend(stack.source(alias, "functionName", types::FUNCTION));
    }
    found.sort_by_key(|function| function.urn);
    found.dedup_by_key(|function| function.urn);
    found
}
