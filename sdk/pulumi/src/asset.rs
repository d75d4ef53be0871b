//! Blobs and collections of blobs, such as the code of a function.

use std::collections::BTreeMap;
use std::fmt;

/// A blob. The engine reads files and addresses itself, when it needs them.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Asset {
    /// The text itself.
    Text(String),
    /// A file, by a path relative to the directory that the program runs in.
    File(String),
    /// Something to be fetched, by its address.
    Remote(String),
}

impl Asset {
    /// An asset of this text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// An asset of the file at this path.
    pub fn file(path: impl Into<String>) -> Self {
        Self::File(path.into())
    }

    /// An asset fetched from this address (`https`, `http` or `file`).
    pub fn remote(uri: impl Into<String>) -> Self {
        Self::Remote(uri.into())
    }
}

impl fmt::Debug for Asset {
    // A text can be a whole file, or a credential: its length is enough.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Remote(uri) => f.debug_tuple("Remote").field(uri).finish(),
        }
    }
}

/// A collection of blobs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Archive {
    /// A directory, or a `.zip`, `.tar` or `.tar.gz` file.
    File(String),
    /// An archive file to be fetched, by its address.
    Remote(String),
    /// An archive put together from its parts: each path with what stands there.
    Assets(BTreeMap<String, AssetOrArchive>),
}

/// A part of an [`Archive`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AssetOrArchive {
    /// One file.
    Asset(Asset),
    /// A directory.
    Archive(Archive),
}

impl Archive {
    /// An archive of the directory or archive file at this path.
    pub fn file(path: impl Into<String>) -> Self {
        Self::File(path.into())
    }

    /// An archive fetched from this address.
    pub fn remote(uri: impl Into<String>) -> Self {
        Self::Remote(uri.into())
    }

    /// An archive of these parts.
    pub fn assets<K, V>(parts: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: Into<String>,
        V: Into<AssetOrArchive>,
    {
        Self::Assets(
            parts
                .into_iter()
                .map(|(path, part)| (path.into(), part.into()))
                .collect(),
        )
    }
}

impl From<Asset> for AssetOrArchive {
    fn from(asset: Asset) -> Self {
        Self::Asset(asset)
    }
}

impl From<Archive> for AssetOrArchive {
    fn from(archive: Archive) -> Self {
        Self::Archive(archive)
    }
}
