//! What a program knows of the deployment that it describes.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::runtime::Handle;

use crate::check::{Checked, Checks, Violation};
use crate::component::Component;
use crate::config::Config;
use crate::engine::Engine;
use crate::error::ErrorKind;
use crate::input::{IntoInput, Node, node};
use crate::log::Log;
use crate::resource::Resource;
use crate::settings::Settings;
use crate::tasks::Tasks;
use crate::urn::Urn;

/// The deployment: its settings, its configuration and its engine. Cheap to clone.
#[derive(Clone)]
pub struct Context(Arc<Shared>);

struct Shared {
    settings: Arc<Settings>,
    engine: Engine,
    tasks: Arc<Tasks>,
    root: OnceLock<Urn>,
    exports: Mutex<BTreeMap<String, Node>>,
    /// The resources that are declared and not there: in a preview, those that are yet to be created.
    absent: Mutex<BTreeSet<Urn>>,
    checks: Checks,
}

/// Where a resource is created: at the top of the stack, or in a [`Component`].
pub trait Scope {
    /// The deployment.
    fn context(&self) -> &Context;

    /// The resource that becomes the parent; the stack itself when there is none.
    fn parent(&self) -> Option<&Resource> {
        None
    }

    /// Declares a component of this type (`package:module:Type`), by this name.
    /// With options: [`Component::builder`].
    #[track_caller]
    fn component(&self, type_token: &str, name: &str) -> Component
    where
        Self: Sized,
    {
        Component::builder(type_token, name).create(self)
    }
}

impl<S: Scope + ?Sized> Scope for &S {
    fn context(&self) -> &Context {
        (**self).context()
    }

    fn parent(&self) -> Option<&Resource> {
        (**self).parent()
    }
}

impl Scope for Context {
    fn context(&self) -> &Context {
        self
    }
}

impl Context {
    pub(crate) fn new(settings: Settings, engine: Engine, runtime: Handle) -> Self {
        Self(Arc::new(Shared {
            settings: Arc::new(settings),
            engine,
            tasks: Arc::new(Tasks::new(runtime)),
            root: OnceLock::new(),
            exports: Mutex::default(),
            absent: Mutex::default(),
            checks: Checks::default(),
        }))
    }

    /// The name of the project.
    #[must_use]
    pub fn project(&self) -> &str {
        &self.0.settings.project
    }

    /// The name of the stack.
    #[must_use]
    pub fn stack(&self) -> &str {
        &self.0.settings.stack
    }

    /// The organization that owns the stack.
    #[must_use]
    pub fn organization(&self) -> &str {
        &self.0.settings.organization
    }

    /// Whether this is a preview: nothing is created, and what only the provider can say is unknown.
    #[must_use]
    pub fn dry_run(&self) -> bool {
        self.0.settings.dry_run
    }

    /// The directory of the project, where the engine told it.
    #[must_use]
    pub fn root_directory(&self) -> Option<&Path> {
        self.0.settings.root_directory.as_deref()
    }

    /// The configuration of the project.
    #[must_use]
    pub fn config(&self) -> Config {
        self.config_of(self.project())
    }

    /// The configuration of another namespace, such as a provider's (`aws`).
    #[must_use]
    pub fn config_of(&self, namespace: &str) -> Config {
        Config::new(namespace, Arc::clone(&self.0.settings))
    }

    /// Makes a value an output of the stack. A name that is exported twice makes the run fail.
    pub fn export<T>(&self, name: impl Into<String>, value: impl IntoInput<T>) {
        let name = name.into();
        let mut exports = self
            .0
            .exports
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match exports.entry(name) {
            Entry::Vacant(entry) => {
                entry.insert(node(value));
            }
            Entry::Occupied(entry) => {
                let name = entry.key().clone();
                self.tasks().fail(ErrorKind::DuplicateExport(name).into());
            }
        }
    }

    /// Has every resource that is registered from here on looked at first, with its inputs as they would be sent.
    ///
    /// A resource in which the check finds anything is not registered, and neither is what depends on it; both make the
    /// run fail. All else goes on, and what depends on a refused resource is checked as well, so that one run tells all
    /// that is wrong: once for each resource, with the line that declares it. Several checks are all asked. Resources
    /// that are only read are not checked.
    ///
    /// The words are the check's own. It is to put nothing in them that is a secret.
    ///
    /// ```no_run
    /// # use pulumi::{Context, Violation};
    /// # fn example(ctx: &Context) {
    /// ctx.check_resources(|resource| {
    ///     let tags = resource.plain_inputs();
    ///     match tags.get("tags").and_then(|tags| tags.get("team")) {
    ///         Some(_) => Vec::new(),
    ///         None => vec![Violation::new("tags", "must have `team`").note("set `shop:team`")],
    ///     }
    /// });
    /// # }
    /// ```
    pub fn check_resources(
        &self,
        check: impl Fn(&Checked<'_>) -> Vec<Violation> + Send + Sync + 'static,
    ) {
        self.0.checks.add(check);
    }

    /// Messages to who watches the deployment.
    #[must_use]
    pub fn log(&self) -> Log {
        Log::new(self.clone())
    }

    pub(crate) fn checks(&self) -> &Checks {
        &self.0.checks
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.0.engine
    }

    pub(crate) fn tasks(&self) -> &Arc<Tasks> {
        &self.0.tasks
    }

    /// The URN of the stack itself, once it is registered.
    pub(crate) fn root(&self) -> Option<&Urn> {
        self.0.root.get()
    }

    pub(crate) fn set_root(&self, urn: Urn) {
        self.0.root.get_or_init(|| urn);
    }

    /// Notes that a resource is declared and not there.
    pub(crate) fn note_absent(&self, urn: &Urn) {
        self.absent_resources().insert(urn.clone());
    }

    /// Whether a resource is declared and not there.
    pub(crate) fn is_absent(&self, urn: &Urn) -> bool {
        self.absent_resources().contains(urn)
    }

    fn absent_resources(&self) -> MutexGuard<'_, BTreeSet<Urn>> {
        self.0.absent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn exports(&self) -> BTreeMap<String, Node> {
        self.0
            .exports
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Context").field(&self.0.settings).finish()
    }
}
