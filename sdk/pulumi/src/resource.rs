//! A resource that the program has declared.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::panic::Location;
use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};

use crate::convert::FromValue;
use crate::error::Error;
use crate::options::ResourceOptions;
use crate::output::{Output, Resolved};
use crate::returned::{self, Returned};
use crate::urn::Urn;
use crate::value::{PropertyValue, ReferenceId, ResourceReference};
use crate::wire;

/// A resource that the program has declared. Cheap to clone.
///
/// It is registered whether anything waits for it or not.
#[derive(Clone)]
pub struct Resource(Arc<Inner>);

struct Inner {
    label: Label,
    registration: Registration,
    children: Mutex<Vec<Resource>>,
    inherited: Inherited,
}

/// What the engine made of a resource, once it has answered.
pub(crate) type Registration = Shared<BoxFuture<'static, Result<Arc<Registered>, Error>>>;

/// What a resource hands on to those created in it.
#[derive(Clone, Default)]
pub(crate) struct Inherited {
    /// The provider of each package.
    pub(crate) providers: BTreeMap<String, Resource>,
    pub(crate) protect: Option<bool>,
}

impl Inherited {
    /// What a resource of this parent, with these options, hands on.
    pub(crate) fn new(parent: Option<&Resource>, options: &ResourceOptions) -> Self {
        let mut inherited = parent
            .map(|parent| parent.inherited().clone())
            .unwrap_or_default();
        for provider in options.providers.iter().chain(&options.provider) {
            let package = provider.label().package().to_owned();
            inherited.providers.insert(package, provider.clone());
        }
        inherited.protect = options.protect.or(inherited.protect);
        inherited
    }
}

/// The engine's answer to a registration.
pub(crate) struct Registered {
    pub(crate) urn: Urn,
    pub(crate) id: Option<String>,
    pub(crate) outputs: BTreeMap<String, PropertyValue>,
    pub(crate) output_dependencies: BTreeMap<String, BTreeSet<Urn>>,
    /// Whether an output that is not there may yet come: in a preview, or when the operation did not happen.
    pub(crate) incomplete: bool,
}

impl Registered {
    /// A resource that was not registered: of its outputs nobody will know anything.
    pub(crate) fn refused(urn: Urn) -> Self {
        Self {
            urn,
            id: None,
            outputs: BTreeMap::new(),
            output_dependencies: BTreeMap::new(),
            incomplete: true,
        }
    }

    /// The resources that an output comes from: this one, and what the provider said besides.
    fn dependencies_of(&self, property: &str) -> BTreeSet<Urn> {
        let mut dependencies = BTreeSet::from([self.urn.clone()]);
        let said = self.output_dependencies.get(property);
        dependencies.extend(said.into_iter().flatten().cloned());
        dependencies
    }
}

/// Which resource, for a message to a person.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    pub(crate) type_token: String,
    pub(crate) name: String,
    pub(crate) custom: bool,
    /// Where the program declares it.
    pub(crate) place: Option<&'static Location<'static>>,
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ({})", self.name, self.type_token)?;
        match self.place {
            Some(place) => write!(f, " at {}:{}", place.file(), place.line()),
            None => Ok(()),
        }
    }
}

impl Label {
    /// The package that the type belongs to; for a provider, the package that it provides.
    pub(crate) fn package(&self) -> &str {
        match self.type_token.strip_prefix("pulumi:providers:") {
            Some(package) => package,
            None => self.type_token.split(':').next().unwrap_or_default(),
        }
    }
}

/// Whatever is a resource: what the generated bindings return, a [`Component`](crate::Component), a [`Resource`].
pub trait AsResource {
    /// The resource.
    fn as_resource(&self) -> &Resource;
}

impl<R: AsResource + ?Sized> AsResource for &R {
    fn as_resource(&self) -> &Resource {
        (**self).as_resource()
    }
}

impl AsResource for Resource {
    fn as_resource(&self) -> &Resource {
        self
    }
}

impl Resource {
    pub(crate) fn new(label: Label, registration: Registration, inherited: Inherited) -> Self {
        Self(Arc::new(Inner {
            label,
            registration,
            children: Mutex::default(),
            inherited,
        }))
    }

    /// The resource's URN.
    pub fn urn(&self) -> Output<Urn> {
        let registration = self.0.registration.clone();
        Output::from_future(async move {
            let registered = registration.await?;
            Ok(Resolved {
                value: Some(registered.urn.clone()),
                secret: false,
                dependencies: BTreeSet::from([registered.urn.clone()]),
            })
        })
    }

    /// The resource's provider-assigned id. A component has none: to use it is an error.
    pub fn id(&self) -> Output<String> {
        let (registration, label) = (self.0.registration.clone(), self.0.label.clone());
        Output::from_future(async move {
            let registered = registration.await?;
            if registered.id.is_none() && !(registered.incomplete && label.custom) {
                return Err(returned::missing("id", &label.to_string()));
            }
            Ok(Resolved {
                value: registered.id.clone(),
                secret: false,
                dependencies: BTreeSet::from([registered.urn.clone()]),
            })
        })
    }

    /// One of the resource's outputs, as a type. What is wrong with it comes out where the output is used.
    pub fn output<T>(&self, property: &str) -> Output<T>
    where
        T: FromValue + Clone + Send + Sync + 'static,
    {
        let (registration, label) = (self.0.registration.clone(), self.0.label.clone());
        let property = property.to_owned();
        Output::from_future(async move {
            let registered = registration.await?;
            let returned = Returned {
                values: &registered.outputs,
                dependencies: registered.dependencies_of(&property),
                incomplete: registered.incomplete,
            };
            returned.read(&property, &label.to_string())
        })
    }

    /// The resource as a value, for properties that take whole resources.
    pub fn reference(&self) -> Output<ResourceReference> {
        let (registration, custom) = (self.0.registration.clone(), self.0.label.custom);
        Output::from_future(async move {
            let registered = registration.await?;
            let id = match &registered.id {
                _ if !custom => ReferenceId::Component,
                Some(id) => ReferenceId::Known(id.clone()),
                None => ReferenceId::Unknown,
            };
            Ok(Resolved {
                value: Some(ResourceReference {
                    urn: registered.urn.clone(),
                    id,
                    package_version: None,
                }),
                secret: false,
                dependencies: BTreeSet::from([registered.urn.clone()]),
            })
        })
    }

    /// An output that is an object, with what is in it wrapped as it came: a secret in it makes only itself one.
    pub(crate) fn wrapped_output(&self, property: &str) -> Output<BTreeMap<String, PropertyValue>> {
        let registration = self.registration();
        let property = property.to_owned();
        Output::from_future(async move {
            let registered = registration.await?;
            let mut resolved = Resolved {
                value: None,
                secret: false,
                dependencies: registered.dependencies_of(&property),
            };
            let mut value = registered.outputs.get(&property).cloned();
            if let Some(PropertyValue::Secret(inner)) = value {
                resolved.secret = true;
                value = Some(*inner);
            }
            resolved.value = match value {
                Some(PropertyValue::Object(fields)) => Some(fields),
                None | Some(PropertyValue::Null) if !registered.incomplete => Some(BTreeMap::new()),
                _ => None,
            };
            Ok(resolved)
        })
    }

    /// The type token that the resource is registered with.
    #[must_use]
    pub fn type_token(&self) -> &str {
        &self.0.label.type_token
    }

    /// The name that the resource has in the program.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.label.name
    }

    pub(crate) fn label(&self) -> &Label {
        &self.0.label
    }

    pub(crate) fn registration(&self) -> Registration {
        self.0.registration.clone()
    }

    pub(crate) fn inherited(&self) -> &Inherited {
        &self.0.inherited
    }

    pub(crate) fn adopt(&self, child: Self) {
        self.children().push(child);
    }

    /// The resources that to depend on this one means: a component is what was created in it so far.
    pub(crate) fn as_dependencies(&self) -> Vec<Self> {
        let mut resources = vec![self.clone()];
        if !self.0.label.custom {
            let children = self.children().clone();
            resources.extend(children.iter().flat_map(Self::as_dependencies));
        }
        resources
    }

    /// How another resource names this one as its provider.
    pub(crate) fn as_provider(&self) -> BoxFuture<'static, Result<String, Error>> {
        let registration = self.registration();
        async move {
            let registered = registration.await?;
            let id = registered.id.as_deref().unwrap_or(wire::UNKNOWN);
            Ok(format!("{}::{id}", registered.urn))
        }
        .boxed()
    }

    fn children(&self) -> std::sync::MutexGuard<'_, Vec<Self>> {
        self.0
            .children
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Resource({})", self.0.label)
    }
}
