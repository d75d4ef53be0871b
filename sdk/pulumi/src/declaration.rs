//! What registering a resource and reading one have in common.

use std::collections::BTreeSet;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use futures::FutureExt;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use pulumi_gestalt_proto::pulumi::pulumirpc::SourcePosition;
use tokio::sync::oneshot;

use crate::builder::ResourceBuilder;
use crate::check::Checked;
use crate::context::{Context, Scope};
use crate::error::{Error, ErrorKind};
use crate::options::ResourceOptions;
use crate::resource::{Inherited, Label, Registered, Resource};
use crate::urn::{STACK, Urn};

/// What stands for itself in no path of a URL.
const NOT_IN_PATHS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`');
/// The providers of these come with the SDK of another language, and have no schema.
const DYNAMIC: [&str; 2] = ["pulumi-nodejs", "pulumi-python"];

/// Where a resource stands: among what, and in which deployment.
pub(crate) struct Declaration {
    pub(crate) context: Context,
    pub(crate) label: Label,
    pub(crate) parent: Option<Resource>,
    pub(crate) inherited: Inherited,
    /// What is wrong with it before anything is asked of the engine.
    pub(crate) refused: Option<Error>,
}

impl Declaration {
    pub(crate) fn new(builder: &ResourceBuilder, scope: &dyn Scope) -> Self {
        let options = &builder.options;
        let parent = options.parent.clone().or_else(|| scope.parent().cloned());
        let inherited = Inherited::new(parent.as_ref(), options);
        Self {
            context: scope.context().clone(),
            label: builder.label.clone(),
            parent,
            inherited,
            refused: refused(builder),
        }
    }

    /// The resource at once; what the engine says of it comes from `ask`, in the background.
    pub(crate) fn declare<F>(self, ask: impl FnOnce(Self) -> F) -> Resource
    where
        F: Future<Output = Result<Registered, Error>> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let abandoned = self.label.to_string();
        let registration = answered
            .map(|result| result.unwrap_or_else(|_| Err(ErrorKind::Abandoned(abandoned).into())))
            .boxed()
            .shared();
        let resource = Resource::new(self.label.clone(), registration, self.inherited.clone());
        if let Some(parent) = &self.parent {
            parent.adopt(resource.clone());
        }
        let context = self.context.clone();
        let refused = self.refused.clone();
        let asked = ask(self);
        context.tasks().spawn(async move {
            let result = match refused {
                Some(error) => Err(error),
                None => asked.await.map(Arc::new),
            };
            let error = result.as_ref().err().cloned();
            // Nobody may be waiting for the answer: the program dropped the resource.
            let _ = answer.send(result);
            error.map_or(Ok(()), Err)
        });
        resource
    }

    /// The URN of the parent: the stack's own where there is no other.
    pub(crate) async fn parent_urn(&self) -> Result<String, Error> {
        let urn = match &self.parent {
            Some(parent) => Some(parent.registration().await?.urn.clone()),
            None => self.context.root().cloned(),
        };
        Ok(urn.map(|urn| urn.to_string()).unwrap_or_default())
    }

    /// The URN that the engine will give to the resource.
    pub(crate) fn urn(&self, parent: &str) -> Urn {
        let Label {
            type_token, name, ..
        } = &self.label;
        let context = &self.context;
        Urn::compose(context.project(), context.stack(), parent, type_token, name)
    }

    /// Whether the program's checks do not want the resource, or something that it needs. Its own faults make the run
    /// fail; for those of the others, the run has failed already.
    pub(crate) fn refuses(&self, resource: &Checked<'_>, needed: &[Urn]) -> bool {
        if resource.type_token() == STACK {
            return false;
        }
        let judged = self.context.checks().judge(resource);
        if let Err(error) = &judged {
            self.context.tasks().fail(error.clone());
        }
        let inherited = || self.context.checks().refusal(needed);
        match judged.err().or_else(inherited) {
            Some(error) => {
                self.hold_back(resource.urn().clone(), error);
                true
            }
            None => false,
        }
    }

    /// Has nothing that needs the resource reach the engine.
    pub(crate) fn hold_back(&self, urn: Urn, error: Error) {
        self.context.note_absent(&urn);
        self.context.checks().refuse(urn, error);
    }

    /// How the engine is told of the provider that the program named for this resource or for what it stands in.
    pub(crate) async fn provider(&self, options: &ResourceOptions) -> Result<String, Error> {
        if !self.label.custom {
            return Ok(String::new());
        }
        let inherited = || self.inherited.providers.get(self.label.package());
        match options.provider.as_ref().or_else(inherited) {
            Some(provider) => provider.as_provider().await,
            None => Ok(String::new()),
        }
    }

    /// The line of the program that declares the resource, for who looks at the state.
    pub(crate) fn source_position(&self) -> Option<SourcePosition> {
        let place = self.label.place?;
        // Cargo names the files of a workspace from its root, which is the project's folder or above it; those of a
        // dependency lie elsewhere, and say nothing to who wrote the program.
        let file = Path::new(place.file());
        let root = self.context.root_directory()?;
        if file.is_absolute() {
            return None;
        }
        let mut folders = root.ancestors().map(|folder| folder.join(file));
        let file = folders.find(|file| file.is_file())?;
        let file = file.to_str()?.replace('\\', "/");
        Some(SourcePosition {
            uri: format!("file://{}", utf8_percent_encode(&file, NOT_IN_PATHS)),
            line: i32::try_from(place.line()).ok()?,
            column: i32::try_from(place.column()).ok()?,
        })
    }
}

/// What can be told to be wrong by looking.
fn refused(builder: &ResourceBuilder) -> Option<Error> {
    let resource = builder.label.to_string();
    if DYNAMIC.contains(&builder.label.package()) {
        return Some(ErrorKind::DynamicProvider(resource).into());
    }
    let (option, property, nearest) = builder.options.unknown_property(builder.properties?)?;
    Some(
        ErrorKind::UnknownProperty {
            option,
            property,
            resource,
            nearest,
        }
        .into(),
    )
}

/// The resources that are to come first, by the option of that name.
pub(crate) async fn depends_on(options: &ResourceOptions) -> Result<BTreeSet<Urn>, Error> {
    let mut dependencies = BTreeSet::new();
    for urn in &options.depends_on {
        dependencies.extend(urn.resolved().await?.value);
    }
    Ok(dependencies)
}

/// URNs as they are sent.
pub(crate) fn texts<'a>(urns: impl IntoIterator<Item = &'a Urn>) -> Vec<String> {
    urns.into_iter().map(ToString::to_string).collect()
}
