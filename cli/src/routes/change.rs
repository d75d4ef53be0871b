//! Changes of files, all of them or none.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// What becomes of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// From the project's folder.
    pub(crate) path: PathBuf,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    /// The lines that it is about: all of them, or those that are put in or taken out.
    pub(crate) lines: String,
}

/// What kind of a change it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Create,
    Edit,
    Remove,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Edit => "edit",
            Self::Remove => "remove",
        }
    }
}

impl Change {
    pub(crate) fn create(path: PathBuf, text: String) -> Self {
        Self {
            path,
            before: None,
            lines: text.clone(),
            after: Some(text),
        }
    }

    pub(crate) fn edit(path: &str, before: &str, after: String, lines: String) -> Self {
        Self {
            path: path.into(),
            before: Some(before.to_owned()),
            after: Some(after),
            lines,
        }
    }

    pub(crate) const fn kind(&self) -> Kind {
        match (&self.before, &self.after) {
            (None, _) => Kind::Create,
            (_, None) => Kind::Remove,
            _ => Kind::Edit,
        }
    }
}

/// The removal of every file in a folder.
pub(crate) fn remove_folder(root: &Path, folder: &Path) -> anyhow::Result<Vec<Change>> {
    let mut changes = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let unreadable = || format!("{} cannot be read", folder.display());
        let entries = match fs::read_dir(root.join(&folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error).with_context(unreadable),
        };
        for entry in entries {
            let entry = entry.with_context(unreadable)?;
            let path = folder.join(entry.file_name());
            // A link is removed as the link that it is, and never followed.
            if entry.file_type().with_context(unreadable)?.is_dir() {
                open.push(path);
                continue;
            }
            let bytes = fs::read(root.join(&path)).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            changes.push(Change {
                path,
                lines: text.clone(),
                before: Some(text),
                after: None,
            });
        }
    }
    changes.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(changes)
}

/// Makes the changes. If one fails, those before it are taken back.
pub(crate) fn apply(root: &Path, changes: &[Change]) -> anyhow::Result<()> {
    for (index, change) in changes.iter().enumerate() {
        let made = put(root, &change.path, change.after.as_deref());
        if let Err(error) = made {
            for change in changes[..index].iter().rev() {
                let path = change.path.display();
                put(root, &change.path, change.before.as_deref())
                    .with_context(|| format!("{path} could not be put back as it was"))?;
            }
            let path = change.path.display();
            let problem = format!("{path} could not be written, and nothing was changed");
            return Err(error).context(problem);
        }
    }
    Ok(())
}

fn put(root: &Path, path: &Path, text: Option<&str>) -> io::Result<()> {
    let file = root.join(path);
    match text {
        Some(text) => {
            if let Some(folder) = file.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(&file, text)
        }
        None => {
            fs::remove_file(&file)?;
            // What is left empty goes too; what is not cannot be removed.
            for folder in path.ancestors().skip(1) {
                if folder.as_os_str().is_empty() || fs::remove_dir(root.join(folder)).is_err() {
                    break;
                }
            }
            Ok(())
        }
    }
}
