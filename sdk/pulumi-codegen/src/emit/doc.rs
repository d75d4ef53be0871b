//! Documentation of generated items.

use proc_macro2::TokenStream;
use quote::quote;

use crate::plan::Property;

/// A documentation line.
pub(super) fn line(text: &str) -> TokenStream {
    let text = format!(" {text}");
    quote!(#[doc = #text])
}

/// What there is to know about an input.
pub(super) fn input(property: &Property) -> TokenStream {
    let mut text = format!("`{}`", property.name);
    text.push_str(if property.required {
        ", required"
    } else {
        ", optional"
    });
    if property.secret {
        text.push_str("; kept as a secret");
    }
    if property.replaces {
        text.push_str("; a change replaces the resource");
    }
    if property.deprecated {
        text.push_str("; deprecated");
    }
    text.push('.');
    line(&text)
}

/// What there is to know about an output.
pub(super) fn output(property: &Property) -> TokenStream {
    let mut text = format!("`{}`", property.name);
    if !property.required {
        text.push_str(", where there is one");
    }
    if property.secret {
        text.push_str("; a secret");
    }
    if property.deprecated {
        text.push_str("; deprecated");
    }
    text.push('.');
    line(&text)
}
