//! What a resource was called before.

use std::collections::BTreeSet;

use pulumi_gestalt_proto::pulumi::pulumirpc::Alias as Wire;
use pulumi_gestalt_proto::pulumi::pulumirpc::alias::{Alias as Form, Spec, spec};

use crate::error::{Error, ErrorKind};
use crate::output::Output;
use crate::resource::AsResource;
use crate::urn::Urn;

/// A name that a resource had before, so that renaming or moving it does not replace it.
///
/// Either its whole URN (`Alias::from("urn:pulumi:…")`), or only what was different:
///
/// ```
/// use pulumi::Alias;
///
/// let renamed = Alias::new().name("orders-table");
/// let moved = Alias::new().no_parent();
/// ```
#[derive(Clone, Debug)]
pub struct Alias(Was);

#[derive(Clone, Debug)]
enum Was {
    Urn(Urn),
    Different(Different),
}

/// What was different: nothing where it was not.
#[derive(Clone, Debug, Default)]
struct Different {
    name: Option<String>,
    type_token: Option<String>,
    stack: Option<String>,
    project: Option<String>,
    parent: Option<Parent>,
}

#[derive(Clone, Debug)]
enum Parent {
    None,
    Urn(Output<Urn>),
}

impl Default for Alias {
    fn default() -> Self {
        Self::new()
    }
}

impl Alias {
    /// An alias that differs in nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self(Was::Different(Different::default()))
    }

    /// The name that it had.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        self.with(|was| was.name = Some(name.into()))
    }

    /// The type that it had.
    #[must_use]
    pub fn type_token(self, type_token: impl Into<String>) -> Self {
        self.with(|was| was.type_token = Some(type_token.into()))
    }

    /// The stack that it was in.
    #[must_use]
    pub fn stack(self, stack: impl Into<String>) -> Self {
        self.with(|was| was.stack = Some(stack.into()))
    }

    /// The project that it was in.
    #[must_use]
    pub fn project(self, project: impl Into<String>) -> Self {
        self.with(|was| was.project = Some(project.into()))
    }

    /// The resource that it was a child of.
    #[must_use]
    pub fn parent(self, parent: &dyn AsResource) -> Self {
        let urn = parent.as_resource().urn();
        self.with(|was| was.parent = Some(Parent::Urn(urn)))
    }

    /// The URN of what it was a child of, where that is gone from the program.
    #[must_use]
    pub fn parent_urn(self, parent: impl Into<Urn>) -> Self {
        let urn = Output::known(parent.into());
        self.with(|was| was.parent = Some(Parent::Urn(urn)))
    }

    /// It stood at the top of the stack.
    #[must_use]
    pub fn no_parent(self) -> Self {
        self.with(|was| was.parent = Some(Parent::None))
    }

    /// Beside a whole URN, nothing can be different: what was said last counts.
    fn with(self, change: impl FnOnce(&mut Different)) -> Self {
        let mut different = match self.0 {
            Was::Urn(_) => Different::default(),
            Was::Different(different) => different,
        };
        change(&mut different);
        Self(Was::Different(different))
    }

    async fn into_form(self) -> Result<Form, Error> {
        let different = match self.0 {
            Was::Urn(urn) => return Ok(Form::Urn(urn.to_string())),
            Was::Different(different) => different,
        };
        let parent = match different.parent {
            None => None,
            Some(Parent::None) => Some(spec::Parent::NoParent(true)),
            Some(Parent::Urn(urn)) => {
                let urn = urn.resolved().await?.value;
                urn.map(|urn| spec::Parent::ParentUrn(urn.to_string()))
            }
        };
        Ok(Form::Spec(Spec {
            name: different.name.unwrap_or_default(),
            r#type: different.type_token.unwrap_or_default(),
            stack: different.stack.unwrap_or_default(),
            project: different.project.unwrap_or_default(),
            parent,
        }))
    }
}

impl From<Urn> for Alias {
    fn from(urn: Urn) -> Self {
        Self(Was::Urn(urn))
    }
}

impl From<&str> for Alias {
    fn from(urn: &str) -> Self {
        Urn::from(urn).into()
    }
}

impl From<String> for Alias {
    fn from(urn: String) -> Self {
        Urn::from(urn).into()
    }
}

/// Aliases as they are sent: an engine that is older than their specifications takes URNs only.
#[derive(Default)]
pub(crate) struct Sent {
    pub(crate) aliases: Vec<Wire>,
    pub(crate) urns: Vec<String>,
}

impl Sent {
    pub(crate) async fn new(
        aliases: Vec<Alias>,
        specs: bool,
        resource: &str,
    ) -> Result<Self, Error> {
        let mut sent = Self::default();
        let mut known = BTreeSet::new();
        for alias in aliases {
            match alias.into_form().await? {
                Form::Urn(urn) if !known.insert(urn.clone()) => {}
                Form::Urn(urn) if !specs => sent.urns.push(urn),
                Form::Spec(_) if !specs => {
                    return Err(ErrorKind::Unsupported {
                        what: format!("an alias that is not a whole URN, on {resource}"),
                    }
                    .into());
                }
                form => sent.aliases.push(Wire { alias: Some(form) }),
            }
        }
        Ok(sent)
    }
}
