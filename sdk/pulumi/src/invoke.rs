//! Functions of providers.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::Location;
use std::sync::Arc;

use pulumi_gestalt_proto::pulumi::pulumirpc::resource_call_request::ArgumentDependencies;
use pulumi_gestalt_proto::pulumi::pulumirpc::{
    CheckFailure, ResourceCallRequest, ResourceInvokeRequest,
};

use crate::check;
use crate::context::{Context, Scope};
use crate::convert::FromValue;
use crate::declaration::texts;
use crate::engine::Feature;
use crate::error::{Error, ErrorKind, rpc_error};
use crate::input::{Node, node};
use crate::output::{Output, Resolved};
use crate::properties::Properties;
use crate::resource::{AsResource, Inherited, Resource};
use crate::returned::Returned;
use crate::urn::Urn;
use crate::value::{PropertyValue, ResourceReference};
use crate::wire;

/// The argument that is the resource whose method is called.
const SELF: &str = "__self__";

/// A call of a provider's function about to be made: it looks something up and creates nothing.
///
/// ```no_run
/// # use pulumi::prelude::*;
/// # use pulumi::Invoke;
/// # fn program(ctx: &Context) {
/// let account = Invoke::new("aws:index/getCallerIdentity:getCallerIdentity")
///     .call(ctx)
///     .output::<String>("accountId");
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is called before `call`"]
pub struct Invoke {
    token: String,
    place: &'static Location<'static>,
    this: Option<Resource>,
    inputs: BTreeMap<String, Node>,
    depends_on: Vec<Resource>,
    parent: Option<Resource>,
    provider: Option<Resource>,
    version: String,
    plugin_download_url: String,
}

impl Invoke {
    /// A call of the function of this token (`package:module:function`).
    #[track_caller]
    pub fn new(token: impl Into<String>) -> Self {
        Self {
            token: token.into(),
            place: Location::caller(),
            this: None,
            inputs: BTreeMap::new(),
            depends_on: Vec::new(),
            parent: None,
            provider: None,
            version: String::new(),
            plugin_download_url: String::new(),
        }
    }

    /// A call of a method (`package:module:Type/method`) of a resource.
    #[track_caller]
    pub fn method(token: impl Into<String>, this: &dyn AsResource) -> Self {
        let mut call = Self::new(token);
        call.this = Some(this.as_resource().clone());
        call
    }

    /// Gives an argument; the last one given counts.
    pub fn input(mut self, argument: impl Into<String>, value: Node) -> Self {
        self.inputs.insert(argument.into(), value);
        self
    }

    /// Calls after these resources are there, though no argument refers to them.
    pub fn depends_on(mut self, resources: &[&dyn AsResource]) -> Self {
        // As they are now: what is created in a component later may need the result.
        let resources = resources
            .iter()
            .flat_map(|it| it.as_resource().as_dependencies());
        self.depends_on.extend(resources);
        self
    }

    /// Takes the provider that this resource hands on to its children.
    pub fn parent(mut self, parent: &dyn AsResource) -> Self {
        self.parent = Some(parent.as_resource().clone());
        self
    }

    /// Asks this provider instead of the default one.
    pub fn provider(mut self, provider: &dyn AsResource) -> Self {
        self.provider = Some(provider.as_resource().clone());
        self
    }

    /// The version of the provider to ask.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = version.into();
        self
    }

    /// Where the provider's plugin is downloaded from, if not from Pulumi's own place.
    pub fn plugin_download_url(mut self, url: impl Into<String>) -> Self {
        self.plugin_download_url = url.into();
        self
    }

    /// Calls in the background, once the arguments are known. While one is unknown, nothing is called and the result is
    /// unknown too; from a secret argument comes a secret result.
    pub fn call(self, scope: &dyn Scope) -> Invoked {
        let label = self.label();
        let (context, inherited) = Self::surroundings(scope);
        let output = Output::from_future(async move {
            let mut resolved = self.resolve(&context, &inherited, false).await?;
            let result = resolved.value.take().map(Arc::new);
            Ok(resolved.of(result))
        });
        Invoked { label, output }
    }

    /// Calls and waits for the result, for a program that must decide by it what to declare. What comes back is plain:
    /// a secret in it is the program's own to keep.
    ///
    /// # Errors
    ///
    /// When an argument is unknown, the function fails, or its result is not a `T`: a type that reads an object, such
    /// as `BTreeMap<String, PropertyValue>`.
    pub async fn call_plain<T: FromValue>(self, scope: &dyn Scope) -> Result<T, Error> {
        let label = self.label();
        let (context, inherited) = Self::surroundings(scope);
        let result = self.resolve(&context, &inherited, true).await?;
        let unknown = || ErrorKind::UnknownArgument(label.clone());
        let values = result.value.ok_or_else(unknown)?.values;
        let plain = PropertyValue::Object(values).unwrapped().value;
        T::from_value(plain.ok_or_else(unknown)?).map_err(|error| {
            ErrorKind::Result {
                function: label.clone(),
                source: error,
            }
            .into()
        })
    }

    fn label(&self) -> String {
        let Self { token, place, .. } = self;
        format!("`{token}` at {}:{}", place.file(), place.line())
    }

    fn surroundings(scope: &dyn Scope) -> (Context, Inherited) {
        let inherited = scope.parent().map(|parent| parent.inherited().clone());
        (scope.context().clone(), inherited.unwrap_or_default())
    }

    async fn resolve(
        self,
        context: &Context,
        inherited: &Inherited,
        plain: bool,
    ) -> Result<Resolved<FunctionResult>, Error> {
        let label = self.label();
        let mut dependencies = BTreeSet::new();
        for resource in &self.depends_on {
            dependencies.insert(resource.registration().await?.urn.clone());
        }
        let mut inputs = self.inputs.clone();
        if let Some(this) = &self.this {
            inputs.insert(SELF.to_owned(), node::<ResourceReference>(this.reference()));
        }
        let arguments = Properties::resolve(&label, inputs).await?;
        dependencies.extend(arguments.all_dependencies());
        // A name can be known before the thing is there: nobody could find it yet.
        let absent = dependencies.iter().any(|urn| context.is_absent(urn));
        // A program that waits for the answer cannot go on without one, and a method has nobody to be called on.
        if let Some(refusal) = context.checks().refusal(&dependencies)
            && (plain || self.this.is_some())
        {
            return Err(refusal);
        }
        let mut resolved = Resolved {
            value: None,
            secret: arguments.secret(),
            dependencies,
        };
        // A method may be called on a resource that does not exist yet: its provider decides what it knows of it.
        let method = self.this.is_some();
        if !method && (arguments.unknown() || (absent && !plain)) {
            return Ok(resolved);
        }
        let provider = self.named_provider(inherited).await?;
        if let Some(refusal) = context.checks().refusal(&check::provider_urn(&provider)) {
            return Err(refusal);
        }
        resolved.value = Some(match &self.this {
            None => self.ask(context, arguments, provider).await?,
            Some(_) => self.ask_method(context, arguments, provider).await?,
        });
        Ok(resolved)
    }

    async fn named_provider(&self, inherited: &Inherited) -> Result<String, Error> {
        let package = self.token.split(':').next().unwrap_or_default();
        let near = |resource: &Option<Resource>| {
            let resource = resource.as_ref()?;
            resource.inherited().providers.get(package).cloned()
        };
        let provider = self
            .provider
            .clone()
            .or_else(|| near(&self.parent))
            .or_else(|| near(&self.this))
            .or_else(|| inherited.providers.get(package).cloned());
        match provider {
            Some(provider) => provider.as_provider().await,
            None => Ok(String::new()),
        }
    }

    async fn ask(
        &self,
        context: &Context,
        arguments: Properties,
        provider: String,
    ) -> Result<FunctionResult, Error> {
        let label = self.label();
        // A function takes its arguments plain; its result is a secret if one of them was.
        let plain = arguments
            .values
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.unwrapped().value?)));
        let arguments = Properties::plain(plain.collect());
        let request = ResourceInvokeRequest {
            tok: self.token.clone(),
            args: Some(arguments.to_struct(context, &label)?),
            provider,
            version: self.version.clone(),
            accept_resources: context.engine().has(Feature::ResourceReferences),
            plugin_download_url: self.plugin_download_url.clone(),
            plugin_checksums: HashMap::new(),
            source_position: None,
            stack_trace: None,
            parent_stack_trace_handle: String::new(),
            package_ref: String::new(),
        };
        let answer = context.engine().backend().invoke(request).await;
        let answer = answer.map_err(|status| rpc_error(format!("to call {label}"), &status))?;
        refused(&label, &answer.failures)?;
        Ok(FunctionResult {
            values: wire::from_struct(&answer.r#return.unwrap_or_default())?,
            dependencies: BTreeMap::new(),
            incomplete: false,
        })
    }

    async fn ask_method(
        &self,
        context: &Context,
        arguments: Properties,
        provider: String,
    ) -> Result<FunctionResult, Error> {
        let label = self.label();
        let dependencies = arguments.dependencies.iter().map(|(name, urns)| {
            let urns = texts(urns);
            (name.clone(), ArgumentDependencies { urns })
        });
        let dependencies = dependencies.collect();
        let arguments = if context.engine().has(Feature::OutputValues) {
            arguments.into_outputs(&[SELF])
        } else {
            arguments
        };
        let request = ResourceCallRequest {
            tok: self.token.clone(),
            args: Some(arguments.to_struct(context, &label)?),
            arg_dependencies: dependencies,
            provider,
            version: self.version.clone(),
            plugin_download_url: self.plugin_download_url.clone(),
            plugin_checksums: HashMap::new(),
            source_position: None,
            stack_trace: None,
            parent_stack_trace_handle: String::new(),
            package_ref: String::new(),
        };
        let answer = context.engine().backend().call(request).await;
        let answer = answer.map_err(|status| rpc_error(format!("to call {label}"), &status))?;
        refused(&label, &answer.failures)?;
        let dependencies = answer.return_dependencies.into_iter();
        Ok(FunctionResult {
            values: wire::from_struct(&answer.r#return.unwrap_or_default())?,
            dependencies: dependencies
                .map(|(name, on)| (name, on.urns.into_iter().map(Urn::from).collect()))
                .collect(),
            incomplete: context.dry_run(),
        })
    }
}

fn refused(label: &str, failures: &[CheckFailure]) -> Result<(), Error> {
    if failures.is_empty() {
        return Ok(());
    }
    let failures = failures
        .iter()
        .map(|failure| match failure.property.as_str() {
            "" => failure.reason.clone(),
            property => format!("`{property}`: {}", failure.reason),
        });
    Err(ErrorKind::Arguments {
        function: label.to_owned(),
        failures: failures.collect(),
    }
    .into())
}

/// What a function returned, wrapped as it came.
#[derive(Debug)]
struct FunctionResult {
    values: BTreeMap<String, PropertyValue>,
    dependencies: BTreeMap<String, BTreeSet<Urn>>,
    /// Whether a property that is not there may yet come.
    incomplete: bool,
}

/// The result of a provider's function.
#[derive(Clone, Debug)]
pub struct Invoked {
    label: String,
    output: Output<Arc<FunctionResult>>,
}

impl Invoked {
    /// A property of the result. `Option<T>` is `None` where it is not there.
    pub fn output<T>(&self, property: &str) -> Output<T>
    where
        T: FromValue + Clone + Send + Sync + 'static,
    {
        let (property, label) = (property.to_owned(), self.label.clone());
        self.read(move |result| {
            let returned = Returned {
                values: &result.values,
                dependencies: result
                    .dependencies
                    .get(&property)
                    .cloned()
                    .unwrap_or_default(),
                incomplete: result.incomplete,
            };
            returned.read(&property, &label)
        })
    }

    /// The whole result.
    pub fn value(&self) -> Output<PropertyValue> {
        self.read(|result| {
            let plain = PropertyValue::Object(result.values.clone()).unwrapped();
            Ok(Resolved {
                value: plain.value,
                secret: plain.secret,
                dependencies: result.dependencies.values().flatten().cloned().collect(),
            })
        })
    }

    fn read<T>(
        &self,
        read: impl FnOnce(&FunctionResult) -> Result<Resolved<T>, Error> + Send + 'static,
    ) -> Output<T>
    where
        T: Clone + Send + Sync + 'static,
    {
        let output = self.output.clone();
        Output::from_future(async move {
            let mut all = output.resolved().await?;
            let Some(result) = all.value.take() else {
                return Ok(all.of(None));
            };
            let mut all = all.of(Some(()));
            let value = all.join(read(&result)?);
            Ok(all.of(value))
        })
    }
}
