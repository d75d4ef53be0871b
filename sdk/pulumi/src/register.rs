//! Registers resources with the engine.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use pulumi_gestalt_proto::pulumi::pulumirpc::register_resource_request::{
    CustomTimeouts, PropertyDependencies,
};
use pulumi_gestalt_proto::pulumi::pulumirpc::{
    RegisterResourceOutputsRequest, RegisterResourceRequest, RegisterResourceResponse,
    Result as Outcome,
};

use crate::alias;
use crate::builder::ResourceBuilder;
use crate::check::{self, Checked};
use crate::context::{Context, Scope};
use crate::declaration::{Declaration, depends_on, texts};
use crate::engine::Feature;
use crate::error::{Error, ErrorKind, rpc_error};
use crate::input::Node;
use crate::options::{ResourceOptions, Timeouts};
use crate::properties::Properties;
use crate::resource::{Inherited, Label, Registered, Resource};
use crate::urn::{self, Urn};
use crate::wire;

/// Declares a resource at once and registers it in the background.
pub(crate) fn declare(builder: ResourceBuilder, scope: &dyn Scope) -> Resource {
    let declaration = Declaration::new(&builder, scope);
    let ResourceBuilder {
        inputs, options, ..
    } = builder;
    declaration.declare(|declaration| register(declaration, inputs, options))
}

/// Registers the stack itself, the root of all resources.
pub(crate) async fn stack(context: &Context) -> Result<Urn, Error> {
    let declaration = Declaration {
        label: Label {
            type_token: urn::STACK.to_owned(),
            name: format!("{}-{}", context.project(), context.stack()),
            custom: false,
            place: None,
        },
        context: context.clone(),
        parent: None,
        inherited: Inherited::default(),
        refused: None,
    };
    let registered = register(declaration, BTreeMap::new(), ResourceOptions::default()).await?;
    Ok(registered.urn)
}

/// Registers the outputs of a component, in the background.
pub(crate) fn outputs(context: &Context, resource: &Resource, outputs: BTreeMap<String, Node>) {
    let (context, resource) = (context.clone(), resource.clone());
    context.clone().tasks().spawn(async move {
        let urn = resource.registration().await?.urn.clone();
        if let Some(refusal) = context.checks().refusal([&urn]) {
            return Err(refusal);
        }
        let label = resource.label().to_string();
        let outputs = Properties::resolve(&label, outputs).await?;
        send_outputs(&context, &urn, &label, outputs).await
    });
}

/// Registers the outputs of a component or of the stack.
pub(crate) async fn send_outputs(
    context: &Context,
    urn: &Urn,
    label: &str,
    mut outputs: Properties,
) -> Result<(), Error> {
    if !context.dry_run() {
        // What nobody could find out, since something failed or was left out, must not take the place of what is known.
        outputs.retain_known();
    }
    let request = RegisterResourceOutputsRequest {
        urn: urn.to_string(),
        outputs: Some(outputs.to_struct(context, label)?),
    };
    let answer = context.engine().backend().register_outputs(request).await;
    answer.map_err(|status| rpc_error(format!("the outputs of {label}"), &status))
}

async fn register(
    declaration: Declaration,
    inputs: BTreeMap<String, Node>,
    options: ResourceOptions,
) -> Result<Registered, Error> {
    let label = declaration.label.to_string();
    let context = declaration.context.clone();
    let custom = declaration.label.custom;
    let request = match request(declaration, inputs, options).await? {
        Prepared::Request(request) => *request,
        Prepared::Refused(urn) => return Ok(Registered::refused(urn)),
    };
    let answer = context.engine().backend().register(request).await;
    let response = answer.map_err(|status| rpc_error(format!("to register {label}"), &status))?;
    let mut registered = registered(response, &label, context.dry_run())?;
    if custom && registered.id.is_none() {
        // It is not there: a preview creates nothing, nor does an update that was told to leave it out.
        registered.incomplete = true;
        context.note_absent(&registered.urn);
    }
    Ok(registered)
}

/// What becomes of a declaration.
enum Prepared {
    Request(Box<RegisterResourceRequest>),
    /// The program's checks do not want it, or something that it needs.
    Refused(Urn),
}

async fn request(
    declaration: Declaration,
    inputs: BTreeMap<String, Node>,
    options: ResourceOptions,
) -> Result<Prepared, Error> {
    let engine = declaration.context.engine();
    let label = declaration.label.to_string();
    let parent = declaration.parent_urn().await?;
    let provider = declaration.provider(&options).await?;
    let mut dependencies = depends_on(&options).await?;
    let related = Related::resolve(&declaration.context, &options, &label).await?;
    let properties = Properties::resolve(&label, inputs).await?;
    dependencies.extend(properties.all_dependencies());
    let aliases =
        alias::Sent::new(options.aliases, engine.has(Feature::AliasSpecs), &label).await?;
    let others = [
        related.replace_with.as_slice(),
        std::slice::from_ref(&related.deleted_with),
    ];
    let needed = check::named(&parent, &provider, &dependencies, &others.concat());
    let urn = declaration.urn(&parent);
    let checked = Checked {
        label: &declaration.label,
        urn: &urn,
        provider: &provider,
        properties: &properties,
    };
    if declaration.refuses(&checked, &needed) {
        return Ok(Prepared::Refused(urn));
    }
    Ok(Prepared::Request(Box::new(RegisterResourceRequest {
        parent,
        custom: declaration.label.custom,
        object: Some(properties.to_struct(&declaration.context, &label)?),
        protect: declaration.inherited.protect,
        dependencies: texts(&dependencies),
        provider,
        // Every property has its entry, even an empty one: with none at all, the engine takes each property to
        // depend on everything.
        property_dependencies: properties
            .dependencies
            .iter()
            .map(|(property, urns)| (property.clone(), PropertyDependencies { urns: texts(urns) }))
            .collect(),
        delete_before_replace: options.delete_before_replace.unwrap_or_default(),
        version: options.version.unwrap_or_default(),
        ignore_changes: options.ignore_changes,
        accept_secrets: true,
        additional_secret_outputs: options.additional_secret_outputs,
        alias_ur_ns: aliases.urns,
        import_id: options.import_id.unwrap_or_default(),
        custom_timeouts: timeouts(options.timeouts),
        delete_before_replace_defined: options.delete_before_replace.is_some(),
        supports_partial_values: true,
        remote: false,
        accept_resources: engine.has(Feature::ResourceReferences),
        // Only what is constructed elsewhere is told of providers for its children.
        providers: HashMap::new(),
        replace_on_changes: options.replace_on_changes,
        plugin_download_url: options.plugin_download_url.unwrap_or_default(),
        plugin_checksums: HashMap::new(),
        retain_on_delete: options.retain_on_delete,
        aliases: aliases.aliases,
        deleted_with: related.deleted_with,
        replace_with: related.replace_with,
        replacement_trigger: related.replacement_trigger,
        alias_specs: true,
        source_position: declaration.source_position(),
        stack_trace: None,
        parent_stack_trace_handle: String::new(),
        transforms: Vec::new(),
        supports_result_reporting: true,
        package_ref: String::new(),
        hooks: None,
        hide_diffs: Vec::new(),
        env_var_mappings: HashMap::new(),
        r#type: declaration.label.type_token,
        name: declaration.label.name,
    })))
}

/// What ties a resource's life to that of others.
struct Related {
    deleted_with: String,
    replace_with: Vec<String>,
    replacement_trigger: Option<prost_types::Value>,
}

impl Related {
    async fn resolve(
        context: &Context,
        options: &ResourceOptions,
        label: &str,
    ) -> Result<Self, Error> {
        let engine = context.engine();
        let needs = |feature, given: bool, option: &str| match given && !engine.has(feature) {
            true => Err(Error::from(ErrorKind::Unsupported {
                what: format!("the option `{option}`, on {label}"),
            })),
            false => Ok(()),
        };
        needs(
            Feature::DeletedWith,
            options.deleted_with.is_some(),
            "deleted_with",
        )?;
        needs(
            Feature::ReplaceWith,
            !options.replace_with.is_empty(),
            "replace_with",
        )?;
        needs(
            Feature::ReplacementTrigger,
            options.replacement_trigger.is_some(),
            "replacement_trigger",
        )?;
        let mut related = Self {
            deleted_with: String::new(),
            replace_with: Vec::new(),
            replacement_trigger: None,
        };
        if let Some(resource) = &options.deleted_with {
            related.deleted_with = resource.registration().await?.urn.to_string();
        }
        for resource in &options.replace_with {
            let urn = resource.registration().await?.urn.to_string();
            related.replace_with.push(urn);
        }
        if let Some(trigger) = options.replacement_trigger.clone() {
            let name = "replacement_trigger".to_owned();
            let trigger = BTreeMap::from([(name.clone(), trigger)]);
            let trigger = Properties::resolve(label, trigger).await?;
            related.replacement_trigger = trigger.to_struct(context, label)?.fields.remove(&name);
        }
        Ok(related)
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
