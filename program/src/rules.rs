//! What AWS would refuse is refused in the preview, by the place in the program that declares it and the
//! key of the configuration that it comes from.

use pulumi::{BoxError, Checked, Context, Violation};
use pulumi_aws_rules::{Declaration, Declarations, Rules};

use crate::settings::key_of;

/// Holds every resource that is declared from here on to AWS's rules.
///
/// # Errors
/// When the Region of the configuration cannot be read.
pub(crate) fn check(ctx: &Context) -> Result<(), BoxError> {
    let declarations = Declarations::new(Rules::load()?, ctx.config_of("aws").get("region")?);
    ctx.check_resources(move |resource| {
        let found = declarations.check(declaration(resource));
        let found = found.iter();
        let type_token = resource.type_token();
        found
            .map(|found| {
                let violation = Violation::new(&found.property, found.reason());
                match key_of(type_token, &found.property) {
                    Some(key) => violation.note(format!("it comes from `tidegate:{key}`")),
                    None => violation,
                }
            })
            .collect()
    });
    Ok(())
}

fn declaration(resource: &Checked<'_>) -> Declaration {
    Declaration {
        urn: resource.urn().to_string(),
        type_token: resource.type_token().to_owned(),
        name: resource.name().to_owned(),
        inputs: resource.plain_inputs(),
        sources: resource.all_sources(),
        own_provider: resource.provider().is_some(),
    }
}
