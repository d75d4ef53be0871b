//! Where functions push frames to connections.

use crate::plan::Declared;
use crate::traps::types::{API, API_MAPPING, DOMAIN_NAME, FUNCTION};
use crate::traps::{Checked, Look, Rule};

pub(in crate::traps) const MANAGEMENT_URL: Rule = Rule {
    id: "management-url",
    title: "Functions push to connections at an address that there is",
    look: |look, checked| {
        for function in look.stack.of_type(FUNCTION) {
            let variables = &function.input("environment")["variables"];
            for (name, value) in variables.fields() {
                match value.text() {
                    Some(url) => address(look, checked, function, name, url),
                    // Only the program can tell what is in a value that is not known yet.
                    None if value.has_unknown() && comes_from_an_api(look, function) => {
                        checked.unknown(function);
                    }
                    None => {}
                }
            }
        }
    },
};

fn comes_from_an_api<'a>(look: &Look<'a>, function: Declared<'a>) -> bool {
    let mut sources = look.stack.source(function, "environment", API);
    sources.next().is_some()
}

fn address(
    look: &Look<'_>,
    checked: &mut Checked,
    function: Declared<'_>,
    variable: &str,
    url: &str,
) {
    let Some((host, path)) = parts(url) else {
        return;
    };
    let mut domains = look.stack.of_type(DOMAIN_NAME);
    if let Some(domain) = domains.find(|it| it.input("domainName").text() == Some(host)) {
        checked.seen += 1;
        let mappings = look.stack.of_type(API_MAPPING).filter(|mapping| {
            let domains = mapping.state.property_dependencies.get("domainName");
            domains.is_some_and(|domains| domains.contains(domain.urn))
                || mapping.input("domainName").text() == Some(host)
        });
        let mut keys = mappings.map(|it| it.input("apiMappingKey").text().unwrap_or_default());
        if !keys.any(|key| key == path) {
            checked.trap(
                function,
                format!(
                    "`{variable}` is a custom domain with `/{path}` after it, and no mapping of that domain has this key: every push fails with \"No method found matching route {path}/@connections\". After a custom domain comes the mapping's key and never the stage."
                ),
            );
        }
    } else if host.contains(".execute-api.") {
        checked.seen += 1;
        let closed = look
            .stack
            .source(function, "environment", API)
            .any(|api| api.input("disableExecuteApiEndpoint").is_true());
        if closed {
            checked.trap(
                function,
                format!(
                    "`{variable}` is the API's own endpoint, which the API has disabled: that closes it for `@connections` too, and every push answers 403. Push through the custom domain."
                ),
            );
        }
    }
}

/// Host and path of an HTTPS address, without a slash around the path.
fn parts(url: &str) -> Option<(&str, &str)> {
    let rest = url.strip_prefix("https://")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    Some((host, path.trim_end_matches('/')))
}
