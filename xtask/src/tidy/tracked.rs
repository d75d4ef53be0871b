//! The files that are in git, or would be with the next `git add`.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;

/// A text file of ours.
pub(crate) struct File {
    /// From the workspace's root, with slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// All of them but what is not text; `None` outside a git checkout.
pub(crate) fn files(root: &Path) -> Result<Option<Vec<File>>> {
    let mut command = Command::new("git");
    command
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root);
    let Some(list) = process::output_of(&mut command) else {
        return Ok(None);
    };
    let mut files = Vec::new();
    for path in list.split('\0').filter(|path| !path.is_empty()) {
        let full = root.join(path);
        // Deleted but not yet staged, or a symbolic link.
        if !full.symlink_metadata().is_ok_and(|meta| meta.is_file()) {
            continue;
        }
        let bytes =
            std::fs::read(&full).with_context(|| format!("could not read {}", full.display()))?;
        if let Ok(text) = String::from_utf8(bytes) {
            files.push(File {
                path: path.into(),
                text,
            });
        }
    }
    Ok(Some(files))
}
