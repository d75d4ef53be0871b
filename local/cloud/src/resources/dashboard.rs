//! `aws:cloudwatch/dashboard:Dashboard`. It is kept as it is.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::cloud::{Cloud, Created, NewResource};
use crate::error::Refusal;
use crate::inputs::read;

/// A CloudWatch quota.
const WIDGETS: usize = 500;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inputs {
    dashboard_name: String,
    dashboard_body: String,
}

pub(crate) fn create(cloud: &mut Cloud, new: &NewResource<'_>) -> Result<Created, Refusal> {
    let Inputs {
        dashboard_name: name,
        dashboard_body,
    } = read(new.inputs, &[])?;
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if name.is_empty() || name.len() > 255 || !name.bytes().all(valid) {
        let problem = "must be 1 to 255 letters, digits, `-` or `_`";
        return Err(Refusal::value("dashboardName", problem));
    }
    let refuse = |problem: String| {
        Refusal::value("dashboardBody", format!("InvalidParameterInput: {problem}"))
    };
    let body: Value = serde_json::from_str(&dashboard_body)
        .map_err(|error| refuse(format!("the body is not JSON: {error}")))?;
    let widgets = body.get("widgets").and_then(Value::as_array);
    let widgets = widgets.ok_or_else(|| refuse("the body has no list `widgets`".to_owned()))?;
    if widgets.len() > WIDGETS {
        return Err(refuse(format!("more than {WIDGETS} widgets (a quota)")));
    }
    for (at, widget) in widgets.iter().enumerate() {
        let is_text = |name: &str| widget.get(name).is_some_and(Value::is_string);
        let is_object = |name: &str| widget.get(name).is_some_and(Value::is_object);
        if !is_text("type") || !is_object("properties") {
            return Err(refuse(format!(
                "the widget /widgets/{at} needs `type` and `properties`"
            )));
        }
    }
    let arn = format!(
        "arn:aws:cloudwatch::{}:dashboard/{name}",
        cloud.endpoints.account
    );
    cloud.dashboards.insert(name.clone(), body);
    Ok(Created::new(
        name,
        new.inputs,
        [("dashboardArn", json!(arn))],
    ))
}
