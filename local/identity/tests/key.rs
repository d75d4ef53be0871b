//! The signing key is kept: whole, private, and one for all.

use std::os::unix::fs::PermissionsExt;
use std::sync::Barrier;
use std::{fs, thread};

use serde_json::{Value, json};
use tidegate_local_identity::{KeyError, SigningKey};

fn public(key: &SigningKey) -> Value {
    json!(key.public())
}

#[test]
fn two_starts_give_the_same_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state").join("key.pem");
    let first = SigningKey::load_or_generate(&path).unwrap();
    let second = SigningKey::load_or_generate(&path).unwrap();
    assert_eq!(public(&first), public(&second));

    let published = public(&first);
    let key = &published["keys"][0];
    assert_eq!(
        (&key["kty"], &key["alg"], &key["use"]),
        (&json!("RSA"), &json!("RS256"), &json!("sig"))
    );
    assert!(key["kid"].is_string());
    assert_eq!(key["d"], Value::Null, "only the public half is published");
}

#[test]
fn another_folder_has_another_key() {
    let folder = tempfile::tempdir().unwrap();
    let one = SigningKey::load_or_generate(&folder.path().join("one")).unwrap();
    let two = SigningKey::load_or_generate(&folder.path().join("two")).unwrap();
    assert_ne!(
        public(&one)["keys"][0]["kid"],
        public(&two)["keys"][0]["kid"]
    );
}

#[test]
fn the_file_is_only_for_its_owner_and_nothing_else_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pem");
    SigningKey::load_or_generate(&path).unwrap();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(
        fs::read_to_string(&path)
            .unwrap()
            .starts_with("-----BEGIN PRIVATE KEY-----")
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn of_several_that_start_at_once_all_have_the_same_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pem");
    let start = Barrier::new(4);
    let kids = thread::scope(|scope| {
        let starts: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    public(&SigningKey::load_or_generate(&path).unwrap())
                })
            })
            .collect();
        let keys = starts.into_iter().map(|started| started.join().unwrap());
        keys.collect::<Vec<_>>()
    });
    let kept = public(&SigningKey::load_or_generate(&path).unwrap());
    assert_eq!(kids, vec![kept; 4]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_file_that_holds_something_else_is_left_alone_and_named() {
    let folder = tempfile::tempdir().unwrap();
    for text in [
        "",
        "hello",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    ] {
        let path = folder.path().join("key.pem");
        fs::write(&path, text).unwrap();
        let error = SigningKey::load_or_generate(&path).unwrap_err();
        assert!(matches!(error, KeyError::Unreadable { .. }), "{error}");
        assert!(
            error.to_string().contains("key.pem holds no RSA key"),
            "{error}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
    let not_a_folder = folder.path().join("key.pem").join("key.pem");
    let error = SigningKey::load_or_generate(&not_a_folder).unwrap_err();
    assert!(matches!(error, KeyError::File { .. }), "{error}");
}
