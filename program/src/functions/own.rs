//! What the functions behind routes of one's own are told, and what they may do.

use tidegate_contract::environment::OwnEnvironment;
use tidegate_contract::own::OwnRoute;

use super::wiring::{Needs, Wiring};

impl Wiring<'_> {
    /// What a route needs beside what every one has.
    fn more(&self, route: OwnRoute) -> Needs {
        match route {
            // Routes of your own.
        }
    }

    /// Every one may read the session of whoever sent a frame, and say goodbye to those whose token has ended.
    pub(super) fn own(&self, route: OwnRoute) -> Needs {
        let environment = OwnEnvironment {
            table: self.registry.table.clone(),
            management_urls: self.gateway.management_urls(),
        };
        let mut needs = Needs {
            variables: environment.into_variables(),
            allowed: vec![
                self.registry.allow_reading_sessions(),
                self.gateway.allow_sending(),
            ],
        };
        let Needs { variables, allowed } = self.more(route);
        needs.variables.extend(variables);
        needs.allowed.extend(allowed);
        needs
    }
}
