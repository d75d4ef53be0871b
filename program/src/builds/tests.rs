use std::fs;

use serde_json::{Value, json};

use super::*;

fn zips(architecture: &str) -> Value {
    let functions = Function::ALL.map(|function| {
        let zip = format!(".tidegate/build/{architecture}/{function}.zip");
        let built = json!({"zip": zip, "sha256": "aGk=", "bytes": 2});
        (function.name().to_owned(), built)
    });
    let functions: serde_json::Map<String, Value> = functions.into_iter().collect();
    json!({"architecture": architecture, "functions": functions})
}

fn load(manifest: &Value, architecture: Architecture) -> Result<Builds, BuildsError> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("m.json"), manifest.to_string()).unwrap();
    let source = CodeSource::Manifest("m.json".into());
    Builds::load(Some(folder.path()), &source, architecture)
}

#[test]
fn a_zip_is_uploaded_as_it_is_with_its_hash() {
    let builds = load(&zips("arm64"), Architecture::Arm64).unwrap();
    let code = builds.code(Function::Message).unwrap();
    let Archive::File(path) = &code.archive else {
        panic!("{code:?}");
    };
    assert_eq!(path, ".tidegate/build/arm64/message.zip");
    assert_eq!(code.source_code_hash.as_deref(), Some("aGk="));
    assert_eq!(code.architecture, Architecture::Arm64);
}

#[test]
fn an_executable_of_this_machine_is_put_into_an_archive() {
    let manifest = json!({"functions": {"message": {"bootstrap": "/builds/message"}}});
    let builds = load(&manifest, Architecture::X86_64).unwrap();
    let code = builds.code(Function::Message).unwrap();
    assert!(matches!(code.archive, Archive::Assets(_)), "{code:?}");
    assert_eq!(code.source_code_hash, None);
    let error = builds.code(Function::Connect).unwrap_err().to_string();
    assert!(
        error.ends_with("has no function `connect`: build again"),
        "{error}"
    );
}

#[test]
fn a_build_for_another_architecture_is_refused_with_what_to_do() {
    let error = load(&zips("x86_64"), Architecture::Arm64).unwrap_err();
    let error = error.to_string();
    assert!(
        error.ends_with("is for x86_64, and the stack wants arm64: build with `tidegate build --architecture arm64`"),
        "{error}"
    );
}

/// A cargo that notes where and how it was called, and then does as the script says.
fn with_cargo(script: &str) -> (tempfile::TempDir, Result<Builds, BuildsError>) {
    let folder = tempfile::tempdir().unwrap();
    let cargo = folder.path().join("cargo");
    tidegate_test_scripts::write(&cargo, &format!("echo \"$@\" > called\n{script}"));
    let source = CodeSource::Build { cargo };
    let builds = Builds::load(Some(folder.path()), &source, Architecture::Arm64);
    (folder, builds)
}

#[test]
fn what_nobody_has_built_is_built_in_the_projects_folder() {
    let manifest = zips("arm64");
    let (folder, builds) = with_cargo(&format!("echo '{manifest}'"));
    let code = builds.unwrap().code(Function::Connect).unwrap();
    assert!(matches!(code.archive, Archive::File(_)), "{code:?}");
    let called = fs::read_to_string(folder.path().join("called")).unwrap();
    assert_eq!(
        called.trim(),
        "run --quiet --package tidegate-build -- --if-stale --json --architecture arm64"
    );
}

#[test]
fn what_cannot_be_built_is_not_declared() {
    let (_folder, builds) = with_cargo("echo 'error[E0308]: mismatched types' >&2; exit 1");
    let error = builds.unwrap_err();
    assert!(matches!(error, BuildsError::NotBuilt { .. }), "{error}");
    let (_folder, builds) = with_cargo("echo 'not a manifest'");
    let error = builds.unwrap_err();
    assert!(matches!(error, BuildsError::Invalid { .. }), "{error}");
}

#[test]
fn a_cargo_that_is_not_there_is_named() {
    let source = CodeSource::Build {
        cargo: "/nowhere/cargo".into(),
    };
    let error = Builds::load(None, &source, Architecture::Arm64).unwrap_err();
    assert!(
        error.to_string().contains("cannot start /nowhere/cargo"),
        "{error}"
    );
}
