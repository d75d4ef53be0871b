//! The crates' entries in Cargo.lock, as cargo itself writes them: so a build with `--locked` goes on as before.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context, bail};

use super::LOCK;
use super::change::Change;

const PACKAGE: &str = "[[package]]\n";
/// Whose version and dependencies are written as those of any crate of the workspace.
const NEIGHBOUR: &str = "tidegate-route";

/// The lock file; none where cargo has not made one yet.
pub(super) struct Lock {
    text: Option<String>,
}

/// One package in it.
struct Package<'a> {
    name: &'a str,
    /// All of it, from `[[package]]` to the next.
    text: &'a str,
}

impl Lock {
    pub(super) fn read(root: &Path) -> anyhow::Result<Self> {
        match fs::read_to_string(root.join(LOCK)) {
            Ok(text) => Ok(Self { text: Some(text) }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self { text: None }),
            Err(error) => Err(error).with_context(|| format!("{LOCK} cannot be read")),
        }
    }

    /// With a crate of the workspace that depends on these, which other crates of it depend on already.
    pub(super) fn with(&self, name: &str, on: &[String]) -> anyhow::Result<Option<Change>> {
        let Some(text) = &self.text else {
            return Ok(None);
        };
        let (head, packages) = parse(text);
        if packages.iter().any(|package| package.name == name) {
            bail!("there is a crate `{name}` already: choose another function with --function");
        }
        let neighbour = packages.iter().find(|it| it.name == NEIGHBOUR);
        let neighbour = neighbour
            .with_context(|| format!("{LOCK} has no {NEIGHBOUR}: run `cargo check` first"))?;
        let version = neighbour
            .text
            .lines()
            .find(|line| line.starts_with("version = "));
        let mut on = on
            .iter()
            .map(|it| written(&packages, it))
            .collect::<anyhow::Result<Vec<_>>>()?;
        on.sort();
        let on: String = on.iter().map(|it| format!(" \"{it}\",\n")).collect();
        let version = version.unwrap_or_default();
        let entry = format!("{PACKAGE}name = \"{name}\"\n{version}\ndependencies = [\n{on}]\n");
        let at = packages.iter().position(|package| package.name > name);
        let at = at.unwrap_or(packages.len());
        let mut all: Vec<&str> = packages
            .iter()
            .map(|package| package.text.trim_end())
            .collect();
        all.insert(at, entry.trim_end());
        Ok(Some(Change::edit(LOCK, text, joined(head, &all), entry)))
    }

    /// Without a crate of the workspace.
    pub(super) fn without(&self, name: &str) -> Option<Change> {
        let text = self.text.as_ref()?;
        let (head, packages) = parse(text);
        let gone = packages.iter().find(|package| package.name == name)?;
        let left = packages.iter().filter(|package| package.name != name);
        let left: Vec<&str> = left.map(|package| package.text.trim_end()).collect();
        let lines = format!("{}\n", gone.text.trim_end());
        Some(Change::edit(LOCK, text, joined(head, &left), lines))
    }
}

fn parse(text: &str) -> (&str, Vec<Package<'_>>) {
    let mut starts: Vec<usize> = text.match_indices(PACKAGE).map(|(at, _)| at).collect();
    let head = &text[..starts.first().copied().unwrap_or(text.len())];
    starts.push(text.len());
    let packages = starts.windows(2).map(|pair| {
        let text = &text[pair[0]..pair[1]];
        let name = text.lines().find_map(|line| line.strip_prefix("name = "));
        Package {
            name: name.unwrap_or_default().trim_matches('"'),
            text,
        }
    });
    (head, packages.collect())
}

fn joined(head: &str, packages: &[&str]) -> String {
    format!("{head}{}\n", packages.join("\n\n"))
}

/// A dependency as cargo writes it: with its version where there are several of that name.
fn written(packages: &[Package<'_>], name: &str) -> anyhow::Result<String> {
    let called = packages.iter().filter(|package| package.name == name);
    match called.count() {
        1 => return Ok(name.to_owned()),
        0 => bail!("{LOCK} has no `{name}`: run `cargo check` first"),
        _ => {}
    }
    let ours = packages.iter().filter(|it| it.name.starts_with("tidegate"));
    let mut lines = ours.flat_map(|package| package.text.lines());
    let begins = format!("\"{name} ");
    let line = lines.find_map(|line| line.trim().trim_end_matches(',').strip_prefix(&begins));
    let version = line
        .with_context(|| format!("{LOCK} has several `{name}`, and no crate of ours uses one"))?;
    Ok(format!("{name} {}", version.trim_end_matches('"')))
}
