//! What there is to know of a type of resource.

use serde_json::Value;
use thiserror::Error;

use crate::cloud::{Account, Cloud, Ids, Record, Verb, key, text};
use crate::environment::ACCOUNT;
use crate::naming::AutoName;
use crate::operations::Subject;
use crate::rules::{self, InCloud};
use crate::wire::Properties;

/// A type of resource.
#[derive(Debug)]
pub(crate) struct Kind {
    /// Its token.
    pub(crate) token: &'static str,
    /// What the real provider calls it in its messages: `API Gateway v2 Route`.
    pub(crate) noun: &'static str,
    /// The properties that its id means nothing without: a stage's name is one of its API's.
    pub(crate) within: &'static [&'static str],
    /// The name that the provider gives it.
    pub(crate) name: Option<AutoName>,
    /// What it cannot be without.
    pub(crate) parents: &'static [Parent],
    /// The types that go with it when it is deleted, and the property in which they name it.
    pub(crate) children: &'static [(&'static str, &'static str)],
    /// What AWS refuses to make, or to change so.
    pub(crate) allow: fn(&Proposal<'_>) -> Result<(), Refusal>,
    /// Its id, and what AWS computes.
    pub(crate) make: fn(&Making<'_>) -> Made,
    /// The outputs that an update from these inputs to those makes anew.
    pub(crate) anew: fn(&Properties, &Properties) -> &'static [&'static str],
    /// What AWS refuses to delete.
    pub(crate) release: fn(&Cloud, &Record) -> Result<(), Refusal>,
    /// What it does to the account's settings: when it is made or changed, and when it is gone.
    pub(crate) effect: fn(&mut Account, Option<&Record>),
}

/// Something that a resource cannot be without.
#[derive(Debug)]
pub(crate) struct Parent {
    /// The property that names it.
    pub(crate) property: &'static str,
    /// Its type.
    pub(crate) token: &'static str,
    /// Whether it is the one that is named.
    pub(crate) is: fn(&Record, &str) -> bool,
    /// What AWS says when it is not there.
    pub(crate) missing: fn(&str) -> Refusal,
}

/// A resource that is to be made or changed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proposal<'a> {
    pub(crate) cloud: &'a Cloud,
    pub(crate) region: &'a str,
    pub(crate) inputs: &'a Properties,
    /// The resource as it is, if it is to be changed.
    pub(crate) existing: Option<&'a Record>,
}

/// A resource that is being made.
#[derive(Debug)]
pub(crate) struct Making<'a> {
    pub(crate) cloud: &'a Cloud,
    pub(crate) region: &'a str,
    pub(crate) ids: Ids,
    pub(crate) inputs: &'a Properties,
}

/// What AWS answers.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) id: String,
    pub(crate) computed: Properties,
}

/// Why AWS does not do it, in its words as far as they are known.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{exception}: {message}")]
pub(crate) struct Refusal {
    exception: &'static str,
    message: String,
}

impl Refusal {
    pub(crate) fn new(exception: &'static str, message: impl Into<String>) -> Self {
        Self {
            exception,
            message: message.into(),
        }
    }

    /// As the real provider reports it.
    pub(crate) fn describe(&self, kind: &Kind, verb: Verb) -> String {
        let doing = match verb {
            Verb::Create => "creating",
            Verb::Read | Verb::Invoke => "reading",
            Verb::Update => "updating",
            Verb::Delete => "deleting",
        };
        format!("{doing} {}: {self}", kind.noun)
    }
}

impl Kind {
    /// A type of which nothing is known: where the others start from.
    pub(crate) const PLAIN: Self = Self {
        token: "",
        noun: "",
        within: &[],
        name: None,
        parents: &[],
        children: &[],
        allow: |_| Ok(()),
        make: |making| Made::new(making.ids.base36("id", 10), []),
        anew: |_, _| &[],
        release: |_, _| Ok(()),
        effect: |_, _| {},
    };

    /// The key of a resource in the cloud. An id to import has all in it: `api/stage`.
    pub(crate) fn key(&self, id: &str, properties: &Properties) -> String {
        let mut path = String::new();
        for property in self.within {
            let outer = text(properties, property);
            if outer.is_empty() {
                return key(self.token, id);
            }
            path.push_str(outer);
            path.push('/');
        }
        key(self.token, &(path + id))
    }

    /// The Region of a resource: its own, or the provider's.
    pub(crate) fn region(&self, inputs: &Properties, configured: &str) -> String {
        match text(inputs, "region") {
            "" => configured.to_owned(),
            own => own.to_owned(),
        }
    }

    /// Whether AWS makes it, or changes it so.
    pub(crate) fn check(&self, proposal: &Proposal<'_>) -> Result<(), Refusal> {
        self.orphaned(proposal.cloud, proposal.inputs)?;
        (self.allow)(proposal)?;
        let subject = Subject {
            type_token: self.token,
            name: "",
        };
        let (inputs, region) = (proposal.inputs, proposal.region);
        let found = rules::violations(&subject, inputs, region, &InCloud(proposal));
        let found = found.map_err(|status| Refusal::new("InternalError", status.message()))?;
        found.first().map_or(Ok(()), |violation| {
            let message = format!("{} {}", violation.property, violation.reason());
            Err(Refusal::new("ValidationException", message))
        })
    }

    /// Whether what it cannot be without is there.
    pub(crate) fn orphaned(&self, cloud: &Cloud, properties: &Properties) -> Result<(), Refusal> {
        for parent in self.parents {
            let named = text(properties, parent.property);
            let there = |record: &Record| (parent.is)(record, named);
            if !named.is_empty() && !cloud.all(parent.token).any(there) {
                return Err((parent.missing)(named));
            }
        }
        Ok(())
    }

    /// What AWS says of a resource that is not there.
    pub(crate) fn absent(&self, id: &str) -> Refusal {
        Refusal::new(
            "NotFoundException",
            format!("there is no {} `{id}`", self.noun),
        )
    }

    /// What goes with a resource: what names it, by its id or its ARN.
    pub(crate) fn below(&self, record: &Record) -> impl Fn(&Record) -> bool {
        let children = self.children;
        move |other| {
            children.iter().any(|(token, property)| {
                let named = other.text(property);
                let names = named == record.id || named == record.text("arn");
                other.type_token == *token && !named.is_empty() && names
            })
        }
    }
}

impl<'a> Proposal<'a> {
    /// An input that is a text; empty where there is none.
    pub(crate) fn text(&self, property: &str) -> &'a str {
        text(self.inputs, property)
    }

    /// The resources of a type, without the one that is to be changed.
    pub(crate) fn others(&self, token: &'a str) -> impl Iterator<Item = &'a Record> {
        let existing = self.existing;
        let same = move |record: &Record| {
            existing.is_some_and(|existing| {
                existing.urn == record.urn && existing.generation == record.generation
            })
        };
        self.cloud.all(token).filter(move |record| !same(record))
    }

    /// Whether another resource of the type has the same text in this property.
    pub(crate) fn taken(&self, token: &'a str, property: &str) -> bool {
        let wanted = self.text(property);
        !wanted.is_empty()
            && self
                .others(token)
                .any(|other| other.text(property) == wanted)
    }
}

impl Making<'_> {
    /// An input that is a text; empty where there is none.
    pub(crate) fn text(&self, property: &str) -> &str {
        text(self.inputs, property)
    }

    /// An ARN in the resource's Region.
    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{ACCOUNT}:{resource}", self.region)
    }

    /// An input as it is, or something else where there is none.
    pub(crate) fn or(&self, property: &str, otherwise: Value) -> Value {
        self.inputs.get(property).cloned().unwrap_or(otherwise)
    }
}

impl Made {
    pub(crate) fn new<const N: usize>(id: impl Into<String>, computed: [(&str, Value); N]) -> Self {
        let computed = computed.into_iter();
        Self {
            id: id.into(),
            computed: computed
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        }
    }
}

impl AutoName {
    /// The property `name`, which `namePrefix` can make as well.
    pub(crate) const fn name(longest: usize) -> Option<Self> {
        Some(Self {
            property: "name",
            unless: Some("namePrefix"),
            longest,
        })
    }
}

/// Whether a text is the name or the ARN of a resource.
pub(crate) fn by_name_or_arn(record: &Record, named: &str) -> bool {
    record.text("name") == named || record.text("arn") == named
}

/// Whether a text is the id of a resource.
pub(crate) fn by_id(record: &Record, named: &str) -> bool {
    record.id == named
}

/// A JSON document that is given as a text.
pub(crate) fn document(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}
