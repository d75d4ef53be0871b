//! How large the functions' archives are.

use super::Review;
use super::markdown::{Lines, code};
use crate::builds::SizeChange;

/// How many bytes of a comment sizes may take.
const ROOM: usize = 4_000;

pub(super) fn section(review: &Review<'_>) -> String {
    let Some((base, new)) = &review.sizes else {
        return String::new();
    };
    let changes = new.since(base.as_ref());
    let mut lines = Lines::up_to(ROOM);
    lines.add(
        "\n#### Functions\n\n| function | archive before | after | change |\n|---|--:|--:|--:|",
    );
    for change in &changes {
        lines.add(format!(
            "| {} | {} | {} | {} |",
            code(&change.function),
            size(change.before),
            size(change.after),
            difference(change)
        ));
    }
    lines.text().to_owned()
}

/// In kilobytes of a thousand, to a tenth.
fn size(bytes: Option<u64>) -> String {
    bytes.map_or_else(|| "none".to_owned(), kilobytes)
}

fn kilobytes(bytes: u64) -> String {
    let tenths = bytes.saturating_add(50) / 100;
    format!("{}.{} kB", crate::cost::thousands(tenths / 10), tenths % 10)
}

fn difference(change: &SizeChange) -> String {
    match (change.before, change.after) {
        (Some(before), Some(after)) if before == after => "same size".to_owned(),
        (Some(before), Some(after)) => {
            let sign = if after > before { "+" } else { "-" };
            let by = after.abs_diff(before);
            let percent = by.saturating_mul(100).checked_div(before);
            let percent = percent.map(|percent| format!(" ({sign}{percent} %)"));
            let percent = percent.unwrap_or_default();
            format!("{sign}{}{percent}", kilobytes(by))
        }
        (None, Some(_)) => "new".to_owned(),
        (Some(_), None) => "gone".to_owned(),
        (None, None) => String::new(),
    }
}
