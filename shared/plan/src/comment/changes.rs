//! What changes: a line for each resource, then each property.

use super::markdown::{Lines, code, visible};
use super::values::{Pair, pairs, shown};
use crate::plan::{Operation, Plan, Resource};
use crate::property::Property;

/// How long a name may be before it is cut, in characters.
const LONGEST_NAME: usize = 160;

/// How many changed properties a line of the table names.
const NAMED: usize = 4;

/// What a reader must see first, first.
const ORDER: [(Operation, &str, &str); 5] = [
    (Operation::Delete, "➖", "delete"),
    (Operation::Replace, "♻️", "replace"),
    (Operation::Update, "✏️", "update"),
    (Operation::Import, "📥", "import"),
    (Operation::Create, "➕", "create"),
];

/// The resources that change, with their operation's sign and word.
fn changed(plan: &Plan) -> Vec<(&Resource, &'static str, &'static str)> {
    let mut found = Vec::new();
    for (operation, sign, word) in ORDER {
        let resources = plan.resources.iter().filter(|it| it.custom);
        let resources = resources.filter(|it| it.operation == operation);
        found.extend(resources.map(|resource| (resource, sign, word)));
    }
    found
}

/// `apigatewayv2 Stage` of `aws:apigatewayv2/stage:Stage`.
fn short(type_token: &str) -> String {
    let mut parts = type_token.split(':');
    let (_, module, name) = (parts.next(), parts.next(), parts.next());
    match (module, name) {
        (Some(module), Some(name)) => {
            let module = module.split('/').next().unwrap_or_default();
            format!("{module} {name}")
        }
        _ => type_token.to_owned(),
    }
}

pub(super) fn table(plan: &Plan, room: usize) -> String {
    let resources = changed(plan);
    if resources.is_empty() {
        return String::new();
    }
    let mut lines = Lines::up_to(room.saturating_sub(100));
    lines.add("\n#### Changes\n\n| | resource | type | properties |\n|---|---|---|---|");
    for (resource, sign, word) in resources {
        let name = code(&resource.name);
        let kind = code(&short(&resource.type_token));
        let properties = properties_of(resource);
        lines.add(format!(
            "| {sign} {word} | {name} | {kind} | {properties} |"
        ));
    }
    rest(&lines, "resources")
}

fn properties_of(resource: &Resource) -> String {
    let named = resource.changes.iter().take(NAMED);
    let mut names: Vec<String> = named
        .map(|change| {
            let forces = if change.replaces { " (forces it)" } else { "" };
            format!("{}{forces}", code(&change.path))
        })
        .collect();
    let more = resource.changes.len().saturating_sub(NAMED);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    names.join(", ")
}

/// The lines, and how many there was no room for.
fn rest(lines: &Lines, what: &str) -> String {
    let mut text = lines.text().to_owned();
    if lines.left_out() > 0 {
        text.push_str(&format!(
            "\n**… and {} more {what}: cut, as a comment may not be longer.**\n",
            lines.left_out()
        ));
    }
    text
}

pub(super) fn properties(plan: &Plan, room: usize) -> String {
    let resources = changed(plan);
    if resources.is_empty() || room < 1_000 {
        return String::new();
    }
    let count = resources.len();
    // Room for what is around the lines: the fence is longer than what they have of its kind.
    let mut lines = Lines::up_to(room - 900);
    let mut done = 0;
    for (resource, _, word) in resources {
        let kind = visible(&short(&resource.type_token), LONGEST_NAME);
        let name = visible(&resource.name, LONGEST_NAME);
        let title = format!("@@ {word} {kind} {name} @@");
        let mut whole = std::iter::once(title).chain(lines_of(resource));
        if !whole.all(|line| lines.add(line)) {
            break;
        }
        done += 1;
    }
    let longest = lines.text().lines().map(backticks).max();
    let fence = "`".repeat(longest.unwrap_or_default().max(2) + 1);
    let end = if done < count {
        format!(
            "\n**… and {} more resources: cut, as a comment may not be longer.**\n",
            count - done
        )
    } else {
        String::new()
    };
    format!(
        "\n<details><summary>Every property</summary>\n\n{fence}diff\n{}{fence}\n{end}\n</details>\n",
        lines.text()
    )
}

/// The longest run of backticks in a line: the fence around it must be longer.
fn backticks(line: &str) -> usize {
    let runs = line.split(|character| character != '`');
    runs.map(str::len).max().unwrap_or_default()
}

fn lines_of(resource: &Resource) -> Vec<String> {
    match (&resource.before, &resource.after) {
        (Some(before), Some(after)) => {
            let changes = resource.changes.iter();
            let pairs = changes.flat_map(|it| pairs(it, &before.inputs, &after.inputs));
            pairs.flat_map(|pair| lines_of_pair(&pair)).collect()
        }
        (None, Some(after)) => {
            let given = after.inputs.fields();
            let given = given.filter(|(name, value)| *name != "tags" && **value != Property::Null);
            given
                .map(|(name, value)| {
                    format!("+ {}: {}", visible(name, LONGEST_NAME), shown(name, value))
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

fn lines_of_pair(pair: &Pair) -> Vec<String> {
    let Pair {
        path,
        before,
        after,
        replaces,
    } = pair;
    let forces = if *replaces {
        "  # forces the replacement"
    } else {
        ""
    };
    let mut lines = Vec::new();
    let name = visible(path, LONGEST_NAME);
    if !before.is_null() {
        lines.push(format!("- {name}: {}", shown(path, before)));
    }
    if !after.is_null() {
        lines.push(format!("+ {name}: {}{forces}", shown(path, after)));
    }
    lines
}
