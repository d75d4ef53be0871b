//! The projects that are measured, but for that of the workspace itself.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

/// The executable of the program of any size.
pub(super) const SERVICES: &str = "tidegate-services-program";

/// A size of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    /// The stack of that size.
    pub(super) stack: &'static str,
    services: u32,
}

impl Size {
    /// How many resources that makes: nine of each service, and seven that they share; components and the stack count.
    pub(super) fn resources(self) -> u32 {
        9 * self.services + 7
    }
}

/// About as many resources as Tidegate has.
pub(super) const SMALL: Size = Size {
    stack: "small",
    services: 5,
};

/// As many resources as a stack in production has.
pub(super) const LARGE: Size = Size {
    stack: "large",
    services: 22,
};

/// Both.
pub(super) const SIZES: [Size; 2] = [SMALL, LARGE];

/// Writes the project file of the program of any size.
pub(super) fn write_services(folder: &Path, runtime: &Value, plugins: &Value) -> Result<()> {
    let project = json!({"name": "services", "runtime": runtime, "plugins": plugins});
    write(&folder.join("Pulumi.yaml"), &project.to_string())
}

/// Writes the configuration of its stacks. All functions have the code in `bootstrap`.
pub(super) fn write_stacks(folder: &Path, bootstrap: &Path) -> Result<()> {
    write(bootstrap, "#!/bin/sh\n")?;
    for Size { stack, services } in SIZES {
        let config = json!({"config": {
            "aws:region": "us-east-1",
            "services:count": services,
            "services:bootstrap": bootstrap,
        }});
        let file = folder.join(format!("Pulumi.{stack}.yaml"));
        write(&file, &config.to_string())?;
    }
    Ok(())
}

/// Writes a file. JSON is YAML too.
pub(super) fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}

/// Makes a folder, and those above it.
pub(super) fn folder(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).with_context(|| format!("{} cannot be made", path.display()))
}
