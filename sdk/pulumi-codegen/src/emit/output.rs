//! Writes the outputs of resources and functions.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::{doc, rust_type};
use crate::plan::Property;

/// The field that holds an output.
pub(super) fn field(output: &Property, module: &str) -> TokenStream {
    let doc = doc::output(output);
    let field = format_ident!("{}", output.rust_name);
    let kind = rust_type::tokens(&output.kind.as_output(), module);
    let kind = if output.required {
        kind
    } else {
        quote!(Option<#kind>)
    };
    quote! {
        #doc
        pub #field: pulumi::Output<#kind>,
    }
}

/// What the field is filled with.
pub(super) fn read(output: &Property, from: &Ident) -> TokenStream {
    let field = format_ident!("{}", output.rust_name);
    let property = &output.name;
    quote!(#field: #from.output(#property),)
}
