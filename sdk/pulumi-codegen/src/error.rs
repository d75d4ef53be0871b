//! What can go wrong.

use std::path::PathBuf;

/// Bindings cannot be generated, written or checked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A component that its provider makes.
    #[error("`{0}` is a remote component, which the SDK does not construct")]
    RemoteComponent(String),
    /// The package is made of another one's provider by parameters.
    #[error(
        "the package is parameterized: its provider must be told its parameters at run time, which the SDK does not do"
    )]
    Parameterized,
    /// The schema is not one.
    #[error("the schema cannot be read")]
    Schema(#[source] serde_json::Error),
    /// The list names something that the schema does not have.
    #[error("line {line} of the list: the schema has no resource `{token}`")]
    UnknownResource {
        /// The token.
        token: String,
        /// Where the list has it.
        line: usize,
    },
    /// The list leaves out a property that there is not.
    #[error("line {line} of the list: `{token}` has no property `{property}` to leave out")]
    UnknownProperty {
        /// The resource.
        token: String,
        /// The property.
        property: String,
        /// Where the list has it.
        line: usize,
    },
    /// The list names a resource twice.
    #[error("line {line} of the list: `{token}` is listed twice")]
    DuplicateResource {
        /// The token.
        token: String,
        /// Where the list has it again.
        line: usize,
    },
    /// Something is not a token.
    #[error("`{0}` is not a token of the form `package:module:Name`")]
    InvalidToken(String),
    /// A property refers to something that the schema does not have.
    #[error("`{property}` refers to the unknown `{reference}`")]
    UnknownReference {
        /// What the property refers to.
        reference: String,
        /// The property with the type it belongs to.
        property: String,
    },
    /// A property has a shape that has no binding.
    #[error("`{property}` has a type that is not supported: {problem}")]
    UnsupportedType {
        /// The property with the type it belongs to.
        property: String,
        /// What is unusual about it.
        problem: String,
    },
    /// A type requires a property that it does not have.
    #[error("`{owner}` requires `{property}` but has no such property")]
    UnknownRequired {
        /// The type.
        owner: String,
        /// The property.
        property: String,
    },
    /// Two things would have the same name in Rust.
    #[error("`{first}` and `{second}` would both be `{name}`")]
    NameClash {
        /// The name in Rust.
        name: String,
        /// One of them.
        first: String,
        /// The other.
        second: String,
    },
    /// The generator wrote something that is not Rust: a bug in it.
    #[error("the generated `{path}` is not valid Rust", path = path.display())]
    InvalidRust {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        #[source]
        source: syn::Error,
    },
    /// A file cannot be read or written.
    #[error("cannot {action} `{path}`", path = path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// What is on disk is not what would be generated.
    #[error(
        "the generated code is not up to date, run `cargo xtask generate`: {}",
        display(.files)
    )]
    Drift {
        /// The files that differ, are missing or should not be there.
        files: Vec<PathBuf>,
    },
}

fn display(files: &[PathBuf]) -> String {
    let names: Vec<_> = files
        .iter()
        .map(|file| format!("`{}`", file.display()))
        .collect();
    names.join(", ")
}
