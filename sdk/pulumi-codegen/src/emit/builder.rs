//! Builders whose type says which required properties are missing.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::{doc, rust_type};
use crate::names;
use crate::plan::Property;
use crate::token::Place;

/// Names that a type parameter would hide.
const USED_TYPES: &[&str] = &["Clone", "Debug", "From", "Into", "Option", "String", "Vec"];

/// What a builder is made of, whatever it builds.
pub(super) struct Builder {
    /// The name of the builder.
    pub(super) name: Ident,
    /// `<Name, Type>`, or nothing.
    pub(super) generics: TokenStream,
    /// `<missing::Name, missing::Type>`, or nothing.
    pub(super) initial: TokenStream,
    /// `where Name: Provided, …`, or nothing.
    pub(super) complete: TokenStream,
    /// The field that carries the state, and its value.
    pub(super) state_field: TokenStream,
    pub(super) state_value: TokenStream,
    /// The methods that set properties.
    pub(super) setters: Vec<TokenStream>,
}

impl Builder {
    /// `inner` is the field that collects the properties; its `input` method takes a name and a node.
    pub(super) fn new(place: &Place, inputs: &[Property], inner: &Ident) -> Self {
        let name = format_ident!("{}Builder", place.name);
        let required: Vec<_> = inputs.iter().filter(|input| input.required).collect();
        let parameters: Vec<_> = required
            .iter()
            .map(|input| parameter(place, input))
            .collect();
        let markers = required.iter().map(|input| {
            let marker = marker(input);
            quote!(super::super::missing::#marker)
        });
        let list = |items: &[TokenStream]| {
            if items.is_empty() {
                TokenStream::new()
            } else {
                quote!(<#(#items),*>)
            }
        };
        let generics: Vec<_> = parameters.iter().map(|name| quote!(#name)).collect();
        let (complete, state_field, state_value) = if parameters.is_empty() {
            Default::default()
        } else {
            (
                quote!(where #(#parameters: pulumi::typestate::Provided),*),
                quote!(state: std::marker::PhantomData<(#(#parameters,)*)>,),
                quote!(state: std::marker::PhantomData,),
            )
        };
        let setters = inputs
            .iter()
            .map(|input| setter(place, &name, input, &required, inner))
            .collect();
        Self {
            name,
            generics: list(&generics),
            initial: list(&markers.collect::<Vec<_>>()),
            complete,
            state_field,
            state_value,
            setters,
        }
    }
}

fn setter(
    place: &Place,
    builder: &Ident,
    input: &Property,
    required: &[&Property],
    inner: &Ident,
) -> TokenStream {
    let doc = doc::input(input);
    let name = format_ident!("{}", input.rust_name);
    let property = &input.name;
    let kind = rust_type::tokens(&input.kind, &place.module);
    let node = if input.secret {
        quote!(pulumi::node(value).into_secret())
    } else {
        quote!(pulumi::node(value))
    };
    if !input.required {
        return quote! {
            #doc
            pub fn #name(mut self, value: impl pulumi::IntoInput<#kind>) -> Self {
                self.#inner = self.#inner.input(#property, #node);
                self
            }
        };
    }
    let state = required.iter().map(|other| {
        if other.name == input.name {
            quote!(pulumi::typestate::Given)
        } else {
            let parameter = parameter(place, other);
            quote!(#parameter)
        }
    });
    quote! {
        #doc
        pub fn #name(self, value: impl pulumi::IntoInput<#kind>) -> #builder<#(#state),*> {
            #builder {
                #inner: self.#inner.input(#property, #node),
                state: std::marker::PhantomData,
            }
        }
    }
}

fn marker(property: &Property) -> Ident {
    format_ident!("{}", names::pascal(&property.name))
}

fn parameter(place: &Place, property: &Property) -> Ident {
    let name = names::apart_from(names::pascal(&property.name), USED_TYPES);
    let name = names::apart_from(name, &[&place.name]);
    format_ident!("{name}")
}

/// The names of the properties that can be missing.
pub(super) fn missing(inputs: &[Property]) -> impl Iterator<Item = (String, String)> + '_ {
    inputs
        .iter()
        .filter(|input| input.required)
        .map(|input| (names::pascal(&input.name), input.name.clone()))
}

/// What stands in a builder's type for a required property that has not been given.
pub(super) fn emit_missing(names: &BTreeSet<(String, String)>) -> TokenStream {
    let module =
        doc::line("What stands in a builder's type for a required property that is missing.");
    let module = inner_doc(module);
    let items = names.iter().map(|(marker, property)| {
        let doc = doc::line(&format!("`{property}` is missing."));
        let marker = format_ident!("{marker}");
        quote! {
            #doc
            #[derive(Clone, Copy, Debug)]
            pub enum #marker {}
        }
    });
    quote! {
        #module
        #(#items)*
    }
}

/// The same documentation, for the module that it stands in.
pub(super) fn inner_doc(doc: TokenStream) -> TokenStream {
    let mut tokens = doc.into_iter();
    let hash = tokens.next();
    let rest = tokens;
    quote!(#hash ! #(#rest)*)
}
