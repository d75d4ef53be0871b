//! Projects to run.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use prost_types::value::Kind;
use prost_types::{Struct, Value};
use pulumi_language_rust::protocol::{ProgramInfo, RunRequest};

/// A folder with a program, until this is dropped.
pub(crate) struct Project {
    folder: tempfile::TempDir,
    options: BTreeMap<&'static str, Kind>,
}

/// The source of the program that does what its arguments say.
const PROGRAM: &str = include_str!("../program.rs");

impl Project {
    /// A folder with nothing in it.
    pub(crate) fn empty() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            options: BTreeMap::new(),
        }
    }

    /// The program, built already.
    pub(crate) fn prebuilt() -> Self {
        Self::empty().option("binary", program().to_str().unwrap())
    }

    /// The program as a package for cargo to build.
    pub(crate) fn package(name: &str) -> Self {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n"
        );
        Self::empty()
            .file("Cargo.toml", &manifest)
            .file("src/main.rs", PROGRAM)
    }

    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        self.write(path, text);
        self
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.folder().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn option(self, name: &'static str, value: &str) -> Self {
        self.option_of(name, Kind::StringValue(value.to_owned()))
    }

    pub(crate) fn option_of(mut self, name: &'static str, value: Kind) -> Self {
        self.options.insert(name, value);
        self
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where cargo may build it.
    pub(crate) fn target(&self) -> PathBuf {
        self.folder().join("target")
    }

    /// What the engine says of it.
    pub(crate) fn info(&self) -> ProgramInfo {
        let folder = self.folder().to_str().unwrap().to_owned();
        let options = self.options.iter().map(|(name, kind)| {
            let kind = Some(kind.clone());
            ((*name).to_owned(), Value { kind })
        });
        ProgramInfo {
            root_directory: folder.clone(),
            program_directory: folder,
            entry_point: ".".into(),
            options: Some(Struct {
                fields: options.collect(),
            }),
        }
    }

    /// A request to run it.
    pub(crate) fn request(&self, arguments: &[&str]) -> RunRequest {
        RunRequest {
            project: "shop".into(),
            stack: "dev".into(),
            pwd: self.folder().to_str().unwrap().to_owned(),
            args: arguments.iter().map(|one| (*one).to_owned()).collect(),
            config: HashMap::from([
                ("shop:size".into(), "3".into()),
                ("shop:key".into(), "hunter2".into()),
            ]),
            config_secret_keys: vec!["shop:key".into()],
            dry_run: true,
            parallel: 16,
            monitor_address: "127.0.0.1:1".into(),
            info: Some(self.info()),
            ..RunRequest::default()
        }
    }
}

/// The program, built once for all tests, and without cargo.
pub(crate) fn program() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        // Whole or not at all: these tests may run twice at once.
        let new = tempfile::tempdir_in(folder).unwrap();
        let source = new.path().join("program.rs");
        std::fs::write(&source, PROGRAM).unwrap();
        let built = new.path().join("program");
        let mut rustc = Command::new("rustc");
        let rustc = rustc.args(["--edition=2024", "-o"]).args([&built, &source]);
        assert!(rustc.status().unwrap().success());
        let path = folder.join("program");
        std::fs::rename(built, &path).unwrap();
        path
    })
}
