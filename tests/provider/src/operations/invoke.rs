//! `Invoke`: the functions that only look something up.

use pulumi_gestalt_proto::pulumi::pulumirpc::{InvokeRequest, InvokeResponse};
use tidegate_local_schema::functions;
use tonic::Status;

use super::Context;
use crate::cloud::{Entry, Verb};
use crate::environment::ACCOUNT;
use crate::wire;

pub(crate) fn run(context: &Context, request: &InvokeRequest) -> Result<InvokeResponse, Status> {
    let InvokeRequest {
        tok,
        args,
        preview: _,
    } = request;
    let arguments = wire::properties(args.as_ref());
    let mut session = context.open()?;
    let mut entry = Entry {
        operation: Verb::Invoke,
        type_token: tok,
        name: "",
        urn: "",
        id: String::new(),
        changed: Vec::new(),
        error: session.attempt(Verb::Invoke, tok),
    };
    let answer = functions::answer(tok, &arguments, ACCOUNT, &context.region);
    if entry.error.is_none() && answer.is_none() {
        let known = functions::FUNCTIONS.join(", ");
        entry.error = Some(format!(
            "the stand-in for the AWS provider does not know the function `{tok}`; it knows {known}"
        ));
    }
    context.save(&session, &entry)?;
    if let Some(error) = entry.error {
        return Err(Status::unimplemented(error));
    }
    Ok(InvokeResponse {
        r#return: answer.as_ref().map(wire::to_struct),
        failures: Vec::new(),
    })
}
