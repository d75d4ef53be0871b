//! Tags, which most resources can bear.

use crate::judge::{Judge, more_than};
use crate::{Origin, Problem};

const TAGS: Origin = Origin::Documented("Tagging AWS Resources, tag naming limits");

const MOST: u32 = 50;
const LONGEST_KEY: u32 = 128;
const LONGEST_VALUE: u32 = 256;

pub(super) fn judge(judge: &mut Judge<'_>) {
    let tags = judge.entries("tags");
    if more_than(tags.len(), MOST) {
        let most = f64::from(MOST);
        judge.refuse(
            "tags",
            Problem::AtMost {
                most,
                unit: "entries",
            },
            &TAGS,
        );
    }
    for (key, value) in tags {
        let place = format!("tags[{key:?}]");
        if key.to_ascii_lowercase().starts_with("aws:") {
            judge.object(
                &place,
                "must not begin with `aws:`, which is AWS's own",
                &TAGS,
            );
        }
        if more_than(key.chars().count(), LONGEST_KEY) {
            let problem = format!("must have a key of at most {LONGEST_KEY} characters");
            judge.object(&place, problem, &TAGS);
        }
        let value = value.text().unwrap_or_default();
        if more_than(value.chars().count(), LONGEST_VALUE) {
            let most = f64::from(LONGEST_VALUE);
            let unit = "characters";
            judge.refuse(&place, Problem::AtMost { most, unit }, &TAGS);
        }
        let taken = |c: char| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c);
        if !key.chars().all(taken) || !value.chars().all(taken) {
            let problem = "must have only letters, digits, spaces and _ . : / = + - @";
            judge.object(&place, problem, &TAGS);
        }
    }
}
