//! The environment variables of each function.
//!
//! Each function has one struct, generic over the type of the values: the program fills it with outputs
//! (`into_variables`), the function reads it back as strings (`from_lookup`).

use thiserror::Error;

/// A variable that a function needs is not set.
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "{function} needs the environment variable {variable}, which is not set: the Pulumi program sets it, so deploy \
     function and program from the same commit"
)]
pub struct MissingVariable {
    /// Who needs it: a function by its name, or `every function`.
    pub function: &'static str,
    /// The name of the variable.
    pub variable: &'static str,
}

macro_rules! environment {
    (
        $(#[$struct_doc:meta])*
        $name:ident of $function:literal {
            $( $(#[$field_doc:meta])* $field:ident = $variable:literal, )*
        }
    ) => {
        $(#[$struct_doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name<V = String> {
            $( $(#[$field_doc])* pub $field: V, )*
        }

        impl<V> $name<V> {
            /// The variables by name, for the function's configuration.
            #[must_use]
            pub fn into_variables(self) -> Vec<(&'static str, V)> {
                vec![$( ($variable, self.$field), )*]
            }
        }

        impl $name<String> {
            /// Reads the variables through `lookup`.
            ///
            /// # Errors
            /// Names the first variable that `lookup` does not have.
            pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, MissingVariable> {
                Ok(Self {
                    $( $field: lookup($variable).ok_or(MissingVariable {
                        function: $function,
                        variable: $variable,
                    })?, )*
                })
            }
        }
    };
}

environment! {
    /// What every function needs to know, whatever it does.
    CommonEnvironment of "every function" {
        /// The stack, as `project/stack`: the dimension that all metrics have.
        stack = "TIDEGATE_STACK",
        /// What is written to the log besides the one line of each invocation: `error`, `warn`, `info` or `debug`, or
        /// a filter by module as `tracing` has it.
        log_level = "TIDEGATE_LOG_LEVEL",
    }
}

environment! {
    /// What the authorizer needs to know.
    AuthorizerEnvironment of "authorizer" {
        /// The issuer whose tokens are accepted, exactly as it stands in their `iss`.
        issuer = "TIDEGATE_ISSUER",
        /// The app client for which the tokens were made.
        client_id = "TIDEGATE_CLIENT_ID",
        /// The namespaces of the stack as JSON: who may subscribe and publish where.
        namespaces = "TIDEGATE_NAMESPACES",
        /// What CloudFront proves itself with, as [`crate::origin::OriginSecrets::digests`] writes it; empty where clients come
        /// to the socket themselves.
        origin_secrets = "TIDEGATE_ORIGIN_SECRETS",
    }
}

environment! {
    /// What the `$connect` function needs to know.
    ConnectEnvironment of "connect" {
        /// The name of the registry table.
        table = "TIDEGATE_TABLE",
    }
}

environment! {
    /// What the `$disconnect` function needs to know.
    DisconnectEnvironment of "disconnect" {
        /// The name of the registry table.
        table = "TIDEGATE_TABLE",
    }
}

environment! {
    /// What the function behind the message routes needs to know.
    MessageEnvironment of "message" {
        /// The name of the registry table.
        table = "TIDEGATE_TABLE",
        /// The management API of each WebSocket API of the stack, as JSON: its id, and its base URL with the stage and
        /// without a slash at the end.
        management_urls = "TIDEGATE_MANAGEMENT_URLS",
        /// The namespaces of the stack as JSON: who may subscribe and publish where.
        namespaces = "TIDEGATE_NAMESPACES",
        /// The URL of the fan-out queue.
        fanout_queue = "TIDEGATE_FANOUT_QUEUE",
        /// A publication with more receivers than this goes by way of the queue: a whole number.
        direct_receivers = "TIDEGATE_DIRECT_RECEIVERS",
    }
}

environment! {
    /// What the function behind the fan-out queue needs to know.
    FanoutEnvironment of "fanout" {
        /// The name of the registry table.
        table = "TIDEGATE_TABLE",
        /// The management API of each WebSocket API of the stack, as JSON: its id, and its base URL with the stage and
        /// without a slash at the end.
        management_urls = "TIDEGATE_MANAGEMENT_URLS",
        /// The URL of the fan-out queue.
        fanout_queue = "TIDEGATE_FANOUT_QUEUE",
    }
}

environment! {
    /// What the function behind the HTTP API needs to know.
    ApiEnvironment of "api" {
        /// The issuer whose tokens are accepted, exactly as it stands in their `iss`.
        issuer = "TIDEGATE_ISSUER",
        /// The app client for which the tokens were made.
        client_id = "TIDEGATE_CLIENT_ID",
        /// The namespaces of the stack as JSON: who may subscribe and publish where.
        namespaces = "TIDEGATE_NAMESPACES",
    }
}

environment! {
    /// What every function behind a route of one's own needs to know.
    OwnEnvironment of "a route of one's own" {
        /// The name of the registry table.
        table = "TIDEGATE_TABLE",
        /// The management API of each WebSocket API of the stack, as JSON: its id, and its base URL with the stage and
        /// without a slash at the end.
        management_urls = "TIDEGATE_MANAGEMENT_URLS",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn what_the_program_sets_is_what_the_function_reads() {
        let set = MessageEnvironment {
            table: "registry".to_owned(),
            management_urls: r#"{"abc": "https://example.test/dev"}"#.to_owned(),
            namespaces: "{}".to_owned(),
            fanout_queue: "https://sqs.example.test/1/fanout".to_owned(),
            direct_receivers: "100".to_owned(),
        };
        let variables: HashMap<_, _> = set.clone().into_variables().into_iter().collect();
        let read = MessageEnvironment::from_lookup(|name| variables.get(name).cloned());
        assert_eq!(read, Ok(set));
    }

    #[test]
    fn a_missing_variable_is_named() {
        let read = ConnectEnvironment::from_lookup(|_| None);
        assert_eq!(
            read,
            Err(MissingVariable {
                function: "connect",
                variable: "TIDEGATE_TABLE"
            })
        );
    }
}
