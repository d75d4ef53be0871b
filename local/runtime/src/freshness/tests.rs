use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tempfile::TempDir;
use tidegate_contract::manifest::{Executable, Executables};

use super::{fresh, note, request};
use crate::build::Built;

/// A package with two executables that were built a long time after its sources were written.
struct Package {
    folder: TempDir,
    built: Built,
    request: BTreeMap<String, String>,
}

const WRITTEN: Duration = Duration::from_secs(1_000);
const BEGAN: Duration = Duration::from_secs(2_000);
const EDITED: Duration = Duration::from_secs(3_000);

impl Package {
    fn new() -> Package {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("a package/src")).unwrap();
        fs::create_dir_all(path("target")).unwrap();
        let sources = [
            "Cargo.toml",
            "a package/Cargo.toml",
            "a package/src/main.rs",
        ];
        for source in sources {
            fs::write(path(source), "text").unwrap();
        }
        for executable in ["program", "message"] {
            fs::write(path("target").join(executable), "machine code").unwrap();
            let main = path("a package/src/main.rs").display().to_string();
            let main = main.replace(' ', "\\ ");
            let dep_info = format!("{}: {main}\n", path("target/program").display());
            fs::write(path("target").join(format!("{executable}.d")), dep_info).unwrap();
        }
        let message = Executable {
            bootstrap: path("target/message"),
        };
        let functions = BTreeMap::from([("message".to_owned(), message)]);
        let package = Package {
            built: Built {
                program: path("target/program"),
                manifest: Executables { functions },
            },
            request: request(&["build".to_owned()], &BTreeMap::new()),
            folder,
        };
        package.touch("a package/src", WRITTEN);
        package.touch("a package", WRITTEN);
        for source in sources {
            package.touch(source, WRITTEN);
        }
        package
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn touch(&self, name: &str, at: Duration) {
        let file = fs::File::open(self.path(name)).unwrap();
        file.set_modified(UNIX_EPOCH + at).unwrap();
    }

    fn note_path(&self) -> PathBuf {
        self.path("state/built.json")
    }

    fn note(&self, began: SystemTime) {
        let request = self.request.clone();
        let root: &Path = self.folder.path();
        note(&self.note_path(), root, request, began, &self.built);
    }

    fn fresh(&self) -> Option<Built> {
        fresh(&self.note_path(), &self.request)
    }
}

/// What was noted is fresh, until `change`.
fn stale_after(change: impl FnOnce(&mut Package)) {
    let mut package = Package::new();
    package.note(UNIX_EPOCH + BEGAN);
    assert_eq!(package.fresh(), Some(package.built.clone()));
    change(&mut package);
    assert_eq!(package.fresh(), None);
}

#[test]
fn a_build_that_was_never_noted_is_not_fresh() {
    assert_eq!(Package::new().fresh(), None);
}

#[test]
fn an_edited_source_is_noticed() {
    stale_after(|package| package.touch("a package/src/main.rs", EDITED));
}

#[test]
fn a_source_that_came_from_an_older_commit_is_noticed() {
    stale_after(|package| {
        package.touch("a package/src/main.rs", WRITTEN - Duration::from_secs(500));
    });
}

#[test]
fn an_edited_manifest_is_noticed() {
    stale_after(|package| package.touch("a package/Cargo.toml", EDITED));
}

#[test]
fn a_new_build_script_is_noticed() {
    stale_after(|package| fs::write(package.path("a package/build.rs"), "").unwrap());
}

#[test]
fn a_new_configuration_of_cargo_is_noticed() {
    stale_after(|package| {
        fs::create_dir(package.path(".cargo")).unwrap();
        fs::write(package.path(".cargo/config.toml"), "").unwrap();
    });
}

#[test]
fn a_lost_or_replaced_executable_is_noticed() {
    stale_after(|package| fs::remove_file(package.path("target/message")).unwrap());
    stale_after(|package| fs::write(package.path("target/message"), "other code").unwrap());
}

#[test]
fn another_environment_is_noticed() {
    stale_after(|package| {
        let environment = BTreeMap::from([("RUSTFLAGS".to_owned(), "-g".to_owned())]);
        package.request = request(&["build".to_owned()], &environment);
    });
}

#[test]
fn a_torn_note_is_none() {
    stale_after(|package| fs::write(package.note_path(), "{\"request\":").unwrap());
}

#[test]
fn a_source_edited_while_it_was_built_is_not_noted_and_an_older_note_goes() {
    let package = Package::new();
    package.note(UNIX_EPOCH + BEGAN);
    package.touch("a package/src/main.rs", EDITED);
    package.note(UNIX_EPOCH + BEGAN);
    assert_eq!(package.fresh(), None);
    assert!(!package.note_path().exists());
}
