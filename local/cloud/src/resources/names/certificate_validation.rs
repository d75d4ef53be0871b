//! `aws:acm/certificateValidation:CertificateValidation`: waits until a certificate is issued, which here it is as soon
//! as the records that prove it are there.

use serde::Deserialize;

use crate::cloud::{Cloud, Created, NewResource};
use crate::error::Refusal;
use crate::inputs::read;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    certificate_arn: String,
    #[serde(default)]
    validation_record_fqdns: Vec<String>,
    /// Where the certificate is, which its ARN says already.
    #[serde(rename = "region")]
    _region: Option<String>,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let inputs: Inputs = read(new.inputs, &[])?;
    let records = &cloud.names.records;
    let certificate = cloud.names.certificates.get_mut(&inputs.certificate_arn);
    let certificate = certificate.ok_or_else(|| {
        Refusal::value(
            "certificateArn",
            format!("there is no certificate `{}`", inputs.certificate_arn),
        )
    })?;
    let recorded = |proof: &String| {
        let name = proof.trim_end_matches('.').to_owned();
        records.contains(&(name, "CNAME".to_owned()))
    };
    if let Some(missing) = certificate.proofs.iter().find(|proof| !recorded(proof)) {
        return Err(Refusal::Order(format!(
            "the certificate would never be issued: there is no CNAME record {missing}"
        )));
    }
    let named = |proof: &String| {
        let mut names = inputs.validation_record_fqdns.iter();
        names.any(|name| name.trim_end_matches('.') == proof.trim_end_matches('.'))
    };
    if !inputs.validation_record_fqdns.is_empty()
        && let Some(missing) = certificate.proofs.iter().find(|proof| !named(proof))
    {
        return Err(Refusal::value(
            "validationRecordFqdns",
            format!("lacks {missing}, which the certificate needs"),
        ));
    }
    certificate.issued = true;
    Ok(Created::new(inputs.certificate_arn, new.inputs, []))
}
