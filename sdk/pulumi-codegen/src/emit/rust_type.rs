//! Types in Rust, as tokens.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::token::Place;
use crate::types::Type;

/// The type, as seen from a file in `module`.
pub(super) fn tokens(kind: &Type, module: &str) -> TokenStream {
    match kind {
        Type::String | Type::OpenEnum(_) => quote!(String),
        Type::Bool => quote!(bool),
        Type::Integer => quote!(i64),
        Type::Number => quote!(f64),
        Type::Asset => quote!(pulumi::Asset),
        Type::Archive => quote!(pulumi::Archive),
        Type::Any => quote!(pulumi::PropertyValue),
        Type::List(inner) => {
            let inner = tokens(inner, module);
            quote!(Vec<#inner>)
        }
        Type::Map(inner) => {
            let inner = tokens(inner, module);
            quote!(std::collections::BTreeMap<String, #inner>)
        }
        Type::Object(nested) | Type::Enum(nested) => path(&nested.place, module),
    }
}

fn path(place: &Place, module: &str) -> TokenStream {
    let name = format_ident!("{}", place.name);
    if place.module == module {
        quote!(super::#name)
    } else {
        let module = format_ident!("{}", place.module);
        quote!(super::super::#module::#name)
    }
}
