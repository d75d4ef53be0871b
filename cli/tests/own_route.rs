//! `tidegate new route` and `tidegate remove route`, in a copy of this project: what they write compiles, keeps the rules of
//! the workspace, passes its tests and becomes resources; and nothing of it is left when it is removed.

#![expect(clippy::unwrap_used, reason = "test code: a panic is how a test fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

const TIDEGATE: &str = env!("CARGO_BIN_EXE_tidegate");
/// Made of what is there, so the same again once that is the same again.
const GENERATED: &str = "program/tests/plan/snapshots";

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Where this test itself was built.
fn own_target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap()
}

/// Every file of a project by its path, but for what is built, and what tools keep to themselves.
fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let hidden = name.starts_with('.') && name != ".cargo";
            if path.is_dir() {
                // By this tag cargo says that a folder is its target, but not of one that was there before cargo was.
                let built = path == own_target() || path.join("CACHEDIR.TAG").exists();
                if !hidden && name != "node_modules" && !built {
                    open.push(path);
                }
            } else if !hidden {
                let relative = path.strip_prefix(root).unwrap().to_owned();
                files.insert(relative, fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// A copy of this project. It is always the same folder, and only what differs is written, so that cargo builds it only
/// once: each test has its own.
fn copy(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&root).unwrap();
    let (wanted, mut there) = (files(project()), files(&root));
    for (path, text) in &wanted {
        let file = root.join(path);
        if there.remove(path).as_ref() != Some(text) {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
    }
    for path in there.keys() {
        fs::remove_file(root.join(path)).unwrap();
        // What is left empty goes too; what is not cannot be removed.
        let mut folders = path.ancestors().skip(1);
        while folders
            .next()
            .is_some_and(|it| fs::remove_dir(root.join(it)).is_ok())
        {}
    }
    root
}

fn tidegate(root: &Path, arguments: &[&str]) -> Output {
    let command = Command::new(TIDEGATE)
        .args(arguments)
        .current_dir(root)
        .output();
    command.unwrap()
}

#[track_caller]
fn done(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|it| String::from_utf8_lossy(it));
    assert!(output.status.success(), "{out}\n{err}");
    out.into_owned()
}

/// Where a copy is built. Not where the project is: cargo tells two folders with the same packages apart by neither hash nor
/// path, and would take what it built of the one for the other's.
///
/// Of the project's build it has what is of no package of the workspace: that takes most of the time.
fn target(root: &Path) -> PathBuf {
    let target = root.with_extension("target");
    // A stranger's target is as right, and slower: those of another profile or for another machine are elsewhere.
    let (from, to) = (own_target().join("debug"), target.join("debug"));
    if to.exists() || !from.join(".fingerprint").exists() {
        return target;
    }
    let metadata = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--locked",
            "--offline",
            "--format-version=1",
        ])
        .current_dir(root)
        .output();
    let metadata: Value = serde_json::from_str(&done(&metadata.unwrap())).unwrap();
    let members = metadata["packages"].as_array().unwrap().iter();
    let members: BTreeSet<&str> = members.map(|it| it["name"].as_str().unwrap()).collect();

    let mut units = BTreeSet::new();
    for name in names(&from.join(".fingerprint")) {
        let (package, hash) = name.rsplit_once('-').unwrap();
        if !members.contains(package) {
            put(&from, &to, &Path::new(".fingerprint").join(&name));
            if from.join("build").join(&name).exists() {
                put(&from, &to, &Path::new("build").join(&name));
            }
            units.insert(hash.to_owned());
        }
    }
    for name in names(&from.join("deps")) {
        let stem = name.split('.').next().unwrap();
        if stem
            .rsplit_once('-')
            .is_some_and(|(_, hash)| units.contains(hash))
        {
            put(&from, &to, &Path::new("deps").join(&name));
        }
    }
    target
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
    entries
        .map(|entry| name(entry).into_string().unwrap())
        .collect()
}

/// Puts a file or a folder there too, with its times, by which cargo sees what is stale. What compilers replace as a whole
/// is the same file; what cargo writes over is a copy.
fn put(from: &Path, to: &Path, path: &Path) {
    let (there, here) = (from.join(path), to.join(path));
    if there.is_dir() {
        for name in names(&there) {
            put(from, to, &path.join(name));
        }
        return;
    }
    fs::create_dir_all(here.parent().unwrap()).unwrap();
    let whole = path
        .extension()
        .is_some_and(|it| it == "rlib" || it == "rmeta" || it == "so");
    if whole && fs::hard_link(&there, &here).is_ok() {
        return;
    }
    fs::copy(&there, &here).unwrap();
    let modified = fs::metadata(&there).unwrap().modified().unwrap();
    let file = fs::File::options().write(true).open(&here);
    file.unwrap().set_modified(modified).unwrap();
}

/// Runs cargo in the copy.
#[track_caller]
fn cargo(root: &Path, arguments: &[&str], generate: bool) -> String {
    let mut command = Command::new(env!("CARGO"));
    command
        .args(arguments)
        .current_dir(root)
        .env("CARGO_TARGET_DIR", target(root))
        .env("CARGO_INCREMENTAL", "0");
    if generate {
        command.env("TIDEGATE_GENERATE", "1");
    }
    done(&command.output().unwrap())
}

fn text(root: &Path, path: &str) -> String {
    fs::read_to_string(root.join(path)).unwrap()
}

#[test]
fn new_routes_are_green_and_become_resources_and_removing_them_leaves_nothing() {
    let root = copy("own-routes");
    let before = files(&root);
    done(&tidegate(
        &root,
        &["new", "route", "shout", "--no-generate"],
    ));
    let one_way = [
        "new",
        "route",
        "trackTheMouse",
        "--function",
        "mouse",
        "--one-way",
        "--no-generate",
    ];
    done(&tidegate(&root, &one_way));

    // The CLI is selected so that each dependency is built as it is for all else.
    let packages = [
        "--locked",
        "--offline",
        "--package=tidegate",
        "--package=tidegate-contract",
        "--package=tidegate-program",
        "--package=tidegate-shout",
        "--package=tidegate-mouse",
    ];
    let tests = [
        &["test"][..],
        &packages,
        &["--lib", "--test=plan", "--test=answers", "--test=logs"],
    ];
    let ran = cargo(&root, &tests.concat(), true);
    for test in [
        "a_text_comes_back_with_its_user_and_time",
        "a_request_is_taken_and_nobody_is_answered",
        "a_frame_is_one_line_of_ids_and_counts",
    ] {
        assert!(ran.contains(&format!("test {test} ... ok")), "{ran}");
    }
    for stack in ["dev", "prod"] {
        let plan = text(&root, &format!("{GENERATED}/{stack}.txt"));
        for resource in [
            "aws:lambda/function:Function shout",
            "aws:lambda/function:Function mouse",
            "aws:iam/rolePolicy:RolePolicy mouse",
            "aws:cloudwatch/logGroup:LogGroup shout",
            "aws:apigatewayv2/route:Route trackTheMouse",
            "aws:apigatewayv2/routeResponse:RouteResponse shout",
        ] {
            assert!(plan.contains(resource), "{stack} has no {resource}");
        }
        let silent = "aws:apigatewayv2/routeResponse:RouteResponse trackTheMouse";
        assert!(!plan.contains(silent), "{stack} answers a one-way route");
    }
    let lint = [
        &["clippy"][..],
        &packages,
        &["--all-targets", "--", "-D", "warnings"],
    ];
    cargo(&root, &lint.concat(), false);
    cargo(&root, &["fmt", "--all", "--check"], false);

    done(&tidegate(
        &root,
        &["remove", "route", "shout", "--no-generate"],
    ));
    done(&tidegate(
        &root,
        &["remove", "route", "trackTheMouse", "--no-generate"],
    ));
    let as_it_was = |mut files: BTreeMap<PathBuf, Vec<u8>>| {
        files.retain(|path, _| !path.starts_with(GENERATED));
        files
    };
    let (before, after) = (as_it_was(before), as_it_was(files(&root)));
    let differing = before
        .iter()
        .filter(|(path, text)| after.get(*path) != Some(*text));
    assert_eq!(
        differing.map(|(path, _)| path).collect::<Vec<_>>(),
        [] as [&PathBuf; 0]
    );
    assert_eq!(before.len(), after.len());
    assert!(!root.join("lambdas/shout").exists());
}

#[test]
fn a_dry_run_writes_nothing_and_a_wrong_name_is_a_wrong_argument() {
    let root = project();
    let dry = done(&tidegate(root, &["new", "route", "shout", "--dry-run"]));
    assert!(dry.contains("lambdas/shout/src/lib.rs"), "{dry}");
    assert!(!root.join("lambdas/shout").exists());
    for (name, code) in [("ping", 2), ("$default", 2), ("core", 1)] {
        let refused = tidegate(root, &["new", "route", name, "--dry-run"]);
        assert_eq!(refused.status.code(), Some(code), "{name}: {refused:?}");
    }
}

/// The blocks of a page's code, each under the path that stands before it in backticks.
fn blocks(page: &str) -> BTreeMap<String, String> {
    let mut blocks = BTreeMap::new();
    let (mut path, mut lines) = (String::new(), page.lines());
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let code: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            if language != "console" && language != "json" || path.ends_with(".json") {
                let code = format!("{}\n", code.join("\n"));
                assert_eq!(
                    blocks.insert(path.clone(), code),
                    None,
                    "{path} is there twice"
                );
            }
        } else if let Some(named) = line.rsplit('`').nth(1)
            && line.ends_with(':')
        {
            named.clone_into(&mut path);
        }
    }
    blocks
}

#[test]
fn the_guide_writes_by_hand_what_the_command_writes() {
    let made = done(&tidegate(
        project(),
        &["new", "route", "shout", "--dry-run", "--json"],
    ));
    let made: Value = serde_json::from_str(&made).unwrap();
    let mut blocks = blocks(&text(project(), "docs/your-first-route.md"));
    for file in made["files"].as_array().unwrap() {
        let path = file["path"].as_str().unwrap();
        // Cargo writes it.
        if path == "Cargo.lock" {
            continue;
        }
        let block = blocks.remove(path).unwrap_or_default();
        let plain = |text: &str| match file["change"].as_str() {
            Some("edit") => text.trim().to_owned(),
            _ => text.to_owned(),
        };
        assert_eq!(
            plain(&block),
            plain(file["lines"].as_str().unwrap()),
            "{path}"
        );
    }
    assert_eq!(
        blocks.keys().collect::<Vec<_>>(),
        [] as [&String; 0],
        "blocks of no file"
    );
}
