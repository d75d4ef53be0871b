//! `Update`.

use pulumi_gestalt_proto::pulumi::pulumirpc::{UpdateRequest, UpdateResponse};
use tonic::Status;

use super::diff::{Change, changes};
use super::{Context, Subject};
use crate::cloud::{Entry, Ids, Verb};
use crate::services::{Making, Proposal};
use crate::wire;

/// What an update will give, as far as it is known: what is computed is not expected to change,
/// but for what the type says.
pub(crate) fn preview(request: &UpdateRequest, region: &str) -> Result<UpdateResponse, Status> {
    let subject = Subject::of_urn(&request.urn);
    let outline = subject.outline()?;
    let mut outputs = wire::properties(request.olds.as_ref());
    for input in wire::properties(request.old_inputs.as_ref()).keys() {
        outputs.remove(input);
    }
    let news = wire::properties(request.news.as_ref());
    let old_inputs = wire::properties(request.old_inputs.as_ref());
    for output in (subject.kind()?.anew)(&old_inputs, &news) {
        outputs.insert((*output).to_owned(), wire::unknown());
    }
    outputs.extend(news);
    outline.complete(&mut outputs, region);
    Ok(UpdateResponse {
        properties: Some(wire::outputs_to_struct(&outputs, &outline)),
        refresh_before_update: false,
    })
}

pub(crate) fn run(context: &Context, request: &UpdateRequest) -> Result<UpdateResponse, Status> {
    let UpdateRequest {
        id,
        urn,
        olds,
        news,
        timeout: _,
        // The engine has put the old values in their places already.
        ignore_changes: _,
        preview: _,
        old_inputs: _,
        name: _,
        r#type: _,
        resource_status_address: _,
        resource_status_token: _,
        old_views: _,
    } = request;
    let subject = Subject::of_urn(urn);
    let kind = subject.kind()?;
    let outline = subject.outline()?;
    let inputs = wire::properties(news.as_ref());
    let key = kind.key(id, &wire::properties(olds.as_ref()));
    let mut session = context.open()?;
    let mut entry = Entry {
        operation: Verb::Update,
        type_token: subject.type_token,
        name: subject.name,
        urn,
        id: id.clone(),
        changed: Vec::new(),
        error: session.attempt(Verb::Update, subject.type_token),
    };
    let region = kind.region(&inputs, &context.region);
    let existing = session.cloud.resources.get(&key).cloned();
    match &existing {
        _ if entry.error.is_some() => {}
        None => entry.error = Some(kind.absent(id).describe(kind, Verb::Update)),
        Some(existing) => {
            entry.changed = changes(&existing.inputs, &inputs)
                .iter()
                .map(Change::path)
                .collect();
            let proposal = Proposal {
                cloud: &session.cloud,
                region: &region,
                inputs: &inputs,
                existing: Some(existing),
            };
            entry.error = kind
                .check(&proposal)
                .err()
                .map(|refusal| refusal.describe(kind, Verb::Update));
        }
    }
    let (None, Some(mut record)) = (entry.error.clone(), existing) else {
        context.save(&session, &entry)?;
        return Err(Status::failed_precondition(entry.error.unwrap_or_default()));
    };

    let made = (kind.make)(&Making {
        cloud: &session.cloud,
        region: &region,
        ids: Ids::new(&record.urn, record.generation),
        inputs: &inputs,
    });
    let mut outputs = inputs.clone();
    outputs.extend(made.computed);
    outline.complete(&mut outputs, &region);
    record.inputs = inputs;
    record.properties.clone_from(&outputs);
    (kind.effect)(&mut session.cloud.account, Some(&record));
    session.cloud.resources.insert(key, record);
    context.save(&session, &entry)?;
    Ok(UpdateResponse {
        properties: Some(wire::outputs_to_struct(&outputs, &outline)),
        refresh_before_update: false,
    })
}
