//! `GetSchema` and `GetPluginInfo`.

use pulumi_gestalt_proto::pulumi::pulumirpc::{GetSchemaRequest, GetSchemaResponse, PluginInfo};
use tonic::Status;

use super::subject;

pub(crate) fn get(request: &GetSchemaRequest) -> Result<GetSchemaResponse, Status> {
    let GetSchemaRequest {
        version,
        subpackage_name,
        // Nothing is parameterized.
        subpackage_version: _,
    } = request;
    if *version != 0 || !subpackage_name.is_empty() {
        return Err(Status::invalid_argument(format!(
            "there is no schema of version {version} `{subpackage_name}`"
        )));
    }
    Ok(GetSchemaResponse {
        schema: pulumi_aws::SCHEMA.to_owned(),
    })
}

pub(crate) fn version() -> Result<PluginInfo, Status> {
    Ok(PluginInfo {
        version: subject::schema()?.version.to_owned(),
    })
}
