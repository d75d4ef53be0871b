//! Registers resources with the engine.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use prost_types::Struct;
use pulumi_gestalt_proto::pulumi::pulumirpc::register_resource_request::{
    CustomTimeouts, PropertyDependencies,
};
use pulumi_gestalt_proto::pulumi::pulumirpc::{
    Alias, RegisterResourceOutputsRequest, RegisterResourceRequest, RegisterResourceResponse,
    Result as Outcome, alias,
};
use tokio::sync::oneshot;

use crate::builder::ResourceBuilder;
use crate::context::{Context, Scope};
use crate::engine::Feature;
use crate::error::{Error, ErrorKind, rpc_error};
use crate::input::Node;
use crate::options::{ResourceOptions, Timeouts};
use crate::resource::{Inherited, Label, Registered, Resource};
use crate::urn::Urn;
use crate::value::PropertyValue;
use crate::wire;

/// Declares a resource at once and registers it in the background.
pub(crate) fn declare(builder: ResourceBuilder, custom: bool, scope: &dyn Scope) -> Resource {
    let ResourceBuilder {
        type_token,
        name,
        inputs,
        options,
    } = builder;
    let label = Label {
        type_token,
        name,
        custom,
    };
    let parent = options.parent.clone().or_else(|| scope.parent().cloned());
    let inherited = inherit(parent.as_ref(), &options);
    let (answer, answered) = oneshot::channel();
    let abandoned = label.to_string();
    let registration = answered
        .map(|result| result.unwrap_or_else(|_| Err(ErrorKind::Abandoned(abandoned).into())))
        .boxed()
        .shared();
    let resource = Resource::new(label.clone(), registration, inherited.clone());
    if let Some(parent) = &parent {
        parent.adopt(resource.clone());
    }
    let declaration = Declaration {
        context: scope.context().clone(),
        label,
        inputs,
        options,
        parent,
        inherited,
    };
    scope.context().tasks().spawn(async move {
        let result = declaration.register().await;
        let error = result.as_ref().err().cloned();
        // Nobody may be waiting for the answer: the program dropped the resource.
        let _ = answer.send(result);
        error.map_or(Ok(()), Err)
    });
    resource
}

fn inherit(parent: Option<&Resource>, options: &ResourceOptions) -> Inherited {
    let mut inherited = parent
        .map(|parent| parent.inherited().clone())
        .unwrap_or_default();
    if let Some(provider) = &options.provider {
        let package = provider.label().package().to_owned();
        inherited.providers.insert(package, provider.clone());
    }
    inherited.protect = options.protect.or(inherited.protect);
    inherited
}

/// Registers the stack itself, the root of all resources.
pub(crate) async fn stack(context: &Context) -> Result<Urn, Error> {
    let declaration = Declaration {
        label: Label {
            type_token: "pulumi:pulumi:Stack".to_owned(),
            name: format!("{}-{}", context.project(), context.stack()),
            custom: false,
        },
        context: context.clone(),
        inputs: BTreeMap::new(),
        options: ResourceOptions::default(),
        parent: None,
        inherited: Inherited::default(),
    };
    Ok(declaration.register().await?.urn.clone())
}

/// Registers the outputs of a component, in the background.
pub(crate) fn outputs(context: &Context, resource: &Resource, outputs: BTreeMap<String, Node>) {
    let (context, resource) = (context.clone(), resource.clone());
    context.clone().tasks().spawn(async move {
        let urn = resource.registration().await?.urn.clone();
        send_outputs(&context, &urn, &resource.label().to_string(), outputs).await
    });
}

/// Registers the outputs of a component or of the stack.
pub(crate) async fn send_outputs(
    context: &Context,
    urn: &Urn,
    label: &str,
    outputs: BTreeMap<String, Node>,
) -> Result<(), Error> {
    let outputs = resolve(context, label, outputs).await?;
    let request = RegisterResourceOutputsRequest {
        urn: urn.to_string(),
        outputs: Some(outputs.object),
    };
    let mut monitor = context.engine().monitor.clone();
    match monitor.register_resource_outputs(request).await {
        Ok(_) => Ok(()),
        Err(status) => Err(rpc_error(format!("the outputs of {label}"), &status)),
    }
}

/// Properties as they are sent.
struct Properties {
    object: Struct,
    dependencies: BTreeMap<String, BTreeSet<Urn>>,
}

async fn resolve(
    context: &Context,
    label: &str,
    nodes: BTreeMap<String, Node>,
) -> Result<Properties, Error> {
    let mut fields = BTreeMap::new();
    let mut dependencies = BTreeMap::new();
    for (property, node) in nodes {
        let resolved = match node.resolve().await {
            Ok(resolved) => resolved,
            Err(source) => {
                return Err(ErrorKind::Input {
                    property,
                    resource: label.to_owned(),
                    source,
                }
                .into());
            }
        };
        let value = resolved.value.unwrap_or(PropertyValue::Null);
        if value == PropertyValue::Null {
            // An optional output that is not there: the property is not given.
            continue;
        }
        if !context.engine().has(Feature::Secrets) && value.clone().unwrapped().secret {
            return Err(ErrorKind::SecretsUnsupported { property }.into());
        }
        match wire::to_value(&value) {
            Ok(value) => fields.insert(property.clone(), value),
            Err(error) => {
                return Err(ErrorKind::Property {
                    property,
                    resource: label.to_owned(),
                    source: Box::new(ErrorKind::Wire(error)),
                }
                .into());
            }
        };
        dependencies.insert(property, resolved.dependencies);
    }
    Ok(Properties {
        object: Struct { fields },
        dependencies,
    })
}

/// All that there is to say about one resource.
struct Declaration {
    context: Context,
    label: Label,
    inputs: BTreeMap<String, Node>,
    options: ResourceOptions,
    parent: Option<Resource>,
    inherited: Inherited,
}

impl Declaration {
    async fn register(self) -> Result<Arc<Registered>, Error> {
        let label = self.label.to_string();
        let context = self.context.clone();
        let request = self.request().await?;
        let mut monitor = context.engine().monitor.clone();
        match monitor.register_resource(request).await {
            Ok(response) => {
                let dry_run = context.dry_run();
                registered(response.into_inner(), &label, dry_run).map(Arc::new)
            }
            Err(status) => Err(rpc_error(format!("to register {label}"), &status)),
        }
    }

    async fn request(self) -> Result<RegisterResourceRequest, Error> {
        let engine = self.context.engine();
        let parent = match &self.parent {
            Some(parent) => Some(parent.registration().await?.urn.clone()),
            None => self.context.root().cloned(),
        };
        let provider = match self.provider() {
            Some(provider) => provider.as_provider().await?,
            None => String::new(),
        };
        let mut dependencies = BTreeSet::new();
        for urn in &self.options.depends_on {
            dependencies.extend(urn.resolved().await?.value);
        }
        let properties = resolve(&self.context, &self.label.to_string(), self.inputs).await?;
        dependencies.extend(properties.dependencies.values().flatten().cloned());
        let options = self.options;
        let aliases = texts(&options.aliases);
        let (aliases, alias_ur_ns) = if engine.has(Feature::AliasSpecs) {
            (aliases.into_iter().map(alias).collect(), Vec::new())
        } else {
            (Vec::new(), aliases)
        };
        Ok(RegisterResourceRequest {
            r#type: self.label.type_token,
            name: self.label.name,
            parent: parent.map(|urn| urn.to_string()).unwrap_or_default(),
            custom: self.label.custom,
            object: Some(properties.object),
            protect: self.inherited.protect,
            dependencies: texts(&dependencies),
            provider,
            // Every property has its entry, even an empty one: with none at all, the engine takes each property to
            // depend on everything.
            property_dependencies: properties
                .dependencies
                .into_iter()
                .map(|(property, urns)| (property, PropertyDependencies { urns: texts(&urns) }))
                .collect(),
            delete_before_replace: options.delete_before_replace.unwrap_or_default(),
            version: options.version.unwrap_or_default(),
            ignore_changes: options.ignore_changes,
            accept_secrets: true,
            additional_secret_outputs: options.additional_secret_outputs,
            alias_ur_ns,
            import_id: options.import_id.unwrap_or_default(),
            custom_timeouts: timeouts(options.timeouts),
            delete_before_replace_defined: options.delete_before_replace.is_some(),
            supports_partial_values: true,
            remote: false,
            accept_resources: engine.has(Feature::ResourceReferences),
            providers: HashMap::new(),
            replace_on_changes: options.replace_on_changes,
            plugin_download_url: String::new(),
            plugin_checksums: HashMap::new(),
            retain_on_delete: options.retain_on_delete,
            aliases,
            deleted_with: String::new(),
            replace_with: Vec::new(),
            replacement_trigger: None,
            alias_specs: true,
            source_position: None,
            stack_trace: None,
            parent_stack_trace_handle: String::new(),
            transforms: Vec::new(),
            supports_result_reporting: true,
            package_ref: String::new(),
            hooks: None,
            hide_diffs: Vec::new(),
            env_var_mappings: HashMap::new(),
        })
    }

    /// The provider that the program named for this resource or for something that it stands in.
    fn provider(&self) -> Option<&Resource> {
        if !self.label.custom {
            return None;
        }
        let inherited = || self.inherited.providers.get(self.label.package());
        self.options.provider.as_ref().or_else(inherited)
    }
}

fn registered(
    response: RegisterResourceResponse,
    label: &str,
    dry_run: bool,
) -> Result<Registered, Error> {
    if response.urn.is_empty() {
        return Err(ErrorKind::MissingUrn {
            resource: label.to_owned(),
        }
        .into());
    }
    let succeeded = response.result() == Outcome::Success;
    let outputs = wire::from_struct(&response.object.unwrap_or_default())?;
    let output_dependencies = response
        .property_dependencies
        .into_iter()
        .map(|(property, on)| (property, on.urns.into_iter().map(Urn::from).collect()))
        .collect();
    Ok(Registered {
        urn: Urn::from(response.urn),
        id: Some(response.id).filter(|id| !id.is_empty() && id != wire::UNKNOWN),
        outputs,
        output_dependencies,
        incomplete: dry_run || !succeeded,
    })
}

fn alias(urn: String) -> Alias {
    Alias {
        alias: Some(alias::Alias::Urn(urn)),
    }
}

fn texts<'a>(urns: impl IntoIterator<Item = &'a Urn>) -> Vec<String> {
    urns.into_iter().map(ToString::to_string).collect()
}

fn timeouts(timeouts: Timeouts) -> Option<CustomTimeouts> {
    if timeouts == Timeouts::default() {
        return None;
    }
    Some(CustomTimeouts {
        create: duration(timeouts.create),
        update: duration(timeouts.update),
        delete: duration(timeouts.delete),
    })
}

/// As Go reads durations; nothing stands for the provider's default.
fn duration(duration: Option<Duration>) -> String {
    match duration {
        None => String::new(),
        Some(duration) if duration.subsec_nanos() == 0 => format!("{}s", duration.as_secs()),
        Some(duration) => format!("{}ns", duration.as_nanos()),
    }
}
