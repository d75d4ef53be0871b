//! Writes an enum.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::doc;
use crate::plan::Enum;

pub(super) fn emit(item: &Enum) -> TokenStream {
    let Enum {
        token,
        place,
        variants,
    } = item;
    let module_doc = super::builder::inner_doc(doc::line(&format!("The enum `{token}`.")));
    let enum_doc = doc::line(&format!("`{token}`. Each value is also a string."));
    let name = format_ident!("{}", place.name);
    let declarations = variants.iter().map(|variant| {
        let deprecated = if variant.deprecated {
            ", deprecated"
        } else {
            ""
        };
        let doc = doc::line(&format!("`{}`{deprecated}.", variant.value));
        let name = format_ident!("{}", variant.rust_name);
        quote! {
            #doc
            #name,
        }
    });
    let arms = variants.iter().map(|variant| {
        let name = format_ident!("{}", variant.rust_name);
        let value = &variant.value;
        quote!(Self::#name => #value,)
    });
    quote! {
        #module_doc

        #enum_doc
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum #name {
            #(#declarations)*
        }

        impl #name {
            /// The value as the provider knows it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    #(#arms)*
                }
            }
        }

        impl pulumi::IntoInput<#name> for #name {
            fn into_input(self) -> pulumi::Input<#name> {
                pulumi::Input::from_node(pulumi::node(self.as_str()))
            }
        }

        impl pulumi::IntoInput<String> for #name {
            fn into_input(self) -> pulumi::Input<String> {
                self.as_str().into_input()
            }
        }
    }
}
