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

/// Every variable with its name and what it is, once: environments only say which of them they have.
macro_rules! variables {
    ($( $(#[doc = $doc:literal])+ $field:ident = $variable:literal, )*) => {
        macro_rules! name_of {
            $( ($field) => { $variable }; )*
        }
        macro_rules! doc_of {
            $( ($field) => { concat!($( $doc, "\n" ),+) }; )*
        }

        /// All variables, for who fills several environments: [`of`](ConnectEnvironment::of) takes out what one function
        /// needs.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Variables<V = String> {
            $( $(#[doc = $doc])+ pub $field: V, )*
        }
    };
}

macro_rules! environment {
    (
        $(#[$struct_doc:meta])*
        $name:ident of $function:literal { $( $field:ident, )* }
    ) => {
        $(#[$struct_doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name<V = String> {
            $( #[doc = doc_of!($field)] pub $field: V, )*
        }

        impl<V> $name<V> {
            /// The variables by name, for the function's configuration.
            #[must_use]
            pub fn into_variables(self) -> Vec<(&'static str, V)> {
                vec![$( (name_of!($field), self.$field), )*]
            }
        }

        impl<V: Clone> $name<V> {
            /// What it needs of all variables.
            #[must_use]
            pub fn of(all: &Variables<V>) -> Self {
                Self { $( $field: all.$field.clone(), )* }
            }
        }

        impl $name<String> {
            /// Reads the variables through `lookup`.
            ///
            /// # Errors
            /// Names the first variable that `lookup` does not have.
            pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, MissingVariable> {
                Ok(Self {
                    $( $field: lookup(name_of!($field)).ok_or(MissingVariable {
                        function: $function,
                        variable: name_of!($field),
                    })?, )*
                })
            }
        }
    };
}

variables! {
    /// The stack, as `project/stack`: the dimension that all metrics have.
    stack = "TIDEGATE_STACK",
    /// What is written to the log besides the one line of each invocation: `error`, `warn`, `info` or `debug`, or
    /// a filter by module as `tracing` has it.
    log_level = "TIDEGATE_LOG_LEVEL",
    /// The issuer whose tokens are accepted, exactly as it stands in their `iss`.
    issuer = "TIDEGATE_ISSUER",
    /// The app client for which the tokens were made.
    client_id = "TIDEGATE_CLIENT_ID",
    /// What CloudFront proves itself with, as [`crate::origin::OriginSecrets::digests`] writes it; empty where clients come
    /// to the socket themselves.
    origin_secrets = "TIDEGATE_ORIGIN_SECRETS",
    /// The namespaces of the stack as JSON: who may subscribe and publish where, and what is kept of it.
    namespaces = "TIDEGATE_NAMESPACES",
    /// The limits of the stack as JSON.
    limits = "TIDEGATE_LIMITS",
    /// The name of the registry table.
    table = "TIDEGATE_TABLE",
    /// The management API of each WebSocket API of the stack, as JSON: its id, and its base URL with the stage and
    /// without a slash at the end.
    management_urls = "TIDEGATE_MANAGEMENT_URLS",
    /// The URL of the fan-out queue.
    fanout_queue = "TIDEGATE_FANOUT_QUEUE",
    /// The URL of the queue of what could not be delivered.
    dead_letters = "TIDEGATE_DEAD_LETTERS",
    /// A publication with more receivers than this goes by way of the queue: a whole number.
    direct_receivers = "TIDEGATE_DIRECT_RECEIVERS",
    /// Over how many milliseconds clients that all lost their connections are to come back: a whole number.
    reconnect_window_ms = "TIDEGATE_RECONNECT_WINDOW_MS",
    /// How presence is told, as JSON.
    presence = "TIDEGATE_PRESENCE",
}

environment! {
    /// What every function needs to know, whatever it does.
    CommonEnvironment of "every function" {
        stack,
        log_level,
    }
}

environment! {
    /// What the authorizer needs to know.
    AuthorizerEnvironment of "authorizer" {
        issuer,
        client_id,
        namespaces,
        origin_secrets,
        table,
    }
}

environment! {
    /// What the `$connect` function needs to know.
    ConnectEnvironment of "connect" {
        table,
        management_urls,
        namespaces,
        limits,
        fanout_queue,
        presence,
    }
}

environment! {
    /// What the `$disconnect` function needs to know.
    DisconnectEnvironment of "disconnect" {
        table,
        namespaces,
        fanout_queue,
        presence,
    }
}

environment! {
    /// What the function behind the message routes needs to know.
    MessageEnvironment of "message" {
        table,
        management_urls,
        namespaces,
        limits,
        issuer,
        client_id,
        fanout_queue,
        direct_receivers,
        reconnect_window_ms,
        presence,
    }
}

environment! {
    /// What the function behind the fan-out queue needs to know.
    FanoutEnvironment of "fanout" {
        table,
        management_urls,
        namespaces,
        fanout_queue,
        dead_letters,
        direct_receivers,
    }
}

environment! {
    /// What the function behind the HTTP API of clients needs to know.
    ApiEnvironment of "api" {
        issuer,
        client_id,
        namespaces,
        table,
    }
}

environment! {
    /// What the function behind the HTTP API of backends needs to know.
    ServerEnvironment of "server" {
        table,
        management_urls,
        namespaces,
        fanout_queue,
        direct_receivers,
        presence,
    }
}

environment! {
    /// What the function behind the queue of publications needs to know.
    InletEnvironment of "inlet" {
        table,
        management_urls,
        namespaces,
        fanout_queue,
        direct_receivers,
        presence,
    }
}

environment! {
    /// What the function that looks after presence needs to know.
    SweepEnvironment of "sweep" {
        table,
        management_urls,
        namespaces,
        fanout_queue,
        presence,
    }
}

environment! {
    /// What every function behind a route of one's own needs to know.
    OwnEnvironment of "a route of one's own" {
        table,
        management_urls,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    /// Each variable has a value of its own.
    fn all() -> Variables {
        let [stack, log_level, issuer, client_id, origin_secrets] =
            ["stack", "level", "issuer", "client", "origin"].map(str::to_owned);
        let [namespaces, limits, table, management_urls, fanout_queue] =
            ["namespaces", "limits", "table", "urls", "queue"].map(str::to_owned);
        let [
            dead_letters,
            direct_receivers,
            reconnect_window_ms,
            presence,
        ] = ["dead", "100", "60000", "presence"].map(str::to_owned);
        Variables {
            stack,
            log_level,
            issuer,
            client_id,
            origin_secrets,
            namespaces,
            limits,
            table,
            management_urls,
            fanout_queue,
            dead_letters,
            direct_receivers,
            reconnect_window_ms,
            presence,
        }
    }

    #[test]
    fn what_the_program_sets_is_what_the_function_reads() {
        let set = MessageEnvironment::of(&all());
        assert_eq!(set.direct_receivers, "100");
        let variables: HashMap<_, _> = set.clone().into_variables().into_iter().collect();
        assert_eq!(variables["TIDEGATE_TABLE"], "table");
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
