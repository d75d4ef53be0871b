//! How large the functions' code is, as manifests of builds say.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use thiserror::Error;

/// What a manifest of `tidegate build` says of sizes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sizes {
    /// What it was built for, where the manifest says so.
    pub architecture: Option<String>,
    by_function: BTreeMap<String, Option<u64>>,
}

/// A function's archive before and after a change, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SizeChange {
    /// The function.
    pub function: String,
    /// Before, where it was there.
    pub before: Option<u64>,
    /// After, unless it goes.
    pub after: Option<u64>,
}

/// A file that is no manifest of builds, or none that tells sizes.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InvalidManifest {
    /// It has another shape.
    #[error("it is no manifest of builds")]
    Shape(#[source] serde_json::Error),
    /// It is for running on this machine.
    #[error("it says of no function how large its archive is: write it with `tidegate build`")]
    WithoutSizes,
}

#[derive(Deserialize)]
struct Manifest {
    architecture: Option<String>,
    functions: BTreeMap<String, Build>,
}

#[derive(Deserialize)]
struct Build {
    bytes: Option<u64>,
}

impl Sizes {
    /// Reads a manifest that `tidegate build` wrote.
    ///
    /// # Errors
    /// When it is none, or one without sizes.
    pub fn read(text: &[u8]) -> Result<Self, InvalidManifest> {
        let manifest: Manifest = serde_json::from_slice(text).map_err(InvalidManifest::Shape)?;
        let builds = manifest.functions.into_iter();
        let by_function: BTreeMap<_, _> = builds
            .map(|(function, build)| (function, build.bytes))
            .collect();
        if by_function.values().all(Option::is_none) {
            return Err(InvalidManifest::WithoutSizes);
        }
        Ok(Self {
            architecture: manifest.architecture,
            by_function,
        })
    }

    /// Every function of either, in order.
    #[must_use]
    pub fn since(&self, base: Option<&Self>) -> Vec<SizeChange> {
        let of = |sizes: &Self, function: &str| sizes.by_function.get(function).copied().flatten();
        let names = self.by_function.keys();
        let others = base.into_iter().flat_map(|base| base.by_function.keys());
        let names: BTreeSet<&String> = names.chain(others).collect();
        let changes = names.into_iter().map(|function| SizeChange {
            function: function.clone(),
            before: base.and_then(|base| of(base, function)),
            after: of(self, function),
        });
        changes.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Sizes, InvalidManifest> {
        Sizes::read(text.as_bytes())
    }

    #[test]
    fn sizes_are_compared_function_by_function() {
        let base = r#"{"architecture": "arm64", "functions": {"gone": {"bytes": 1}, "message": {"zip": "m.zip", "sha256": "a", "bytes": 10}}}"#;
        let new = r#"{"functions": {"message": {"bytes": 12}, "new": {"bytes": 3}}}"#;
        let (base, new) = (read(base).unwrap(), read(new).unwrap());
        let changes = new.since(Some(&base)).into_iter();
        let changes: Vec<_> = changes
            .map(|it| (it.function, it.before, it.after))
            .collect();
        assert_eq!(
            changes,
            [
                ("gone".to_owned(), Some(1), None),
                ("message".to_owned(), Some(10), Some(12)),
                ("new".to_owned(), None, Some(3)),
            ]
        );
        assert_eq!(new.since(None).len(), 2);
    }

    #[test]
    fn a_manifest_of_executables_is_refused_with_what_would_do() {
        let error = read(r#"{"functions": {"message": {"bootstrap": "/b"}}}"#).unwrap_err();
        assert!(error.to_string().contains("tidegate build"), "{error}");
        for wrong in ["", "[]", r#"{"functions": {"message": {"bytes": -1}}}"#] {
            assert!(
                matches!(read(wrong), Err(InvalidManifest::Shape(_))),
                "{wrong}"
            );
        }
    }
}
