//! Writes a nested object and its builder.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::builder::Builder;
use super::doc;
use crate::plan::Object;

pub(super) fn emit(object: &Object) -> TokenStream {
    let Object {
        token,
        place,
        inputs,
    } = object;
    let module_doc = super::builder::inner_doc(doc::line(&format!("The object `{token}`.")));
    let object_doc = doc::line(&format!("`{token}`, as an input."));
    let builder_doc = doc::line(&format!("A [`{}`] in the making.", place.name));
    let name = format_ident!("{}", place.name);
    let inner = format_ident!("inner");
    let Builder {
        name: builder,
        generics,
        initial,
        complete,
        state_field,
        state_value,
        setters,
    } = Builder::new(place, inputs, &inner);
    quote! {
        #module_doc

        #object_doc
        #[derive(Clone, Debug)]
        pub struct #name(pulumi::Fields);

        impl #name {
            /// Starts one.
            pub fn builder() -> #builder #initial {
                #builder { inner: pulumi::Fields::new(), #state_value }
            }
        }

        impl pulumi::IntoInput<#name> for #name {
            fn into_input(self) -> pulumi::Input<#name> {
                pulumi::Input::from_node(self.0.into())
            }
        }

        #builder_doc
        #[derive(Clone, Debug)]
        #[must_use = "nothing is made before `build`"]
        pub struct #builder #generics {
            inner: pulumi::Fields,
            #state_field
        }

        impl #generics #builder #generics {
            #(#setters)*

            /// The object.
            pub fn build(self) -> #name #complete {
                #name(self.inner)
            }
        }
    }
}
