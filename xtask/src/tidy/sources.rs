//! Rules on what stands in a file.

use crate::tidy::Violation;
use crate::tidy::tracked::File;

/// Beyond this a file has more than one reason to change; 400 asks for a second look.
const MOST_LINES: usize = 600;

/// What the rule of file sizes counts as written by hand.
const WRITTEN: [&str; 9] = ["rs", "js", "mjs", "ts", "html", "css", "py", "sh", "proto"];

/// Wiring has no branches: `main.rs` of a folder, and the most lines of code it may have.
const MOST_LINES_OF_MAIN: [(&str, usize); 3] = [("lambdas/", 40), ("program/", 80), ("cli/", 80)];

/// What the first line of a generated file has, as `@` and `generated`: tools that fold generated
/// files in a diff look for it.
const MARK: &str = concat!("@", "generated");

// Put together here, so that this file does not break its own rules.
const STUBS: [&str; 2] = [concat!("todo", "!("), concat!("unimplemented", "!(")];
const TEST_PREFIX: &str = concat!("fn ", "test_");

/// Everything wrong with one file.
pub(crate) fn violations(file: &File) -> Vec<Violation> {
    let mut found = Vec::new();
    found.extend(unmarked(file));
    found.extend(too_long(file));
    found.extend(busy_main(file));
    if file.path.ends_with(".rs") {
        found.extend(lines_with(file, &STUBS, |needle| Violation {
            rule: "no stubs",
            place: String::new(),
            what: format!("has `{needle}…)`"),
            remedy: "finish it, or return an error that says what is not supported".into(),
        }));
        found.extend(lines_with(file, &[TEST_PREFIX], |_| Violation {
            rule: "a test's name is a sentence",
            place: String::new(),
            what: format!("a function's name begins like `{TEST_PREFIX}…`"),
            remedy: "say what holds: `a_child_inherits_its_parents_provider`".into(),
        }));
    }
    found
}

fn is_marked(file: &File) -> bool {
    let first = file.text.lines().next();
    first.is_some_and(|line| line.contains(MARK))
}

fn unmarked(file: &File) -> Option<Violation> {
    let generated = file.path.contains("/generated/") || file.path.contains(".generated.");
    // JSON has no comments.
    if !generated || file.path.ends_with(".json") || is_marked(file) {
        return None;
    }
    Some(Violation {
        rule: "a generated file says so",
        place: file.path.clone(),
        what: format!("its first line has no `{MARK}`"),
        remedy: "have its generator write it there, with the command that remakes it".into(),
    })
}

fn too_long(file: &File) -> Option<Violation> {
    let extension = file.path.rsplit_once('.').map(|(_, extension)| extension);
    let written = extension.is_some_and(|extension| WRITTEN.contains(&extension));
    let lines = file.text.lines().count();
    if !written || is_marked(file) || lines <= MOST_LINES {
        return None;
    }
    Some(Violation {
        rule: "no god files",
        place: file.path.clone(),
        what: format!("has {lines} lines; the most is {MOST_LINES}, and 400 asks for a reason"),
        remedy: "part it by what it does: one file per operation".into(),
    })
}

fn busy_main(file: &File) -> Option<Violation> {
    let (_, most) = MOST_LINES_OF_MAIN
        .iter()
        .find(|(folder, _)| file.path.starts_with(folder) && file.path.ends_with("src/main.rs"))?;
    let lines = code_lines(&file.text);
    (lines > *most).then(|| Violation {
        rule: "main.rs only wires",
        place: file.path.clone(),
        what: format!("has {lines} lines of code; the most is {most}"),
        remedy: "move what decides into the library beside it, where it can be tested".into(),
    })
}

fn code_lines(text: &str) -> usize {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .count()
}

/// One violation for each line of code that has one of the needles, its place filled in.
fn lines_with(
    file: &File,
    needles: &[&'static str],
    violation: impl Fn(&str) -> Violation,
) -> Vec<Violation> {
    let lines = file.text.lines().enumerate();
    lines
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .filter_map(|(index, line)| {
            let needle = needles.iter().find(|needle| line.contains(**needle))?;
            Some(Violation {
                place: format!("{}:{}", file.path, index + 1),
                ..violation(needle)
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules_broken_by(path: &str, text: &str) -> Vec<&'static str> {
        let file = File {
            path: path.into(),
            text: text.into(),
        };
        let found = violations(&file);
        found.iter().map(|violation| violation.rule).collect()
    }

    #[test]
    fn a_stub_is_found_in_code_and_not_in_a_comment() {
        let stub = format!("fn f() {{ {}) }}", STUBS[0]);
        assert_eq!(rules_broken_by("a/src/lib.rs", &stub), ["no stubs"]);
        let comment = format!("// {}) is forbidden", STUBS[1]);
        assert!(rules_broken_by("a/src/lib.rs", &comment).is_empty());
    }

    #[test]
    fn a_test_named_by_a_prefix_is_found() {
        let text = format!("#[test]\n{TEST_PREFIX}it() {{}}");
        assert_eq!(
            rules_broken_by("a/src/lib.rs", &text),
            ["a test's name is a sentence"]
        );
        assert!(rules_broken_by("a/lib.rs", "fn tests_may_unwrap() {}").is_empty());
    }

    #[test]
    fn a_long_file_is_found_unless_it_is_generated_or_data() {
        let long = "x\n".repeat(MOST_LINES + 1);
        assert_eq!(rules_broken_by("a/src/lib.rs", &long), ["no god files"]);
        assert!(rules_broken_by("Cargo.lock", &long).is_empty());
        assert!(rules_broken_by("a/src/lib.rs", &format!("// {MARK}\n{long}")).is_empty());
        assert!(rules_broken_by("a/src/lib.rs", &"x\n".repeat(MOST_LINES)).is_empty());
    }

    #[test]
    fn a_generated_file_without_its_mark_is_found() {
        let path = "sdk/pulumi-aws/src/generated/sqs.rs";
        assert_eq!(
            rules_broken_by(path, "//! SQS"),
            ["a generated file says so"]
        );
        assert!(rules_broken_by(path, &format!("// {MARK} by x\n//! SQS")).is_empty());
    }

    #[test]
    fn a_main_that_does_more_than_wiring_is_found() {
        let busy = "let x = 1;\n".repeat(41);
        let quiet = "let x = 1;\n\n// why\n".repeat(40);
        let path = "lambdas/message/src/main.rs";
        assert_eq!(rules_broken_by(path, &busy), ["main.rs only wires"]);
        assert!(rules_broken_by(path, &quiet).is_empty());
        assert!(rules_broken_by("cli/src/main.rs", &busy).is_empty());
    }
}
