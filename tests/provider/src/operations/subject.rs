//! Which resource an operation is about.

use tidegate_local_schema::{Misfit, Outline, Schema};
use tonic::Status;

use crate::services::{self, Kind};

/// A resource as the engine names it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) type_token: &'a str,
    pub(crate) name: &'a str,
}

impl<'a> Subject<'a> {
    /// What a URN says: `urn:pulumi:stack::project::parent$type::name`.
    pub(crate) fn of_urn(urn: &'a str) -> Self {
        let mut parts = urn.splitn(4, "::").skip(2);
        let qualified = parts.next().unwrap_or_default();
        let type_token = qualified.rsplit('$').next().unwrap_or_default();
        Self {
            type_token,
            name: parts.next().unwrap_or_default(),
        }
    }

    /// What is known of its type.
    pub(crate) fn kind(&self) -> Result<&'static Kind, Status> {
        services::kind(self.type_token).ok_or_else(|| {
            Status::unimplemented(format!(
                "the stand-in for the AWS provider does not know `{}`; it knows {}",
                self.type_token,
                services::known_types().collect::<Vec<_>>().join(", ")
            ))
        })
    }

    /// The outputs of its type.
    pub(crate) fn outline(&self) -> Result<Outline<'static>, Status> {
        let outline = schema()?.outline(self.type_token);
        outline.map_err(|misfit| self.misfit(misfit))
    }

    /// A type that is not in the schema.
    pub(crate) fn misfit(&self, misfit: Misfit) -> Status {
        let type_token = self.type_token;
        match misfit {
            Misfit::Type { suggestion } => {
                let suggestion =
                    suggestion.map(|suggestion| format!("; did you mean `{suggestion}`?"));
                Status::not_found(format!(
                    "there is no type `{type_token}` in the schema of the aws provider{}",
                    suggestion.unwrap_or_default()
                ))
            }
            Misfit::Properties(_) => Status::invalid_argument("the properties do not fit"),
            Misfit::Schema(problem) => Status::internal(format!("in the schema, {problem}")),
        }
    }
}

/// The schema of the provider.
pub(crate) fn schema() -> Result<&'static Schema<'static>, Status> {
    tidegate_local_schema::aws().map_err(Status::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_urn_tells_type_and_name() {
        let urn = "urn:pulumi:dev::tidegate::a:b:C$aws:sqs/queue:Queue::jobs::late";
        let subject = Subject::of_urn(urn);
        assert_eq!(subject.type_token, "aws:sqs/queue:Queue");
        assert_eq!(subject.name, "jobs::late");
    }
}
