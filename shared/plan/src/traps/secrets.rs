//! Secrets in plain.

use super::{Checked, Rule, Severity};
use crate::property::Property;

/// Names of properties whose text is a secret, whatever it is in.
const NAMES: [&str; 8] = [
    "authtoken",
    "clientsecret",
    "masterpassword",
    "password",
    "privatekey",
    "secretaccesskey",
    "secretstring",
    "temporarypassword",
];

/// How names end that people choose for secrets: environment variables, headers, outputs.
const ENDINGS: [&str; 8] = [
    "secret",
    "password",
    "passphrase",
    "token",
    "privatekey",
    "apikey",
    "originverify",
    "signingkey",
];

pub(super) const PLAIN: Rule = Rule {
    id: "plain-secret",
    title: "No secret is in plain in the state",
    look: |look, checked| {
        for resource in look.stack.all() {
            checked.seen += 1;
            for (name, value) in resource.state.inputs.fields() {
                search(checked, resource.urn, name, value);
            }
        }
        let stacks = look.stack.all();
        let mut stacks = stacks.filter(|it| it.type_token == "pulumi:pulumi:Stack");
        let stack = stacks.next().map_or("", |stack| stack.urn);
        for (name, value) in &look.plan.outputs {
            checked.seen += 1;
            if is_chosen_secret(name) && is_readable(value) || looks_like_one(value) {
                found(checked, stack, &format!("the output {name}"));
            } else {
                search(checked, stack, name, value);
            }
        }
    },
};

fn search(checked: &mut Checked, urn: &str, path: &str, value: &Property) {
    let last = path.rsplit('.').next().unwrap_or_default();
    let in_variables = path.contains("ariables.");
    let named = NAMES.contains(&plain(last).as_str()) || in_variables && is_chosen_secret(last);
    if named && is_readable(value) || looks_like_one(value) {
        found(checked, urn, path);
        return;
    }
    match value {
        Property::Object(fields) => {
            // A header: {"name": …, "value": …}.
            let header = fields.get("name").and_then(Property::text);
            let is_secret = header.is_some_and(is_chosen_secret);
            if is_secret && fields.get("value").is_some_and(is_readable) {
                found(checked, urn, &format!("{path}.value"));
            }
            for (name, value) in fields {
                search(checked, urn, &format!("{path}.{name}"), value);
            }
        }
        Property::List(items) => {
            for (index, item) in items.iter().enumerate() {
                search(checked, urn, &format!("{path}[{index}]"), item);
            }
        }
        _ => {}
    }
}

fn found(checked: &mut Checked, urn: &str, place: &str) {
    checked.found(
        Severity::Trap,
        urn,
        format!(
            "{place} looks like a secret and is not marked as one: who may read the state, a preview or its log can read it. Take it from an encrypted configuration value (`pulumi config set --secret`), and what is made of it stays secret."
        ),
    );
}

/// A name in small letters, and nothing between them.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

fn is_chosen_secret(name: &str) -> bool {
    let name = plain(name);
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Whether it is text that somebody could use, and not where a secret is kept.
fn is_readable(value: &Property) -> bool {
    value.text().is_some_and(|text| {
        !text.is_empty() && !text.starts_with("arn:") && !text.starts_with("https://")
    })
}

/// A private key, an access key of AWS, a token: these are told by how they look.
fn looks_like_one(value: &Property) -> bool {
    let Some(text) = value.text() else {
        return false;
    };
    let key = text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----");
    let words = text.split(|it: char| !it.is_ascii_alphanumeric() && !"._-".contains(it));
    key || words
        .into_iter()
        .any(|word| is_access_key(word) || is_token(word))
}

fn is_access_key(word: &str) -> bool {
    let beginning = word.starts_with("AKIA") || word.starts_with("ASIA");
    let rest = word
        .bytes()
        .all(|it| it.is_ascii_uppercase() || it.is_ascii_digit());
    word.len() == 20 && beginning && rest
}

/// Three parts, of which the first two are JSON in base64.
fn is_token(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    matches!(parts[..], [header, body, signature]
        if header.starts_with("eyJ") && body.starts_with("eyJ") && signature.len() > 20)
}
