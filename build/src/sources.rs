//! What a build read, as far as cargo tells: its dep-info names the files of the workspace; packages from a registry are
//! pinned by `Cargo.lock`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What configures cargo and the toolchain, beside a folder or above it.
const CONFIGURATION: [&str; 4] = [
    ".cargo/config",
    ".cargo/config.toml",
    "rust-toolchain",
    "rust-toolchain.toml",
];

/// The files that configure a build in this folder, those that are not there too: each may come.
#[must_use]
pub fn configuration(root: &Path) -> BTreeSet<PathBuf> {
    let above = root
        .ancestors()
        .flat_map(|folder| CONFIGURATION.map(|file| folder.join(file)));
    let beside = ["Cargo.toml", "Cargo.lock"].map(|file| root.join(file));
    above.chain(beside).collect()
}

/// The files that a dep-info file names: `target: file file …`, with a backslash before a space that is part of a name.
/// Nothing if it is not one.
#[must_use]
pub fn in_dep_info(dep_info: &str) -> Option<Vec<PathBuf>> {
    let line = dep_info.lines().next()?;
    let (_, files) = line.split_once(": ")?;
    let mut names = vec![String::new()];
    let mut characters = files.chars().peekable();
    while let Some(character) = characters.next() {
        let space = character == '\\' && characters.next_if_eq(&' ').is_some();
        match (names.last_mut(), character) {
            (Some(name), _) if space => name.push(' '),
            (_, ' ') => names.push(String::new()),
            (Some(name), _) => name.push(character),
            (None, _) => {}
        }
    }
    let names = names.into_iter().filter(|name| !name.is_empty());
    Some(names.map(PathBuf::from).collect())
}

/// The folder of the package that a file belongs to.
#[must_use]
pub fn package_of(file: &Path) -> Option<&Path> {
    file.ancestors()
        .skip(1)
        .find(|folder| folder.join("Cargo.toml").is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_dep_info_may_have_spaces_and_backslashes() {
        let files = in_dep_info("/t/a: /s/a\\ b.rs /d\\e.rs\n\n/s/lib.rs:\n").unwrap();
        assert_eq!(files, [Path::new("/s/a b.rs"), Path::new("/d\\e.rs")]);
        assert_eq!(in_dep_info("nothing of the kind"), None);
    }

    #[test]
    fn what_configures_a_build_may_stand_above_it() {
        let files = configuration(Path::new("/some/project"));
        for file in [
            "/some/project/Cargo.lock",
            "/some/rust-toolchain.toml",
            "/.cargo/config.toml",
        ] {
            assert!(files.contains(Path::new(file)), "{file}");
        }
    }
}
