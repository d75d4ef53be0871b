//! Routes of a WebSocket API, and what they lead to.

use tidegate_contract::functions::Function;
use tidegate_contract::http::{HttpAuthorization, HttpRoute};
use tidegate_contract::routes::Route;

use super::types::{INTEGRATION, ROUTE, ROUTE_RESPONSE};
use super::{Look, Rule, functions, is_of_websocket};
use crate::plan::Declared;
use crate::property::Property;

/// The longest that API Gateway waits for an integration of a WebSocket API, in seconds (`aws-facts`: 29 s, not
/// adjustable).
const LONGEST_WAIT_S: i64 = 29;

/// How long a function may take where nobody says, in seconds.
const DEFAULT_TIMEOUT_S: i64 = 3;

pub(super) const REPLY: Rule = Rule {
    id: "route-reply",
    title: "Every route that answers has both halves of its reply",
    look: |look, checked| {
        for route in look.stack.of_type(ROUTE) {
            let key = route.input("routeKey").text();
            // A route that the contract does not have is one that answers.
            let known = key.and_then(Route::from_key);
            let one_way = known.is_some_and(|route| !route.is_two_way());
            if one_way || !is_of_websocket(look.stack, route) {
                continue;
            }
            checked.seen += 1;
            if route.input("routeResponseSelectionExpression").is_null() {
                checked.trap(
                    route,
                    "It has no `routeResponseSelectionExpression`: every reply of its function is dropped in silence, and clients wait for ever. Set it to `$default`.",
                );
            }
            let mut responses = look.stack.of_type(ROUTE_RESPONSE);
            let answers = responses.any(|response| {
                let routes = response.state.property_dependencies.get("routeId");
                routes.is_some_and(|routes| routes.contains(route.urn))
            });
            if !answers {
                checked.trap(
                    route,
                    "It has no route response: every reply of its function is dropped in silence, and clients wait for ever. Add a `RouteResponse` with the key `$default`.",
                );
            }
        }
    },
};

pub(super) const HANDSHAKE: Rule = Rule {
    id: "route-authorizer",
    title: "Nobody connects without the authorizer",
    look: |look, checked| {
        for route in look.stack.of_type(ROUTE) {
            let key = route.input("routeKey").text();
            if key != Some("$connect") || !is_of_websocket(look.stack, route) {
                continue;
            }
            checked.seen += 1;
            let kind = route.input("authorizationType");
            match kind.text() {
                Some("CUSTOM") if !route.input("authorizerId").is_null() => {}
                Some("AWS_IAM") => {}
                _ if *kind == Property::Unknown => checked.unknown(route),
                _ => checked.trap(
                    route,
                    "`$connect` has no authorizer: everybody connects, and as nobody, for no other route can have one. Set `authorizationType` to CUSTOM and name the authorizer.",
                ),
            }
        }
    },
};

pub(super) const SERVER: Rule = Rule {
    id: "route-signature",
    title: "What only backends may do, nobody does without a signature",
    look: |look, checked| {
        for route in look.stack.of_type(ROUTE) {
            if is_of_websocket(look.stack, route) || !is_of_backends(look, route) {
                continue;
            }
            checked.seen += 1;
            let kind = route.input("authorizationType");
            match kind.text() {
                Some("AWS_IAM") => {}
                _ if *kind == Property::Unknown => checked.unknown(route),
                _ => checked.trap(
                    route,
                    "It is for backends, and its requests need no signature: everybody can publish in every channel, put users out, and see who is connected. Set `authorizationType` to AWS_IAM.",
                ),
            }
        }
    },
};

/// Whether a route is one of those for backends, by its key or by the function that it leads to.
fn is_of_backends(look: &Look<'_>, route: Declared<'_>) -> bool {
    let key = route.input("routeKey").text().unwrap_or_default();
    let known = HttpRoute::from_key(key);
    if known.is_some_and(|it| it.authorization() == HttpAuthorization::Iam) {
        return true;
    }
    let mut integrations = look.stack.source(route, "target", INTEGRATION);
    integrations.any(|integration| {
        let mut functions = functions(look.stack, integration, "integrationUri").into_iter();
        functions.any(|function| function.name == Function::Server.name())
    })
}

pub(super) const TIMEOUT: Rule = Rule {
    id: "integration-timeout",
    title: "No function behind the gateway may take longer than the gateway waits",
    look: |look, checked| {
        for integration in look.stack.of_type(INTEGRATION) {
            for function in functions(look.stack, integration, "integrationUri") {
                checked.seen += 1;
                let timeout = match function.input("timeout") {
                    Property::Null => DEFAULT_TIMEOUT_S,
                    Property::Unknown => {
                        checked.unknown(function);
                        continue;
                    }
                    given => given.whole().unwrap_or_default(),
                };
                let waits = integration.input("timeoutMilliseconds").whole();
                let waits = waits.map_or(LONGEST_WAIT_S, |ms| ms / 1000);
                if timeout > waits.min(LONGEST_WAIT_S) {
                    checked.trap(
                        function,
                        format!(
                            "It may take {timeout} s, and the gateway waits {waits} s: a slow frame is answered as an error while the function goes on and does the work all the same. Give it less time than the gateway has."
                        ),
                    );
                }
            }
        }
    },
};
