//! `Delete`.

use pulumi_gestalt_proto::pulumi::pulumirpc::DeleteRequest;
use tonic::Status;

use super::{Context, Subject};
use crate::cloud::{Entry, Verb};
use crate::wire;

pub(crate) fn run(context: &Context, request: &DeleteRequest) -> Result<(), Status> {
    let DeleteRequest {
        id,
        urn,
        properties,
        timeout: _,
        old_inputs: _,
        name: _,
        r#type: _,
        resource_status_address: _,
        resource_status_token: _,
        old_views: _,
    } = request;
    let subject = Subject::of_urn(urn);
    let kind = subject.kind()?;
    let properties = wire::properties(properties.as_ref());
    let key = kind.key(id, &properties);
    let mut session = context.open()?;
    let mut entry = Entry {
        operation: Verb::Delete,
        type_token: subject.type_token,
        name: subject.name,
        urn,
        id: id.clone(),
        changed: Vec::new(),
        error: session.attempt(Verb::Delete, subject.type_token),
    };
    if entry.error.is_none() {
        let refusal = match session.cloud.resources.get(&key) {
            Some(record) => (kind.release)(&session.cloud, record).err(),
            // What is gone already is deleted, unless what it was in went before it: that is a wrong order, at which
            // the real provider looks away and this one does not.
            None => kind.orphaned(&session.cloud, &properties).err(),
        };
        entry.error = refusal.map(|refusal| refusal.describe(kind, Verb::Delete));
    }
    if entry.error.is_none()
        && let Some(record) = session.cloud.resources.remove(&key)
    {
        (kind.effect)(&mut session.cloud.account, None);
        let below = kind.below(&record);
        session.cloud.resources.retain(|_, other| !below(other));
    }
    context.save(&session, &entry)?;
    entry
        .error
        .map_or(Ok(()), |error| Err(Status::failed_precondition(error)))
}
