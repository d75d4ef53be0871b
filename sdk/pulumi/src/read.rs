//! Reads resources that exist already.

use std::collections::{BTreeMap, HashMap};

use pulumi_gestalt_proto::pulumi::pulumirpc::{ReadResourceRequest, ReadResourceResponse};

use crate::builder::ResourceBuilder;
use crate::check;
use crate::context::Scope;
use crate::declaration::{Declaration, depends_on, texts};
use crate::engine::Feature;
use crate::error::{Error, ErrorKind, rpc_error};
use crate::input::Node;
use crate::options::ResourceOptions;
use crate::properties::Properties;
use crate::resource::{Registered, Resource};
use crate::urn::Urn;
use crate::value::PropertyValue;
use crate::wire;

/// Declares a resource that exists at once, and reads it in the background.
pub(crate) fn declare(builder: ResourceBuilder, id: Node, scope: &dyn Scope) -> Resource {
    let declaration = Declaration::new(&builder, scope);
    let ResourceBuilder {
        inputs, options, ..
    } = builder;
    declaration.declare(|declaration| read(declaration, id, inputs, options))
}

async fn read(
    declaration: Declaration,
    id: Node,
    inputs: BTreeMap<String, Node>,
    options: ResourceOptions,
) -> Result<Registered, Error> {
    let context = declaration.context.clone();
    let label = declaration.label.to_string();
    let parent = declaration.parent_urn().await?;
    let provider = declaration.provider(&options).await?;
    let mut dependencies = depends_on(&options).await?;
    let id = Properties::resolve(&label, BTreeMap::from([("id".to_owned(), id)])).await?;
    dependencies.extend(id.all_dependencies());
    let properties = Properties::resolve(&label, inputs).await?;
    dependencies.extend(properties.all_dependencies());
    let needed = check::named(&parent, &provider, &dependencies, &[]);
    if let Some(refusal) = context.checks().refusal(&needed) {
        let urn = declaration.urn(&parent);
        declaration.hold_back(urn.clone(), refusal);
        return Ok(Registered::refused(urn));
    }
    let id = match id.values.get("id").cloned().map(|id| id.unwrapped().value) {
        Some(Some(PropertyValue::String(id))) if !id.is_empty() => id,
        // The id of something that does not exist yet: the engine answers a preview with what it was given.
        Some(None) => wire::UNKNOWN.to_owned(),
        _ => return Err(ErrorKind::NoId(label).into()),
    };
    let request = ReadResourceRequest {
        id: id.clone(),
        parent,
        properties: Some(properties.to_struct(&context, &label)?),
        dependencies: texts(&dependencies),
        provider,
        version: options.version.unwrap_or_default(),
        accept_secrets: true,
        additional_secret_outputs: options.additional_secret_outputs,
        accept_resources: context.engine().has(Feature::ResourceReferences),
        plugin_download_url: options.plugin_download_url.unwrap_or_default(),
        plugin_checksums: HashMap::new(),
        source_position: declaration.source_position(),
        stack_trace: None,
        parent_stack_trace_handle: String::new(),
        package_ref: String::new(),
        r#type: declaration.label.type_token,
        name: declaration.label.name,
    };
    match context.engine().backend().read(request).await {
        Ok(response) => {
            let registered = registered(response, id, &label)?;
            if registered.id.is_none() {
                context.note_absent(&registered.urn);
            }
            Ok(registered)
        }
        Err(status) => Err(rpc_error(format!("to read {label}"), &status)),
    }
}

fn registered(
    response: ReadResourceResponse,
    id: String,
    label: &str,
) -> Result<Registered, Error> {
    if response.urn.is_empty() {
        return Err(ErrorKind::MissingUrn {
            resource: label.to_owned(),
        }
        .into());
    }
    let known = id != wire::UNKNOWN;
    Ok(Registered {
        urn: Urn::from(response.urn),
        id: known.then_some(id),
        outputs: wire::from_struct(&response.properties.unwrap_or_default())?,
        output_dependencies: BTreeMap::new(),
        incomplete: !known,
    })
}
