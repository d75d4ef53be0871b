//! What the pages of `docs/` say, held to the code.
//!
//! Numbers that are measured or reckoned stand between marks in the pages: `cargo xtask generate` writes them, and the tests
//! compare them. Rust in the pages is compiled as this crate's documentation tests; JSON is read by the types it is of. The
//! configuration in them is held to the program's types by the program's own tests, and commands to the arguments of the CLI
//! by the CLI's.

#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../../../docs/semantics.md")]
    struct Semantics;
    #[doc = include_str!("../../../docs/publishing.md")]
    struct Publishing;
}
