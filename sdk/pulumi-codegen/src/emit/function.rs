//! Writes a function and its builder.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::builder::{self, Builder};
use super::{doc, output};
use crate::plan::Function;

pub(super) fn emit(function: &Function) -> TokenStream {
    let Function {
        token,
        place,
        inputs,
        outputs,
    } = function;
    let module_doc = builder::inner_doc(doc::line(&format!("The function `{token}`.")));
    let result_doc = doc::line(&format!("What `{token}` returns."));
    let builder_doc = doc::line(&format!("A call of `{token}` about to be made."));
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
    let state = if inputs.iter().any(|input| input.required) {
        quote!(state: self.state,)
    } else {
        TokenStream::new()
    };
    let fields = outputs
        .iter()
        .map(|output| output::field(output, &place.module));
    let reads = outputs
        .iter()
        .map(|output| output::read(output, &format_ident!("result")));
    quote! {
        #module_doc

        #result_doc
        #[derive(Clone, Debug)]
        pub struct #name {
            #(#fields)*
        }

        impl #name {
            /// Starts a call.
            #[track_caller]
            pub fn builder() -> #builder #initial {
                let inner = pulumi::Invoke::new(#token).version(super::super::VERSION);
                #builder { inner, #state_value }
            }
        }

        #builder_doc
        #[derive(Clone, Debug)]
        #[must_use = "nothing is called before `call`"]
        pub struct #builder #generics {
            inner: pulumi::Invoke,
            #state_field
        }

        impl #generics #builder #generics {
            #(#setters)*

            /// Changes how it is called: by which provider, after what.
            pub fn with(self, change: impl FnOnce(pulumi::Invoke) -> pulumi::Invoke) -> Self {
                Self { inner: change(self.inner), #state }
            }

            /// Calls in the background, once the arguments are known.
            pub fn call(self, scope: &dyn pulumi::Scope) -> #name #complete {
                let result = self.inner.call(scope);
                #name { #(#reads)* }
            }

            /// Calls and waits for the result, as a type that reads an object.
            ///
            /// # Errors
            ///
            /// When an argument is unknown, the function fails, or its result is not a `T`.
            pub async fn call_plain<T: pulumi::FromValue>(
                self,
                scope: &dyn pulumi::Scope,
            ) -> Result<T, pulumi::Error> #complete {
                self.inner.call_plain(scope).await
            }
        }
    }
}
