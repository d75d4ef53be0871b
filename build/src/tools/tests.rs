use std::ffi::OsString;
use std::fs;
use std::process::Command;

use minisign::KeyPair;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::*;

/// A machine whose programs are scripts, and where nothing can be downloaded unless a test puts it there.
struct Scripted {
    folder: TempDir,
    /// With which zig is signed here.
    keys: KeyPair,
}

impl Scripted {
    fn new() -> Self {
        let scripted = Self {
            folder: tempfile::tempdir().unwrap(),
            keys: KeyPair::generate_unencrypted_keypair().unwrap(),
        };
        for folder in ["first", "second", "tools", "releases"] {
            fs::create_dir(scripted.path(folder)).unwrap();
        }
        scripted
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn script(&self, name: &str, text: &str) {
        let path = self.path(name);
        tidegate_test_scripts::write(&path, text);
    }

    fn machine(&self) -> Machine {
        let folders = ["first", "second"].map(|folder| self.path(folder));
        let system = ["/usr/bin", "/bin"].map(PathBuf::from);
        let path = std::env::join_paths(folders.into_iter().chain(system)).unwrap();
        let home = self.folder.path().as_os_str().to_owned();
        Machine::new(
            [("PATH", path), ("HOME", home)].map(|(name, value)| (OsString::from(name), value)),
        )
    }

    fn get(&self, wanted: &Wanted) -> Result<Tool, ToolError> {
        let url = format!("file://{}", self.path("releases").display());
        let source = download::Source::below(&url, &self.keys.pk.to_base64());
        wanted.get(&self.machine(), &self.path("tools"), &source, &|_| {})
    }

    /// An archive as it is released: a folder with the executable.
    fn archive(&self, name: &str, executable: &str) -> Vec<u8> {
        self.script(&format!("release/{executable}"), "echo released");
        let archive = self.path("releases").join(name);
        fs::create_dir_all(archive.parent().unwrap()).unwrap();
        let packed = Command::new("tar")
            .arg("-czf")
            .arg(&archive)
            .arg("-C")
            .arg(self.folder.path())
            .arg("release")
            .status();
        assert!(packed.unwrap().success());
        fs::read(archive).unwrap()
    }

    /// Releases this as zig, signed by its makers under this name.
    fn release_zig(&self, archive: &[u8], signed: &[u8], name: &str) {
        let tarball = self.path("releases/zig.tar.xz");
        fs::write(&tarball, archive).unwrap();
        let comment = format!("timestamp:1790000000\tfile:{name}\thashed");
        let signature = minisign::sign(None, &self.keys.sk, signed, Some(&comment), None).unwrap();
        let beside = self.path("releases/zig.tar.xz.minisig");
        fs::write(beside, signature.to_string()).unwrap();
        let platform = format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS);
        let tarball = format!("file://{}", tarball.display());
        let download =
            serde_json::json!({"tarball": tarball, "shasum": hexadecimal(archive), "size": "1"});
        let index = serde_json::json!({ ZIG.version: { "date": "", platform: download } });
        fs::write(self.path("releases/index.json"), index.to_string()).unwrap();
    }

    /// A pip that installs what it is told to, and notes how it was called.
    fn pip(&self) {
        self.script(
            "first/python3",
            r#"echo "$@" > "$(dirname "$0")/called"
               while [ "$1" != --target ]; do shift; done
               mkdir -p "$2/bin" "$2/ziglang"
               for tool in "$2/bin/cargo-zigbuild" "$2/ziglang/zig"; do
                 printf '#!/bin/sh\necho from PyPI\n' > "$tool"
                 chmod +x "$tool"
               done"#,
        );
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn one_on_the_path_is_taken_the_first_that_works() {
    let scripted = Scripted::new();
    scripted.script("first/zig", "exit 1");
    scripted.script("second/zig", "[ $1 = version ] && echo 0.16.0");
    let tool = scripted.get(&ZIG).unwrap();
    assert_eq!(tool.path, scripted.path("second/zig"));
    assert_eq!(tool.version, "0.16.0");
}

#[test]
fn one_that_cargo_has_installed_is_taken() {
    let scripted = Scripted::new();
    scripted.script(".cargo/bin/cargo-zigbuild", "echo cargo-zigbuild 0.22.0");
    let tool = scripted.get(&CARGO_ZIGBUILD).unwrap();
    assert_eq!(tool.version, "cargo-zigbuild 0.22.0");
}

#[test]
fn the_official_download_is_checked_unpacked_and_kept() {
    let scripted = Scripted::new();
    let archive = scripted.archive("zig.tar.xz", "zig");
    scripted.release_zig(&archive, &archive, "zig.tar.xz");
    let tool = scripted.get(&ZIG).unwrap();
    assert_eq!(tool.version, "released");
    // The next time it is there.
    fs::remove_dir_all(scripted.path("releases")).unwrap();
    assert_eq!(scripted.get(&ZIG).unwrap(), tool);
    assert_eq!(fs::read_dir(scripted.path("tools")).unwrap().count(), 1);
}

#[test]
fn a_zig_that_its_makers_did_not_sign_under_its_name_is_not_taken() {
    let scripted = Scripted::new();
    scripted.script("first/python3", "exit 1");
    let archive = scripted.archive("zig.tar.xz", "zig");
    let refused = || scripted.get(&ZIG).unwrap_err().to_string();
    scripted.release_zig(&archive, b"another", "zig.tar.xz");
    assert!(refused().contains("the signature of"), "{}", refused());
    scripted.release_zig(&archive, &archive, "zig-0.1.tar.xz");
    assert!(
        refused().contains("not of a file named zig.tar.xz"),
        "{}",
        refused()
    );
    fs::remove_file(scripted.path("releases/zig.tar.xz.minisig")).unwrap();
    assert!(refused().contains("zig.tar.xz.minisig"), "{}", refused());
    scripted.release_zig(&archive, &archive, "zig.tar.xz");
    let stranger = KeyPair::generate_unencrypted_keypair().unwrap();
    let scripted = Scripted {
        keys: stranger,
        ..scripted
    };
    assert!(
        scripted
            .get(&ZIG)
            .unwrap_err()
            .to_string()
            .contains("the signature of")
    );
}

#[test]
fn what_was_not_released_is_not_taken_and_pypi_is_asked() {
    let scripted = Scripted::new();
    scripted.pip();
    for (arch, os) in [("x86_64", "linux-musl"), ("aarch64", "linux-gnu")] {
        let name = format!(
            "v{}/cargo-zigbuild-{arch}-unknown-{os}.tar.xz",
            CARGO_ZIGBUILD.version
        );
        scripted.archive(&name, "cargo-zigbuild");
        let checksum = scripted.path("releases").join(format!("{name}.sha256"));
        fs::write(checksum, "00ff *cargo-zigbuild.tar.xz\n").unwrap();
    }
    let tool = scripted.get(&CARGO_ZIGBUILD).unwrap();
    assert_eq!(tool.version, "from PyPI");
    let called = fs::read_to_string(scripted.path("first/called")).unwrap();
    for word in ["pip install", "--require-hashes", "--only-binary=:all:"] {
        assert!(called.contains(word), "{called}");
    }
}

#[test]
fn where_nothing_does_it_says_what_was_tried_and_what_to_do() {
    let scripted = Scripted::new();
    scripted.script(
        "first/cargo-zigbuild",
        "echo 'no such instruction' >&2; exit 1",
    );
    scripted.script("first/python3", "echo 'No module named pip' >&2; exit 1");
    let error = scripted.get(&CARGO_ZIGBUILD).unwrap_err().to_string();
    for told in [
        "no such instruction",
        "its official download: file://",
        "its package on PyPI: `python3` failed (exit status: 1): No module named pip",
        "cargo install cargo-zigbuild --locked",
    ] {
        assert!(error.contains(told), "{told} is not in: {error}");
    }
    assert_eq!(fs::read_dir(scripted.path("tools")).unwrap().count(), 0);
}

#[test]
fn the_pinned_hashes_are_of_the_pinned_versions() {
    for (wanted, package) in [(&CARGO_ZIGBUILD, "cargo-zigbuild"), (&ZIG, "ziglang")] {
        let pinned = format!("{package}=={} ", wanted.version);
        assert!(
            wanted.requirement.starts_with(&pinned),
            "{}",
            wanted.requirement
        );
        assert!(wanted.requirement.matches("--hash=sha256:").count() >= 3);
    }
}

#[test]
fn the_official_downloads_speak_https_and_nothing_else() {
    let scripted = Scripted::new();
    scripted.script(
        "first/curl",
        r#"echo "$@" >> "$(dirname "$0")/called"; exit 22"#,
    );
    scripted.script("first/python3", "exit 1");
    for wanted in [&ZIG, &CARGO_ZIGBUILD] {
        let (machine, tools) = (scripted.machine(), scripted.path("tools"));
        let official = download::Source::official();
        assert!(wanted.get(&machine, &tools, &official, &|_| {}).is_err());
    }
    let called = fs::read_to_string(scripted.path("first/called")).unwrap();
    assert_eq!(called.lines().count(), 2, "{called}");
    for line in called.lines() {
        assert!(
            line.contains("--proto =https --proto-redir =https https://"),
            "{line}"
        );
    }
}
