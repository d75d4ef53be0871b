//! The crate that a new route gets: `cli/templates`, which is a route named `shout`, under the new names.

use super::Route;

const CARGO: &str = include_str!("../../templates/route/Cargo.toml");
const MAIN: &str = include_str!("../../templates/route/src/main.rs");
const FRAME: &str = include_str!("../../templates/route/tests/frame.json");
const LOGS: &str = include_str!("../../templates/route/tests/logs.rs");
const LIBRARY: &str = include_str!("../../templates/route/src/lib.rs");
const ANSWERS: &str = include_str!("../../templates/route/tests/answers.rs");
const ONE_WAY_LIBRARY: &str = include_str!("../../templates/one-way/src/lib.rs");
const ONE_WAY_ANSWERS: &str = include_str!("../../templates/one-way/tests/answers.rs");

/// The files, by their path in the crate's folder.
pub(super) fn files(route: &Route) -> Vec<(&'static str, String)> {
    let (library, answers) = match route.two_way {
        true => (LIBRARY, ANSWERS),
        false => (ONE_WAY_LIBRARY, ONE_WAY_ANSWERS),
    };
    let files = [
        ("Cargo.toml", CARGO),
        ("src/lib.rs", library),
        ("src/main.rs", MAIN),
        ("tests/answers.rs", answers),
        ("tests/frame.json", FRAME),
        ("tests/logs.rs", LOGS),
    ];
    let files = files.into_iter();
    files
        .map(|(path, text)| (path, named(text, route)))
        .collect()
}

fn named(template: &str, route: &Route) -> String {
    // The longer names first: they have the shorter one in them.
    template
        .replace("tidegate_shout", &route.function.library())
        .replace("tidegate-shout", &route.function.package())
        .replace(
            "OwnRoute::Shout",
            &format!("OwnRoute::{}", route.key.variant()),
        )
        .replace("`shout`", &format!("`{}`", route.key))
        .replace("\"shout\"", &format!("\"{}\"", route.key))
        .replace("\\\"shout\\\"", &format!("\\\"{}\\\"", route.key))
}

/// What the crate depends on.
pub(super) fn dependencies() -> Vec<String> {
    let lines = CARGO.lines().skip_while(|line| *line != "[dependencies]");
    let names = lines.filter_map(|line| {
        let name = line.split(['.', ' ']).next()?;
        (line.contains('=') && !name.is_empty()).then(|| name.to_owned())
    });
    names.collect()
}
