//! A plan as a comment on a pull request, in GitHub's Markdown.
//!
//! Everything that comes from outside is escaped: names and values may be anything, and whoever opens a pull request
//! chooses them. Secrets are not even here, and what looks like one is masked.

mod changes;
mod costs;
mod findings;
mod markdown;
mod sizes;
mod values;

use crate::builds::Sizes;
use crate::cost::{Load, Prices};
use crate::plan::{Operation, Plan};
use crate::traps::Report;

use self::markdown::{Lines, code, text};

/// The longest comment that GitHub takes, in characters. Here these are bytes, of which there are never fewer.
pub const LONGEST: usize = 65_536;

/// What a comment is made of.
#[derive(Debug)]
pub struct Review<'a> {
    /// What is planned.
    pub plan: &'a Plan,
    /// The traps in it.
    pub report: &'a Report,
    /// The load that costs are estimated for.
    pub load: &'a Load,
    /// What things cost.
    pub prices: &'a Prices,
    /// How large the functions' archives are: before, where that is known, and after.
    pub sizes: Option<(Option<Sizes>, Sizes)>,
}

/// By this line a comment is found again, to be updated in place: it is the first, and nobody sees it. One for each
/// project and stack.
#[must_use]
pub fn marker(plan: &Plan) -> String {
    let plain = |name: Option<&str>| -> String {
        let allowed = |it: &char| it.is_ascii_alphanumeric() || "._-".contains(*it);
        name.unwrap_or_default().chars().filter(allowed).collect()
    };
    let (project, stack) = (plain(plan.project.as_deref()), plain(plan.stack.as_deref()));
    format!("<!-- tidegate-preview {project}/{stack} -->")
}

/// Writes the comment. It is never longer than [`LONGEST`], and says where it was cut.
#[must_use]
pub fn write(review: &Review<'_>) -> String {
    let mut top = Lines::up_to(4_000);
    top.add(marker(review.plan));
    headline(review.plan, &mut top);
    let findings = findings::section(review);
    let costs = costs::section(review);
    let sizes = sizes::section(review);
    let foot = "\n<sub>Made by `tidegate preview-comment`, and updated in place.</sub>\n";
    let parts = [top.text(), &findings, &costs, &sizes, foot];
    let used: usize = parts.iter().map(|part| part.len()).sum();
    // What is left goes to the changes: first the table, then every property.
    let left = LONGEST.saturating_sub(used + 200);
    let table = changes::table(review.plan, left / 2);
    let properties = changes::properties(review.plan, left.saturating_sub(table.len()));
    [
        top.text(),
        &findings,
        &table,
        &properties,
        &costs,
        &sizes,
        foot,
    ]
    .concat()
}

fn headline(plan: &Plan, lines: &mut Lines) {
    let name = match (&plan.project, &plan.stack) {
        (Some(project), Some(stack)) => code(&format!("{project}/{stack}")),
        _ => "the stack".to_owned(),
    };
    let summary = summary(plan);
    lines.add(format!("### Infrastructure of {name}: {summary}"));
    let errors: Vec<_> = plan.diagnostics.iter().filter(|it| it.is_error).collect();
    if !errors.is_empty() {
        lines.add("\n> [!CAUTION]\n> The preview failed, and what is below is only what came before that.");
        for error in errors.iter().take(5) {
            let message: String = error.message.chars().take(600).collect();
            lines.add(format!(">\n> {}", text(&message)));
        }
    }
    if plan.unlisted > 0 {
        lines.add(format!(
            "\n> [!WARNING]\n> This preview leaves out {} resources that stay as they are: traps that need them cannot be told, and the cost cannot be estimated. Make it with {}.",
            plan.unlisted,
            code("pulumi preview --json --show-sames")
        ));
    }
}

/// What happens to how many, in words.
#[must_use]
pub fn summary(plan: &Plan) -> String {
    let words = [
        (Operation::Create, "to create"),
        (Operation::Import, "to import"),
        (Operation::Update, "to update"),
        (Operation::Replace, "to replace"),
        (Operation::Delete, "to delete"),
    ];
    let counts = plan.counts();
    let parts = words.iter().filter_map(|(operation, words)| {
        let count = counts.get(operation)?;
        Some(format!("{count} {words}"))
    });
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() {
        "nothing changes".to_owned()
    } else {
        parts.join(", ")
    }
}
