//! `Handshake`, `CheckConfig`, `DiffConfig` and `Configure`.

use pulumi_gestalt_proto::pulumi::pulumirpc as rpc;
use pulumi_gestalt_proto::pulumi::pulumirpc::diff_response::DiffChanges;
use tonic::Status;

use super::subject;
use crate::cloud::text;
use crate::wire;

/// As the real provider: secrets are the engine's affair, which marks outputs like the inputs they come from.
pub(crate) fn handshake() -> rpc::ProviderHandshakeResponse {
    rpc::ProviderHandshakeResponse {
        accept_secrets: false,
        accept_resources: false,
        accept_outputs: false,
        supports_autonaming_configuration: true,
    }
}

pub(crate) fn configured() -> rpc::ConfigureResponse {
    rpc::ConfigureResponse {
        accept_secrets: false,
        supports_preview: true,
        accept_resources: false,
        accept_outputs: false,
        supports_autonaming_configuration: true,
    }
}

/// What the engine itself puts into a provider's configuration.
const OF_THE_ENGINE: [&str; 2] = ["version", "pluginDownloadURL"];

pub(crate) fn check(request: rpc::CheckRequest) -> Result<rpc::CheckResponse, Status> {
    let schema = subject::schema()?;
    let news = wire::properties(request.news.as_ref());
    let names = news.keys();
    let names = names.filter(|name| !OF_THE_ENGINE.contains(&name.as_str()));
    let failures = names.filter_map(|name| {
        let suggestion = schema.variable(name).err()?;
        let suggestion = suggestion.map(|known| format!("; did you mean `{known}`?"));
        Some(rpc::CheckFailure {
            property: name.clone(),
            reason: format!(
                "the aws provider has no such setting{}",
                suggestion.unwrap_or_default()
            ),
        })
    });
    Ok(rpc::CheckResponse {
        failures: failures.collect(),
        inputs: request.news,
    })
}

/// Another Region or account is another place for everything.
pub(crate) fn diff(request: &rpc::DiffRequest) -> rpc::DiffResponse {
    let (old, new) = (
        wire::properties(request.old_inputs.as_ref().or(request.olds.as_ref())),
        wire::properties(request.news.as_ref()),
    );
    let mut response = rpc::DiffResponse::default();
    if text(&old, "region") != text(&new, "region") {
        response.replaces.push("region".to_owned());
        response.diffs.push("region".to_owned());
    }
    let changes = if old == new {
        DiffChanges::DiffNone
    } else {
        DiffChanges::DiffSome
    };
    response.set_changes(changes);
    response
}

/// The Region that the configuration names.
pub(crate) fn region(request: &rpc::ConfigureRequest) -> Option<String> {
    let arguments = wire::properties(request.args.as_ref());
    let region = text(&arguments, "region");
    if region.is_empty() {
        return request.variables.get("aws:config:region").cloned();
    }
    Some(region.to_owned())
}
