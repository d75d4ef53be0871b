use std::ffi::OsString;
use std::fs;
use std::time::{Duration, UNIX_EPOCH};

use tempfile::TempDir;
use tidegate_contract::architecture::Architecture;
use tidegate_contract::manifest::Zip;

use super::*;

fn machine(variables: &[(&str, &str)]) -> Machine {
    let variables = variables.iter();
    Machine::new(variables.map(|(name, value)| (OsString::from(name), OsString::from(value))))
}

#[test]
fn what_changes_a_build_is_a_condition_and_what_does_not_is_none() {
    let of = |variables: &[(&str, &str)]| conditions([], &machine(variables));
    let without = of(&[]);
    for name in [
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_PROFILE_LAMBDA_LTO",
        "RUSTC_WRAPPER",
        "CC",
        "CFLAGS_aarch64_unknown_linux_gnu",
        "AWS_LC_SYS_CMAKE_BUILDER",
    ] {
        assert_ne!(of(&[(name, "1")]), without, "{name}");
        assert_ne!(of(&[(name, "1")]), of(&[(name, "2")]), "{name}");
    }
    for name in [
        "HOME",
        "PATH",
        "CARGO_HOME",
        "CARGO_PKG_NAME",
        "CARGO_TARGET_DIR",
        "CCACHE_DIR",
        "RUSTUP_TOOLCHAIN",
        "ARCHIVE",
    ] {
        assert_eq!(of(&[(name, "1")]), without, "{name}");
    }
}

#[test]
fn the_versions_of_the_tools_are_conditions() {
    let of = |rustc: &str| conditions([("rustc", rustc.to_owned())], &machine(&[]));
    assert_ne!(of("rustc 1.95.0"), of("rustc 1.96.0"));
}

/// A folder with a package, an executable of it and the executable's dep-info.
struct Package(TempDir);

impl Package {
    fn new() -> Self {
        let package = Self(tempfile::tempdir().unwrap());
        for folder in ["src", "target/out", "out"] {
            fs::create_dir_all(package.path(folder)).unwrap();
        }
        package.write("Cargo.toml", "[package]");
        package.write("src/main.rs", "fn main() {}");
        package.write("target/out/generated.rs", "");
        let dep_info = format!(
            "x: {} {}\n",
            package.path("src/main.rs").display(),
            package.path("target/out/generated.rs").display()
        );
        package.write("out/function.d", &dep_info);
        package
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn inputs(&self) -> BTreeSet<PathBuf> {
        let executable = self.path("out/function");
        let generated = self.path("target");
        inputs(
            [executable.as_path()],
            self.0.path(),
            &generated,
            &machine(&[]),
        )
        .unwrap()
    }

    fn note(&self, began: SystemTime, finished: SystemTime) -> Option<Note> {
        let manifest = Zips {
            architecture: Architecture::Arm64,
            functions: BTreeMap::from([(
                "message".to_owned(),
                Zip {
                    zip: "message.zip".into(),
                    sha256: sha256(b"zip"),
                    bytes: 3,
                },
            )]),
        };
        self.write("message.zip", "zip");
        files::write_json(&self.path("manifest.json"), &manifest).unwrap();
        let conditions = conditions([], &machine(&[]));
        Note::of(
            self.inputs(),
            self.0.path(),
            began,
            finished,
            conditions,
            manifest,
        )
    }

    fn is_fresh(&self, note: &Note) -> bool {
        let conditions = conditions([], &machine(&[]));
        let manifest = self.path("manifest.json");
        note.fresh(self.0.path(), &manifest, &conditions).is_some()
    }
}

fn later() -> SystemTime {
    UNIX_EPOCH + Duration::from_hours(24 * 365 * 100)
}

#[test]
fn the_inputs_are_what_cargo_read_and_what_it_would_find() {
    let package = Package::new();
    let inputs = package.inputs();
    for file in [
        "src/main.rs",
        "Cargo.toml",
        "Cargo.lock",
        "build.rs",
        "rust-toolchain.toml",
    ] {
        assert!(inputs.contains(&package.path(file)), "{file}");
    }
    assert!(!inputs.contains(&package.path("target/out/generated.rs")));
}

#[test]
fn what_has_not_changed_is_fresh_wherever_it_is_moved_to() {
    let package = Package::new();
    let note = package.note(later(), later()).unwrap();
    note.write(&package.path("note.json")).unwrap();
    let note = Note::read(&package.path("note.json")).unwrap();
    assert!(package.is_fresh(&note));
    let elsewhere = package.0.path().with_extension("moved");
    fs::rename(package.0.path(), &elsewhere).unwrap();
    let fresh = note.fresh(
        &elsewhere,
        &elsewhere.join("manifest.json"),
        &note.conditions,
    );
    assert!(fresh.is_some());
    fs::rename(&elsewhere, package.0.path()).unwrap();
}

#[test]
fn every_input_that_changes_makes_it_stale_and_changed_back_it_is_fresh() {
    let package = Package::new();
    let note = package.note(later(), later()).unwrap();
    for (file, before) in [
        ("src/main.rs", Some("fn main() {}")),
        ("Cargo.toml", Some("[package]")),
        ("message.zip", Some("zip")),
        ("Cargo.lock", None),
        ("rust-toolchain.toml", None),
        ("build.rs", None),
        ("src/lib.rs", None),
    ] {
        package.write(file, "something else");
        assert!(!package.is_fresh(&note), "{file}");
        match before {
            Some(text) => package.write(file, text),
            None => fs::remove_file(package.path(file)).unwrap(),
        }
        assert!(package.is_fresh(&note), "{file}");
    }
    fs::remove_file(package.path("manifest.json")).unwrap();
    assert!(!package.is_fresh(&note));
}

#[test]
fn other_conditions_make_it_stale() {
    let package = Package::new();
    let note = package.note(later(), later()).unwrap();
    let other = conditions([], &machine(&[("RUSTFLAGS", "-g")]));
    let fresh = note.fresh(package.0.path(), &package.path("manifest.json"), &other);
    assert!(fresh.is_none());
}

#[test]
fn what_changed_while_it_was_built_is_not_noted() {
    let package = Package::new();
    assert!(package.note(UNIX_EPOCH, later()).is_none());
}

#[test]
fn a_file_that_changed_but_is_not_newer_is_one_that_cargo_does_not_notice() {
    let package = Package::new();
    let note = package.note(later(), later()).unwrap();
    assert!(note.unnoticed(package.0.path()).is_empty());
    package.write("src/main.rs", "fn main() { loop {} }");
    let unnoticed = note.unnoticed(package.0.path());
    assert_eq!(unnoticed, [package.path("src/main.rs")]);

    let note = package.note(later(), UNIX_EPOCH).unwrap();
    package.write("src/main.rs", "fn main() {}");
    assert!(note.unnoticed(package.0.path()).is_empty());
}
