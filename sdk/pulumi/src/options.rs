//! What can be said about any resource, whatever its type.

use std::time::Duration;

use crate::alias::Alias;
use crate::config;
use crate::input::{IntoInput, Node, node};
use crate::output::Output;
use crate::resource::{AsResource, Resource};
use crate::urn::Urn;

/// The options of a resource. [`WithOptions`] sets them.
#[derive(Clone, Debug, Default)]
pub struct ResourceOptions {
    pub(crate) parent: Option<Resource>,
    pub(crate) depends_on: Vec<Output<Urn>>,
    pub(crate) protect: Option<bool>,
    pub(crate) provider: Option<Resource>,
    /// Of a component: the providers of its children.
    pub(crate) providers: Vec<Resource>,
    pub(crate) additional_secret_outputs: Vec<String>,
    pub(crate) ignore_changes: Vec<String>,
    pub(crate) replace_on_changes: Vec<String>,
    pub(crate) replace_with: Vec<Resource>,
    pub(crate) replacement_trigger: Option<Node>,
    pub(crate) delete_before_replace: Option<bool>,
    pub(crate) deleted_with: Option<Resource>,
    pub(crate) retain_on_delete: Option<bool>,
    pub(crate) aliases: Vec<Alias>,
    pub(crate) import_id: Option<String>,
    pub(crate) timeouts: Timeouts,
    pub(crate) version: Option<String>,
    pub(crate) plugin_download_url: Option<String>,
}

impl ResourceOptions {
    /// The first property that an option names and that is none of these: with the option and the nearest one.
    pub(crate) fn unknown_property(
        &self,
        known: &[&str],
    ) -> Option<(&'static str, String, Option<String>)> {
        let named = [
            ("ignore_changes", &self.ignore_changes),
            ("replace_on_changes", &self.replace_on_changes),
            ("additional_secret_outputs", &self.additional_secret_outputs),
        ];
        let named = named
            .into_iter()
            .flat_map(|(option, paths)| paths.iter().map(move |path| (option, path)));
        named.into_iter().find_map(|(option, path)| {
            // A path, of which bindings know the first step: `tags["a"].b`, `attributes[0]`.
            let property = path.split(['.', '[']).next().unwrap_or_default();
            let is_known = property.is_empty() || property == "*" || known.contains(&property);
            let nearest = || config::nearest(property, known);
            (!is_known).then(|| (option, property.to_owned(), nearest()))
        })
    }
}

/// How long the provider may take; its own defaults where nothing is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// To create the resource.
    pub create: Option<Duration>,
    /// To update the resource.
    pub update: Option<Duration>,
    /// To delete the resource.
    pub delete: Option<Duration>,
}

/// Whatever has [`ResourceOptions`]: each builder of a resource.
///
/// Where a resource has a property by the name of an option, the builder's own method sets the property; the option is
/// then set with `WithOptions::version(builder, …)`.
pub trait WithOptions: Sized {
    /// The options themselves.
    fn options_mut(&mut self) -> &mut ResourceOptions;

    /// Makes the resource a child of another, instead of the scope that it is created in.
    #[must_use]
    fn parent(mut self, parent: &dyn AsResource) -> Self {
        self.options_mut().parent = Some(parent.as_resource().clone());
        self
    }

    /// Creates the resource after others, and deletes it before them, though no property refers to them.
    /// To depend on a component is to depend on all that has been created in it so far.
    #[must_use]
    fn depends_on(mut self, resources: &[&dyn AsResource]) -> Self {
        for resource in resources {
            let resource = resource.as_resource();
            let resources = resource.as_dependencies();
            self.options_mut()
                .depends_on
                .extend(resources.iter().map(Resource::urn));
        }
        self
    }

    /// Refuses to delete the resource while this is set.
    #[must_use]
    fn protect(mut self, protect: bool) -> Self {
        self.options_mut().protect = Some(protect);
        self
    }

    /// Manages the resource with this provider instead of the default one; a component hands it on to its children.
    #[must_use]
    fn provider(mut self, provider: &dyn AsResource) -> Self {
        self.options_mut().provider = Some(provider.as_resource().clone());
        self
    }

    /// Keeps more of the resource's outputs secret than the provider does.
    #[must_use]
    fn additional_secret_outputs(mut self, properties: &[&str]) -> Self {
        extend(
            &mut self.options_mut().additional_secret_outputs,
            properties,
        );
        self
    }

    /// Leaves these properties as they are, whatever the program says after the resource was created.
    #[must_use]
    fn ignore_changes(mut self, properties: &[&str]) -> Self {
        extend(&mut self.options_mut().ignore_changes, properties);
        self
    }

    /// Replaces the resource when one of these properties changes.
    #[must_use]
    fn replace_on_changes(mut self, properties: &[&str]) -> Self {
        extend(&mut self.options_mut().replace_on_changes, properties);
        self
    }

    /// Replaces the resource whenever one of these is replaced.
    #[must_use]
    fn replace_with(mut self, resources: &[&dyn AsResource]) -> Self {
        let resources = resources.iter().map(|it| it.as_resource().clone());
        self.options_mut().replace_with.extend(resources);
        self
    }

    /// Replaces the resource whenever this value is another one than the last time.
    #[must_use]
    fn replacement_trigger<T>(mut self, value: impl IntoInput<T>) -> Self {
        self.options_mut().replacement_trigger = Some(node(value));
        self
    }

    /// Where the resource must be replaced, deletes the old one first.
    #[must_use]
    fn delete_before_replace(mut self, delete: bool) -> Self {
        self.options_mut().delete_before_replace = Some(delete);
        self
    }

    /// Deletes nothing when this other resource is deleted, for then the real thing goes with it.
    #[must_use]
    fn deleted_with(mut self, resource: &dyn AsResource) -> Self {
        self.options_mut().deleted_with = Some(resource.as_resource().clone());
        self
    }

    /// Leaves the real thing alone when the resource is deleted from the stack.
    #[must_use]
    fn retain_on_delete(mut self, retain: bool) -> Self {
        self.options_mut().retain_on_delete = Some(retain);
        self
    }

    /// Names that the resource had before, so that it is not replaced when it is renamed or moved: whole URNs, or
    /// [`Alias`]es that say only what was different.
    #[must_use]
    fn aliases<A: Into<Alias>>(mut self, aliases: impl IntoIterator<Item = A>) -> Self {
        self.options_mut()
            .aliases
            .extend(aliases.into_iter().map(Into::into));
        self
    }

    /// Takes over the existing thing with this id instead of creating one.
    #[must_use]
    fn import(mut self, id: impl Into<String>) -> Self {
        self.options_mut().import_id = Some(id.into());
        self
    }

    /// How long the provider may take.
    #[must_use]
    fn custom_timeouts(mut self, timeouts: Timeouts) -> Self {
        self.options_mut().timeouts = timeouts;
        self
    }

    /// The version of the provider to manage the resource with.
    #[must_use]
    fn version(mut self, version: impl Into<String>) -> Self {
        self.options_mut().version = Some(version.into());
        self
    }

    /// Where the provider's plugin is downloaded from, if not from Pulumi's own place.
    #[must_use]
    fn plugin_download_url(mut self, url: impl Into<String>) -> Self {
        self.options_mut().plugin_download_url = Some(url.into());
        self
    }
}

fn extend(list: &mut Vec<String>, more: &[&str]) {
    list.extend(more.iter().map(|&item| item.to_owned()));
}
