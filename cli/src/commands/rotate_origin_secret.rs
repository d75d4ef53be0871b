//! `tidegate rotate-origin-secret`.
//!
//! A rotation is two deployments, for there is no moment at which both CloudFront and the authorizer change: first the
//! authorizer takes both secrets and CloudFront is given the new one, then the old one goes.

use anyhow::{Context, bail};
use tidegate_contract::origin::{ORIGIN_SECRETS_KEY, OriginSecrets};

use crate::arguments::RotateOriginSecretArguments;
use crate::machine;
use crate::output::line;
use crate::pulumi::Pulumi;

/// 256 bits.
const SECRET_BYTES: usize = 32;

pub(crate) fn run(arguments: &RotateOriginSecretArguments) -> anyhow::Result<()> {
    let project = machine::project()?;
    let pulumi = Pulumi::new(&project, &arguments.stack);
    let stack = &arguments.stack.stack;
    let key = format!("{}:{ORIGIN_SECRETS_KEY}", project.name);
    let present = present(&pulumi, &key)?;
    if arguments.finish {
        return finish(&pulumi, stack, &key, present);
    }
    let secret = machine::random_text(SECRET_BYTES)?;
    match present {
        None => {
            write(&pulumi, &OriginSecrets::new(secret)?)?;
            line(format_args!(
                "{key} of the stack `{stack}` has its first secret.\n\
                 Next: `pulumi up --stack {stack}`. From then on the socket takes only what comes through CloudFront; until \
                 CloudFront has deployed too, some minutes later, it refuses new connections."
            ))?;
        }
        Some(secrets) if secrets.is_rotating() => bail!(
            "a rotation of {key} is under way: once `pulumi up --stack {stack}` is done and CloudFront has deployed, end it \
             with `tidegate rotate-origin-secret --stack {stack} --finish`. A third secret now would shut out what \
             CloudFront may still send"
        ),
        Some(secrets) => {
            write(&pulumi, &secrets.rotated(secret)?)?;
            line(format_args!(
                "{key} of the stack `{stack}` has a new secret, and keeps the one before it.\n\
                 Next: `pulumi up --stack {stack}`. The authorizer then takes both, and CloudFront changes over to the new \
                 one.\nThen, when CloudFront has deployed: `tidegate rotate-origin-secret --stack {stack} --finish`, and \
                 `pulumi up --stack {stack}` again."
            ))?;
        }
    }
    Ok(())
}

fn present(pulumi: &Pulumi, key: &str) -> anyhow::Result<Option<OriginSecrets>> {
    let Some(text) = pulumi.config(ORIGIN_SECRETS_KEY)? else {
        return Ok(None);
    };
    let secrets = serde_json::from_str(&text).map_err(|error| {
        // What the parser says may repeat a part of the secret, but for the sentences of our own.
        if error.is_data() && error.to_string().starts_with('`') {
            anyhow::Error::new(error)
        } else {
            anyhow::anyhow!("it is no object with `newest` and at most `previous`")
        }
    });
    secrets
        .map(Some)
        .with_context(|| format!("{key} is not what this command writes"))
}

fn finish(
    pulumi: &Pulumi,
    stack: &str,
    key: &str,
    present: Option<OriginSecrets>,
) -> anyhow::Result<()> {
    let Some(secrets) = present else {
        bail!("the stack `{stack}` has no {key}: without --finish this makes the first secret");
    };
    if !secrets.is_rotating() {
        return Ok(line(format_args!(
            "{key} of the stack `{stack}` has one secret only: no rotation is under way."
        ))?);
    }
    write(pulumi, &secrets.finished())?;
    line(format_args!(
        "{key} of the stack `{stack}` has only its newest secret now.\n\
         Next: `pulumi up --stack {stack}`, after which the one before it is accepted no more."
    ))?;
    Ok(())
}

fn write(pulumi: &Pulumi, secrets: &OriginSecrets) -> anyhow::Result<()> {
    let text = serde_json::to_string(secrets)?;
    pulumi.set_secret(ORIGIN_SECRETS_KEY, &text)
}
