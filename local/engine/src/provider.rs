//! The AWS provider: checks a resource and has the cloud model make it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use pulumi::PropertyValue;
use serde_json::{Map, Value};
use tidegate_local_cloud::{Cloud, NewResource};
use tidegate_local_schema::json::{find_unknown, revealed};
use tidegate_local_schema::outputs::{outputs, scrub};
use tidegate_local_schema::{self as schema, Fit, Misfit, Problem, Schema};
use tonic::Status;

use crate::decode::Registration;
use crate::features::not_emulated;

/// What became of a resource.
pub(crate) struct Made {
    pub(crate) id: String,
    pub(crate) outputs: BTreeMap<String, PropertyValue>,
}

/// Makes a resource, or says why it cannot be.
pub(crate) fn create(
    cloud: &mut Cloud,
    urn: &str,
    registration: &Registration,
) -> Result<Made, Status> {
    let label = registration.label();
    refuse_other_packages(registration, &label)?;
    let schema = schema::aws()
        .map_err(|error| Status::internal(format!("{label} cannot be checked: {error}")))?;
    let fit = check(schema, registration, &label)?;
    if let Some(path) = find_unknown(&registration.inputs) {
        return Err(Status::invalid_argument(format!(
            "{label}: `{path}` has no value, and this is not a preview"
        )));
    }
    let inputs: Map<String, Value> = registration
        .inputs
        .iter()
        .map(|(name, value)| (name.clone(), revealed(value)))
        .collect();
    let new = NewResource {
        urn,
        type_token: &registration.type_token,
        name: &registration.name,
        inputs: &inputs,
    };
    let created = cloud.create(&new).map_err(|refusal| {
        let text = scrub(refusal.to_string(), &registration.inputs);
        Status::failed_precondition(format!("{label}: {text}"))
    })?;
    let mut computed = created.outputs;
    let outline = schema.outline(&registration.type_token);
    let outline = outline.map_err(|_| Status::internal(format!("{label} has no outputs")))?;
    outline.complete(&mut computed, cloud.region());
    let mut secret = fit.secret_outputs;
    let additional = &registration.options.additional_secret_outputs;
    secret.extend(additional.iter().map(String::as_str));
    Ok(Made {
        id: created.id,
        outputs: outputs(&registration.inputs, computed, &secret),
    })
}

fn refuse_other_packages(registration: &Registration, label: &str) -> Result<(), Status> {
    match registration.type_token.split(':').collect::<Vec<_>>()[..] {
        ["aws", _, _] => Ok(()),
        ["pulumi", "providers", _] => Err(not_emulated(format_args!(
            "explicit providers ({label}): leave it out of this stack, and let its resources use the default provider"
        ))),
        ["pulumi", "pulumi", "StackReference"] => Err(not_emulated(format_args!(
            "references to other stacks ({label})"
        ))),
        [package, _, _] => Err(not_emulated(format_args!(
            "resources of the package `{package}` ({label}); it emulates `aws` only"
        ))),
        _ => Err(Status::invalid_argument(format!(
            "{label}: a type is `package:module:Name`"
        ))),
    }
}

fn check<'s>(
    schema: &Schema<'s>,
    registration: &Registration,
    label: &str,
) -> Result<Fit<'s>, Status> {
    let Schema { name, version, .. } = schema;
    let wanted = registration.options.version.as_deref();
    if wanted.is_some_and(|wanted| wanted != *version) {
        let wanted = wanted.unwrap_or_default();
        return Err(not_emulated(format_args!(
            "version {wanted} of the {name} provider ({label}); it has the schema of {version}"
        )));
    }
    schema
        .check(&registration.type_token, &registration.inputs)
        .map_err(|misfit| match misfit {
            Misfit::Properties(problems) => {
                Status::invalid_argument(describe(&problems, schema, label))
            }
            Misfit::Type { suggestion } => {
                let mut text = format!(
                    "{label}: there is no such type in the schema of the {name} provider {version} (`sdk/pulumi-aws/schema.json`)"
                );
                if let Some(suggestion) = suggestion {
                    // Writing to a string does not fail.
                    let _ = write!(text, "; did you mean `{suggestion}`?");
                }
                Status::invalid_argument(text)
            }
            Misfit::Schema(problem) => Status::internal(format!(
                "{label} cannot be checked: in the schema of the {name} provider, {problem}"
            )),
        })
}

fn describe(problems: &[Problem], schema: &Schema<'_>, label: &str) -> String {
    let Schema { name, version, .. } = schema;
    let mut text = format!("{label} does not fit the schema of the {name} provider {version}:");
    for problem in problems {
        // Writing to a string does not fail.
        let _ = write!(text, "\n  - {problem}");
    }
    text
}
