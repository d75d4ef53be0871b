//! `Create`.

use pulumi_gestalt_proto::pulumi::pulumirpc::{CreateRequest, CreateResponse};
use tonic::Status;

use super::{Context, Subject};
use crate::cloud::{Entry, Ids, Record, Verb};
use crate::services::{Making, Proposal};
use crate::wire::{self, Properties};

/// What a creation will give, as far as it is known.
pub(crate) fn preview(request: &CreateRequest, region: &str) -> Result<CreateResponse, Status> {
    let subject = Subject::of_urn(&request.urn);
    let inputs = wire::properties(request.properties.as_ref());
    let outline = subject.outline()?;
    let outputs = expected(&outline.outputs, inputs, region);
    Ok(CreateResponse {
        id: String::new(),
        properties: Some(wire::outputs_to_struct(&outputs, &outline)),
        refresh_before_update: false,
    })
}

/// The inputs, and everything else unknown.
pub(crate) fn expected<'a>(
    outputs: impl IntoIterator<Item = &'a &'a str>,
    inputs: Properties,
    region: &str,
) -> Properties {
    let mut expected = inputs;
    for output in outputs {
        let value = || match *output {
            "region" => region.into(),
            _ => wire::unknown(),
        };
        expected.entry(*output).or_insert_with(value);
    }
    expected
}

pub(crate) fn run(context: &Context, request: &CreateRequest) -> Result<CreateResponse, Status> {
    let CreateRequest {
        urn,
        properties,
        // Nothing takes time but what a test wants to.
        timeout: _,
        preview: _,
        // The URN has both.
        name: _,
        r#type: _,
        // Nothing is made of several resources.
        resource_status_address: _,
        resource_status_token: _,
    } = request;
    let subject = Subject::of_urn(urn);
    let kind = subject.kind()?;
    let outline = subject.outline()?;
    let inputs = wire::properties(properties.as_ref());
    let mut session = context.open()?;
    let mut entry = Entry {
        operation: Verb::Create,
        type_token: subject.type_token,
        name: subject.name,
        urn,
        id: String::new(),
        changed: Vec::new(),
        error: session.attempt(Verb::Create, subject.type_token),
    };
    let region = kind.region(&inputs, &context.region);
    let proposal = Proposal {
        cloud: &session.cloud,
        region: &region,
        inputs: &inputs,
        existing: None,
    };
    if entry.error.is_none() {
        entry.error = kind
            .check(&proposal)
            .err()
            .map(|refusal| refusal.describe(kind, Verb::Create));
    }
    if let Some(error) = entry.error.clone() {
        context.save(&session, &entry)?;
        return Err(Status::failed_precondition(error));
    }

    let generation = session.cloud.generations.entry(urn.clone()).or_default();
    *generation += 1;
    let generation = *generation;
    let made = (kind.make)(&Making {
        cloud: &session.cloud,
        region: &region,
        ids: Ids::new(urn, generation),
        inputs: &inputs,
    });
    let mut outputs = inputs.clone();
    outputs.extend(made.computed);
    outline.complete(&mut outputs, &region);
    let record = Record {
        type_token: subject.type_token.to_owned(),
        urn: urn.clone(),
        id: made.id.clone(),
        generation,
        inputs,
        properties: outputs.clone(),
    };
    (kind.effect)(&mut session.cloud.account, Some(&record));
    let key = kind.key(&record.id, &record.properties);
    session.cloud.resources.insert(key, record);
    entry.id.clone_from(&made.id);
    context.save(&session, &entry)?;
    Ok(CreateResponse {
        id: made.id,
        properties: Some(wire::outputs_to_struct(&outputs, &outline)),
        refresh_before_update: false,
    })
}
