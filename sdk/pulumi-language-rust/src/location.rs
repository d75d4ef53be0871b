//! Where a program is.

use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::options::Options;
use crate::protocol::ProgramInfo;

/// The folders and options of one program.
#[derive(Clone, Debug)]
pub(crate) struct Location {
    /// The folder of Pulumi.yaml.
    pub(crate) root: PathBuf,
    /// The folder of the program.
    pub(crate) folder: PathBuf,
    pub(crate) options: Options,
}

impl Location {
    /// What the engine says of a program.
    ///
    /// # Errors
    /// When it does not say where it is, or an option is wrong.
    pub(crate) fn of(info: Option<&ProgramInfo>) -> Result<Self, Error> {
        let info = info.ok_or(Error::Request("where the program is"))?;
        let folder = PathBuf::from(&info.program_directory);
        if folder.as_os_str().is_empty() {
            return Err(Error::Request("where the program is"));
        }
        let root = match info.root_directory.as_str() {
            "" => folder.clone(),
            root => PathBuf::from(root),
        };
        Ok(Self {
            root,
            folder,
            options: Options::parse(info.options.as_ref())?,
        })
    }

    /// The executable to run as it is, where one is named.
    ///
    /// # Errors
    /// When it is not there.
    pub(crate) fn binary(&self) -> Result<Option<PathBuf>, Error> {
        let Some(binary) = &self.options.binary else {
            return Ok(None);
        };
        let path = self.root.join(binary);
        if path.is_file() {
            Ok(Some(path))
        } else {
            Err(Error::NoBinary { path })
        }
    }

    /// The Cargo.toml of the program's package or of the workspace around it, as cargo finds it.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn manifest(&self) -> Result<PathBuf, Error> {
        let mut places = self.folder.ancestors().map(manifest_in);
        places
            .find(|manifest| manifest.is_file())
            .ok_or_else(|| Error::NoManifest {
                folder: self.folder.clone(),
            })
    }
}

fn manifest_in(folder: &Path) -> PathBuf {
    folder.join("Cargo.toml")
}
