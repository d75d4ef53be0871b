//! Whole builds, with tools that are scripts: what they "compile" is the smallest executable there can be.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "the helpers of the tests"
)]

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tidegate_build::{Build, BuildError, ExecutableError, Machine, Request, build};
use tidegate_contract::architecture::Architecture;
use tidegate_contract::functions::Function;

/// The one of this machine, whose standard library is there.
const HERE: Architecture = if cfg!(target_arch = "aarch64") {
    Architecture::Arm64
} else {
    Architecture::X86_64
};

const CALLED: &str = "calls";

/// A workspace with one function.
struct Project {
    folder: TempDir,
    variables: Vec<(&'static str, String)>,
}

impl Project {
    fn new() -> Self {
        let project = Self {
            folder: tempfile::tempdir().unwrap(),
            variables: Vec::new(),
        };
        let package = "[package]\nname = \"tidegate-disconnect\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[profile.lambda]\ninherits = \"release\"\n";
        let lock =
            "version = 4\n\n[[package]]\nname = \"tidegate-disconnect\"\nversion = \"0.1.0\"\n";
        project.write("Cargo.toml", package);
        project.write("Cargo.lock", lock);
        project.write("src/main.rs", "fn main() {}\n");
        fs::write(project.path("executable"), executable(HERE)).unwrap();
        project.script("zig", "echo 0.17.1");
        project.compiles("");
        project
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn script(&self, name: &str, text: &str) {
        tidegate_test_scripts::write(&self.path("bin").join(name), text);
    }

    /// Sets what cargo-zigbuild does beside putting the executable where cargo would.
    fn compiles(&self, beside: &str) {
        let message = include_str!("artifact.json").trim();
        let text = format!(
            "[ $1 = --version ] && echo cargo-zigbuild 0.24.0 && exit\n\
             echo call >> {CALLED}\n\
             {beside}\n\
             mkdir -p target/lambda\n\
             cp executable target/lambda/function\n\
             echo \"$PWD/target/lambda/function: $PWD/src/main.rs\" > target/lambda/function.d\n\
             echo '{message}' | sed \"s|ROOT|$PWD|g\""
        );
        self.script("cargo-zigbuild", &text);
    }

    fn build(&self, if_stale: bool) -> Result<Build, BuildError> {
        let mut environment = std::env::vars_os()
            .filter(|(name, _)| name != "CARGO_TARGET_DIR" && name != "RUSTFLAGS")
            .collect::<Vec<_>>();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(self.path("bin")).chain(std::env::split_paths(&path));
        environment.push(("PATH".into(), std::env::join_paths(folders).unwrap()));
        let variables = self.variables.iter();
        environment.extend(variables.map(|(name, value)| (name.into(), OsString::from(value))));
        let request = Request {
            folder: self.folder.path().to_owned(),
            architecture: HERE,
            functions: vec![Function::Disconnect],
            if_stale,
        };
        build(&request, &Machine::new(environment), &|_| {})
    }

    /// How often it was compiled.
    fn calls(&self) -> usize {
        let calls = fs::read_to_string(self.path(CALLED)).unwrap_or_default();
        calls.lines().count()
    }

    fn output(&self, name: &str) -> PathBuf {
        self.path(".tidegate/build").join(HERE.name()).join(name)
    }
}

/// An executable that does nothing and needs nothing: no more than a header.
fn executable(architecture: Architecture) -> Vec<u8> {
    let machine: u16 = match architecture {
        Architecture::Arm64 => 183,
        Architecture::X86_64 => 62,
    };
    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    bytes.resize(16, 0);
    bytes.extend(2_u16.to_le_bytes());
    bytes.extend(machine.to_le_bytes());
    bytes.extend(1_u32.to_le_bytes());
    bytes.resize(64, 0);
    bytes
}

fn modified(path: &Path) -> std::time::SystemTime {
    path.metadata().unwrap().modified().unwrap()
}

#[test]
fn what_is_up_to_date_is_neither_compiled_nor_touched() {
    let project = Project::new();
    let first = project.build(true).unwrap();
    assert!(!first.fresh && first.before.is_empty());
    let manifest = project.output("manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    assert!(
        text.contains(&format!(".tidegate/build/{HERE}/disconnect.zip")),
        "{text}"
    );
    let time = modified(&manifest);

    let second = project.build(true).unwrap();
    assert!(second.fresh);
    assert_eq!(second.manifest, first.manifest);
    assert_eq!(project.calls(), 1);
    assert_eq!(modified(&manifest), time);

    let asked = project.build(false).unwrap();
    assert!(!asked.fresh);
    assert_eq!(
        asked.before["disconnect"],
        asked.manifest.functions["disconnect"].bytes
    );
    assert_eq!(project.calls(), 2);
}

#[test]
fn whatever_changes_it_is_built_again() {
    let mut project = Project::new();
    project.build(true).unwrap();
    let mut calls = 1;
    let mut stale = |project: &Project, what: &str| {
        project.build(true).unwrap();
        calls += 1;
        assert_eq!(project.calls(), calls, "{what}");
        assert!(project.build(true).unwrap().fresh, "{what}");
    };
    project.write("src/main.rs", "fn main() { loop {} }\n");
    stale(&project, "a source");
    project.write(".cargo/config.toml", "[net]\noffline = true\n");
    stale(&project, "cargo's configuration");
    project.script("zig", "echo 0.17.2");
    stale(&project, "the version of a tool");
    project
        .variables
        .push(("RUSTFLAGS", "-Cdebuginfo=1".to_owned()));
    stale(&project, "the environment");
    fs::remove_file(project.output("disconnect.zip")).unwrap();
    stale(&project, "a zip that has gone");
    fs::write(project.output("disconnect.zip"), "other").unwrap();
    stale(&project, "a zip that is another");
    fs::remove_file(project.output("manifest.json")).unwrap();
    stale(&project, "a manifest that has gone");
    fs::remove_file(project.output("note.json")).unwrap();
    stale(&project, "a note that has gone");
}

#[test]
fn after_a_build_that_failed_there_is_no_manifest() {
    let project = Project::new();
    project.build(true).unwrap();
    project.write("src/main.rs", "fn main() { nothing }\n");
    project.compiles("exit 101");
    let error = project.build(true).unwrap_err();
    assert!(matches!(error, BuildError::Failed { .. }), "{error}");
    assert!(!project.output("manifest.json").exists());
    // The sources are as they were, and still nobody knows what cargo has built.
    project.write("src/main.rs", "fn main() {}\n");
    project.compiles("");
    assert!(!project.build(true).unwrap().fresh);
}

#[test]
fn sources_that_change_while_they_are_built_are_built_again() {
    let project = Project::new();
    project.compiles("[ -e once ] || { touch once; sleep 0.1; echo >> src/main.rs; }");
    project.build(true).unwrap();
    assert_eq!(project.calls(), 2);

    project.compiles("sleep 0.1; echo >> src/main.rs");
    let error = project.build(false).unwrap_err();
    assert!(matches!(error, BuildError::Restless { .. }), "{error}");
    assert!(!project.output("manifest.json").exists());
}

#[test]
fn an_executable_for_another_processor_is_not_packed() {
    let project = Project::new();
    let other = Architecture::ALL
        .into_iter()
        .find(|it| *it != HERE)
        .unwrap();
    fs::write(project.path("executable"), executable(other)).unwrap();
    let error = project.build(true).unwrap_err();
    assert!(
        matches!(
            &error,
            BuildError::Unfit {
                source: ExecutableError::Machine { .. },
                ..
            }
        ),
        "{error}"
    );
    assert!(!project.output("manifest.json").exists());
}
