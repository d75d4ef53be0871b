//! Writes a resource and its builder.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::builder::Builder;
use super::{doc, output};
use crate::plan::Resource;

pub(super) fn emit(resource: &Resource) -> TokenStream {
    let Resource {
        token,
        place,
        inputs,
        outputs,
        earlier_types,
    } = resource;
    let module_doc = super::builder::inner_doc(doc::line(&format!("The resource `{token}`.")));
    let resource_doc = doc::line(&format!("`{token}`: its outputs."));
    let builder_doc = doc::line(&format!("A [`{}`] about to be declared.", place.name));
    let new_doc = doc::line("Declares one, by its name in the program.");
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
    let fields = outputs
        .iter()
        .map(|output| output::field(output, &place.module));
    let reads = outputs
        .iter()
        .map(|output| output::read(output, &format_ident!("resource")));
    let secrets: Vec<_> = outputs
        .iter()
        .filter(|output| output.secret)
        .map(|output| &output.name)
        .collect();
    let secrets = if secrets.is_empty() {
        TokenStream::new()
    } else {
        quote! {
            let inner = pulumi::WithOptions::additional_secret_outputs(inner, &[#(#secrets),*]);
        }
    };
    let mut known: Vec<_> = inputs
        .iter()
        .chain(outputs)
        .map(|property| &property.name)
        .collect();
    known.sort();
    known.dedup();
    let earlier = if earlier_types.is_empty() {
        TokenStream::new()
    } else {
        quote! {
            let inner = pulumi::WithOptions::aliases(
                inner,
                [#(pulumi::Alias::new().type_token(#earlier_types)),*],
            );
        }
    };
    quote! {
        #module_doc

        /// What the resource has, by the names of the schema.
        const PROPERTIES: &[&str] = &[#(#known),*];

        #resource_doc
        #[derive(Clone, Debug)]
        pub struct #name {
            /// The name that the engine gave to the resource.
            pub urn: pulumi::Output<pulumi::Urn>,
            /// The id that the provider gave to the resource.
            pub id: pulumi::Output<String>,
            #(#fields)*
            resource: pulumi::Resource,
        }

        impl #name {
            #new_doc
            #[track_caller]
            pub fn builder(name: impl Into<String>) -> #builder #initial {
                let inner = pulumi::ResourceBuilder::new(#token, name).properties(PROPERTIES);
                let inner = pulumi::WithOptions::version(inner, super::super::VERSION);
                #secrets
                #earlier
                #builder { inner, #state_value }
            }

            /// Reads one that exists already, by the id that the provider gave it, instead of managing it.
            #[track_caller]
            pub fn get(
                scope: &dyn pulumi::Scope,
                name: impl Into<String>,
                id: impl pulumi::IntoInput<String>,
            ) -> Self {
                let inner = pulumi::ResourceBuilder::new(#token, name);
                let inner = pulumi::WithOptions::version(inner, super::super::VERSION);
                #secrets
                Self::new(inner.get(scope, id))
            }

            fn new(resource: pulumi::Resource) -> Self {
                Self {
                    urn: resource.urn(),
                    id: resource.id(),
                    #(#reads)*
                    resource,
                }
            }
        }

        impl pulumi::AsResource for #name {
            fn as_resource(&self) -> &pulumi::Resource {
                &self.resource
            }
        }

        #builder_doc
        #[derive(Clone, Debug)]
        #[must_use = "nothing is declared before `create`"]
        pub struct #builder #generics {
            inner: pulumi::ResourceBuilder,
            #state_field
        }

        impl #generics #builder #generics {
            #(#setters)*

            /// Declares the resource. It is registered in the background, once its inputs are known.
            pub fn create(self, scope: &dyn pulumi::Scope) -> #name #complete {
                #name::new(self.inner.register(scope))
            }
        }

        impl #generics pulumi::WithInputs for #builder #generics {
            fn resource_builder(&self) -> &pulumi::ResourceBuilder {
                &self.inner
            }
        }

        impl #generics pulumi::WithOptions for #builder #generics {
            fn options_mut(&mut self) -> &mut pulumi::ResourceOptions {
                self.inner.options_mut()
            }
        }
    }
}
