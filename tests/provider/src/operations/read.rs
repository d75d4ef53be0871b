//! `Read`: what is there now? For `refresh`, which knows what was there, and for `import`, which knows only an id.

use pulumi_gestalt_proto::pulumi::pulumirpc::{ReadRequest, ReadResponse};
use tonic::Status;

use super::{Context, Subject};
use crate::cloud::{Entry, Record, Verb};
use crate::wire::{self, Properties};

pub(crate) fn run(context: &Context, request: &ReadRequest) -> Result<ReadResponse, Status> {
    let ReadRequest {
        id,
        urn,
        properties,
        inputs,
        name: _,
        r#type: _,
        resource_status_address: _,
        resource_status_token: _,
        old_views: _,
    } = request;
    let subject = Subject::of_urn(urn);
    let kind = subject.kind()?;
    let outline = subject.outline()?;
    let key = kind.key(id, &wire::properties(properties.as_ref()));
    let mut session = context.open()?;
    let entry = Entry {
        operation: Verb::Read,
        type_token: subject.type_token,
        name: subject.name,
        urn,
        id: id.clone(),
        changed: Vec::new(),
        error: session.attempt(Verb::Read, subject.type_token),
    };
    context.save(&session, &entry)?;
    if let Some(error) = entry.error {
        return Err(Status::failed_precondition(error));
    }
    let Some(record) = session.cloud.resources.get(&key) else {
        // An empty id says that it is gone.
        return Ok(ReadResponse::default());
    };
    let known = wire::properties(inputs.as_ref());
    let inputs = current_inputs(record, known);
    Ok(ReadResponse {
        id: record.id.clone(),
        properties: Some(wire::outputs_to_struct(&record.properties, &outline)),
        inputs: Some(wire::to_struct(&inputs)),
        refresh_before_update: false,
    })
}

/// The inputs that would make what is there now: those of the state, or where there are none those it was made with,
/// with everything that somebody has changed since.
fn current_inputs(record: &Record, known: Properties) -> Properties {
    let mut inputs = if known.is_empty() {
        record.inputs.clone()
    } else {
        known
    };
    for (name, made_with) in &record.inputs {
        match record.properties.get(name) {
            Some(now) if now != made_with => {
                inputs.insert(name.clone(), now.clone());
            }
            Some(_) => {}
            None => {
                inputs.remove(name);
            }
        }
    }
    inputs
}
