//! The traps that have bitten others: in no variant of the configuration does the program walk into one. That each is
//! caught where it is, is tested where the rules are (`shared/plan/tests/traps`).

use tidegate_plan::cost::{Load, Prices, estimate};
use tidegate_plan::traps;

use crate::support::{every_plan, plan};

/// Rules that have something to look at in every stack.
const ALWAYS: [&str; 12] = [
    "stage-throttle",
    "stage-default",
    "stage-deployment",
    "deployment-order",
    "route-reply",
    "route-authorizer",
    "integration-timeout",
    "iam-patterns",
    "iam-anybody",
    "invoke-permission",
    "log-retention",
    "function-log-group",
];

#[test]
fn the_program_walks_into_no_trap() {
    every_plan(|deployment| {
        let plan = plan(deployment);
        let report = traps::check(&plan);
        // Whether the account has the role that `account-role-exists` speaks of, no plan can know.
        let warnings = report.warnings().filter(|it| it.rule != "stage-logging");
        let found: Vec<_> = report.traps().chain(warnings).collect();
        assert!(found.is_empty(), "{found:#?}");
        for checked in &report.checked {
            assert!(
                checked.unknown.is_empty(),
                "{}: {:?}",
                checked.rule.id,
                checked.unknown
            );
        }
        for rule in ALWAYS {
            assert!(
                report.rule(rule).unwrap().seen > 0,
                "{rule} looked at nothing"
            );
        }
    });
}

#[test]
fn everything_in_a_stack_has_a_price_or_is_known_to_be_free() {
    let prices = Prices::built_in().unwrap();
    every_plan(|deployment| {
        let plan = plan(deployment);
        let estimate = estimate(&plan.after(), &Load::default(), &prices);
        assert!(estimate.unpriced.is_empty(), "{:?}", estimate.unpriced);
    });
}
