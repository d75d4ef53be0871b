//! Writes the modules that hold the files together.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::doc;
use crate::token::Place;

/// A module of the package.
pub(super) fn emit(name: &str, places: &BTreeSet<&Place>) -> TokenStream {
    let module_doc = super::builder::inner_doc(doc::line(&format!("The module `{name}`.")));
    let files: BTreeSet<_> = places.iter().map(|place| place.file_stem()).collect();
    let files = files.iter().map(|file| format_ident!("{file}"));
    let exports = places.iter().map(|place| {
        let file = format_ident!("{}", place.file_stem());
        quote!(pub use self::#file::*;)
    });
    quote! {
        #module_doc
        #(mod #files;)*
        #(#exports)*
    }
}

/// The root of the bindings.
pub(super) fn emit_root<'a>(version: &str, modules: impl Iterator<Item = &'a str>) -> TokenStream {
    let module_doc = super::builder::inner_doc(doc::line("The bindings, by module."));
    let modules = modules.map(|module| format_ident!("{module}"));
    quote! {
        #module_doc
        #(pub mod #modules;)*
        pub mod missing;

        /// The version of the provider that these bindings are of, and that their resources are managed with.
        pub const VERSION: &str = #version;
    }
}
