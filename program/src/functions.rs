//! The functions: for each a role with just what it needs, a log group with an end, and the function itself.

mod function;
mod own;
mod rights;
mod wiring;

use std::collections::BTreeMap;

use pulumi::{BoxError, Component, Output, Scope};
use tidegate_contract::functions::Function;

pub(crate) use self::function::{Caller, Invocable};
pub(crate) use self::wiring::Wiring;
use crate::builds::Builds;
use crate::tags::Tags;

/// How long a function may take, in seconds. Where the gateway waits for it: longer than any frame should, shorter than the
/// gateway waits (29 s). Behind a queue: a slice is done in one or two, but for receivers that are slow to answer. On a
/// schedule: shorter than it is until the next.
pub(crate) const fn timeout_s(function: Function) -> i64 {
    match function {
        Function::Fanout | Function::Inlet => 60,
        Function::Sweep => 50,
        _ => 15,
    }
}

/// All functions that the stack has.
pub(crate) struct Functions {
    by_function: BTreeMap<Function, Invocable>,
}

impl Functions {
    pub(crate) fn new(
        scope: &dyn Scope,
        builds: &Builds,
        wiring: &Wiring<'_>,
        tags: &Tags,
    ) -> Result<Self, BoxError> {
        let component =
            Component::builder("tidegate:functions:Functions", "functions").create(scope);
        let tags = tags.of("functions");
        let mut by_function = BTreeMap::new();
        for function in wiring.settings.used_functions() {
            let spec = function::Spec {
                function,
                settings: &wiring.settings.functions,
                code: builds.code(function)?,
                needs: wiring.needs(function)?,
                tags: &tags,
            };
            by_function.insert(function, spec.create(&component));
        }
        component.register_outputs(
            by_function
                .iter()
                .map(|(function, made)| (function.name(), &made.arn)),
        );
        Ok(Self { by_function })
    }

    /// A function that was made. Only what the settings use is asked for.
    pub(crate) fn get(&self, function: Function) -> &Invocable {
        // `new` makes every one that is used.
        &self.by_function[&function]
    }

    /// The names of all functions, as CloudWatch counts by them.
    pub(crate) fn names(&self) -> BTreeMap<Function, Output<String>> {
        let functions = self.by_function.iter();
        functions
            .map(|(function, made)| (*function, made.name.clone()))
            .collect()
    }
}
