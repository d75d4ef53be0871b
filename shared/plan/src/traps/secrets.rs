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
    if is_one(path, value) {
        found(checked, urn, path);
        return;
    }
    match value {
        Property::Object(fields) => {
            for (name, field) in fields {
                if name == "value" && is_of_secret_header(value) && is_readable(field) {
                    found(checked, urn, &format!("{path}.value"));
                } else {
                    search(checked, urn, &format!("{path}.{name}"), field);
                }
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

/// A value as it may be shown: with what looks like a secret taken out, whether or not it is marked as one.
pub(crate) fn masked(path: &str, value: &Property) -> Property {
    if is_one(path, value) {
        return Property::Secret;
    }
    match value {
        Property::Object(fields) => {
            let is_header = is_of_secret_header(value);
            let fields = fields.iter().map(|(name, field)| {
                let shown = if name == "value" && is_header && is_readable(field) {
                    Property::Secret
                } else {
                    masked(&format!("{path}.{name}"), field)
                };
                (name.clone(), shown)
            });
            Property::Object(fields.collect())
        }
        Property::List(items) => Property::List(
            items
                .iter()
                .map(|item| masked(&format!("{path}[]"), item))
                .collect(),
        ),
        value => value.clone(),
    }
}

/// Whether the text at a path is a secret, by the name of its place or by how it looks.
fn is_one(path: &str, value: &Property) -> bool {
    // Within a document, ` → ` comes before what is in it.
    let last = path.rsplit(['.', ' ']).next().unwrap_or_default();
    let in_variables = path.contains("ariables.");
    let named = NAMES.contains(&plain(last).as_str()) || in_variables && is_chosen_secret(last);
    named && is_readable(value) || looks_like_one(value) || has_one_in_it(value)
}

/// A text that is a JSON document with a secret in it.
fn has_one_in_it(value: &Property) -> bool {
    let document = value.document();
    document.is_some_and(|document| masked("", &document) != document)
}

/// A header: `{"name": …, "value": …}`.
fn is_of_secret_header(value: &Property) -> bool {
    value["name"].text().is_some_and(is_chosen_secret)
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
