//! From the wire's request to plain data. Every field of the message is named, so that a new one is a decision.

use std::collections::BTreeMap;

use prost_types::Struct;
use pulumi::{OutputValue, PropertyValue, wire};
use pulumi_gestalt_proto::pulumi::pulumirpc::alias::Alias as WireAlias;
use pulumi_gestalt_proto::pulumi::pulumirpc::alias::spec::Parent;
use pulumi_gestalt_proto::pulumi::pulumirpc::{self as rpc, RegisterResourceRequest};
use tonic::Status;

use crate::deployment::{Alias, AliasParent, CustomTimeouts, Options};
use crate::features::not_emulated;

/// A resource that a program wants to have.
#[derive(Debug)]
pub(crate) struct Registration {
    pub(crate) type_token: String,
    pub(crate) name: String,
    pub(crate) custom: bool,
    pub(crate) parent: Option<String>,
    /// References to explicit providers: `{urn}::{id}`.
    pub(crate) providers: Vec<String>,
    pub(crate) inputs: BTreeMap<String, PropertyValue>,
    pub(crate) dependencies: Vec<String>,
    pub(crate) property_dependencies: BTreeMap<String, Vec<String>>,
    pub(crate) options: Options,
    /// Whether the program can read secrets in the answer.
    pub(crate) accept_secrets: bool,
}

impl Registration {
    /// The resource as messages name it.
    pub(crate) fn label(&self) -> String {
        label(&self.type_token, &self.name)
    }
}

/// A resource as messages name it.
pub(crate) fn label(type_token: &str, name: &str) -> String {
    format!("{type_token} `{name}`")
}

/// Reads a request, and refuses what this engine could only ignore.
pub(crate) fn registration(request: RegisterResourceRequest) -> Result<Registration, Status> {
    let RegisterResourceRequest {
        r#type: type_token,
        name,
        parent,
        custom,
        object,
        protect,
        dependencies,
        provider,
        property_dependencies,
        delete_before_replace,
        version,
        ignore_changes,
        accept_secrets,
        additional_secret_outputs,
        alias_ur_ns,
        import_id,
        custom_timeouts,
        delete_before_replace_defined,
        // Values that are partly unknown occur in previews only.
        supports_partial_values: _,
        remote,
        // No output is a resource.
        accept_resources: _,
        providers,
        replace_on_changes,
        plugin_download_url,
        // There is no plugin whose bytes could be checked.
        plugin_checksums: _,
        retain_on_delete,
        aliases,
        deleted_with,
        replace_with,
        replacement_trigger,
        // How aliases were written by an old SDK; nothing is renamed here.
        alias_specs: _,
        // Where the program's text says it.
        source_position: _,
        stack_trace: _,
        parent_stack_trace_handle: _,
        transforms,
        // Every registration either succeeds or is an error: nothing is ever skipped.
        supports_result_reporting: _,
        package_ref,
        hooks,
        hide_diffs,
        env_var_mappings,
    } = request;

    let label = label(&type_token, &name);
    let refuse_if = |refused: bool, what: &str| {
        if refused {
            return Err(not_emulated(format_args!("{what} ({label})")));
        }
        Ok(())
    };
    refuse_if(remote, "components of other languages' packages")?;
    refuse_if(!import_id.is_empty(), "the import of existing resources")?;
    refuse_if(!transforms.is_empty(), "transforms")?;
    refuse_if(hooks.is_some_and(|hooks| binds(&hooks)), "resource hooks")?;
    refuse_if(!package_ref.is_empty(), "parameterized packages")?;
    refuse_if(
        !plugin_download_url.is_empty(),
        "providers from other servers",
    )?;
    refuse_if(
        !env_var_mappings.is_empty(),
        "environment variables of providers",
    )?;

    let replacement_trigger = replacement_trigger
        .map(|value| wire::from_value(&value).map(flatten))
        .transpose()
        .map_err(|error| malformed(&label, &error))?;
    let options = Options {
        protect,
        version: given(version),
        delete_before_replace: delete_before_replace_defined.then_some(delete_before_replace),
        ignore_changes,
        replace_on_changes,
        additional_secret_outputs,
        aliases: alias_ur_ns
            .into_iter()
            .map(Alias::Urn)
            .chain(aliases.into_iter().filter_map(alias))
            .collect(),
        custom_timeouts: custom_timeouts.map(|timeouts| CustomTimeouts {
            create: timeouts.create,
            update: timeouts.update,
            delete: timeouts.delete,
        }),
        retain_on_delete,
        deleted_with: given(deleted_with),
        replace_with,
        replacement_trigger,
        hide_diffs,
    };
    Ok(Registration {
        inputs: properties(object, &label)?,
        type_token,
        name,
        custom,
        parent: given(parent),
        providers: given(provider)
            .into_iter()
            .chain(providers.into_values())
            .collect(),
        dependencies,
        property_dependencies: property_dependencies
            .into_iter()
            .map(|(property, on)| (property, on.urns))
            .collect(),
        options,
        accept_secrets,
    })
}

/// Reads an object, without the wrappers that say where a value comes from: dependencies travel beside it too.
pub(crate) fn properties(
    object: Option<Struct>,
    label: &str,
) -> Result<BTreeMap<String, PropertyValue>, Status> {
    let fields =
        wire::from_struct(&object.unwrap_or_default()).map_err(|error| malformed(label, &error))?;
    Ok(fields
        .into_iter()
        .map(|(name, value)| (name, flatten(value)))
        .collect())
}

fn malformed(label: &str, error: &wire::WireError) -> Status {
    Status::invalid_argument(format!("{label}: a value cannot be read: {error}"))
}

/// An empty text is the wire's word for none.
fn given(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// Turns outputs into plain, secret or unknown values.
fn flatten(value: PropertyValue) -> PropertyValue {
    match value {
        PropertyValue::Output(OutputValue { value, secret, .. }) => {
            let value = value.map_or(PropertyValue::Unknown, |value| flatten(*value));
            match value {
                already @ PropertyValue::Secret(_) => already,
                value if secret => PropertyValue::Secret(Box::new(value)),
                value => value,
            }
        }
        PropertyValue::Secret(inner) => match flatten(*inner) {
            already @ PropertyValue::Secret(_) => already,
            inner => PropertyValue::Secret(Box::new(inner)),
        },
        PropertyValue::Array(items) => {
            PropertyValue::Array(items.into_iter().map(flatten).collect())
        }
        PropertyValue::Object(fields) => PropertyValue::Object(
            fields
                .into_iter()
                .map(|(name, value)| (name, flatten(value)))
                .collect(),
        ),
        other => other,
    }
}

fn binds(hooks: &rpc::register_resource_request::ResourceHooksBinding) -> bool {
    *hooks != rpc::register_resource_request::ResourceHooksBinding::default()
}

fn alias(alias: rpc::Alias) -> Option<Alias> {
    Some(match alias.alias? {
        WireAlias::Urn(urn) => Alias::Urn(urn),
        WireAlias::Spec(spec) => Alias::Spec {
            name: given(spec.name),
            type_token: given(spec.r#type),
            stack: given(spec.stack),
            project: given(spec.project),
            parent: match spec.parent {
                Some(Parent::ParentUrn(urn)) => AliasParent::Urn(urn),
                Some(Parent::NoParent(true)) => AliasParent::None,
                Some(Parent::NoParent(false)) | None => AliasParent::Same,
            },
        },
    })
}
