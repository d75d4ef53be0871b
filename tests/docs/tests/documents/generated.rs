//! The parts of pages that are made of measurements and prices. `cargo xtask generate` writes them anew.

use tidegate_plan::cost::Prices;
use tidegate_test_pages::committed;

use crate::{compare, units};

#[tokio::test]
async fn the_table_of_request_units_is_what_the_use_cases_consume() {
    committed("limits.md", "request-units", &units::table().await);
}

#[test]
fn the_comparison_with_other_services_is_reckoned_from_the_table_of_prices() {
    let prices = Prices::built_in().unwrap();
    committed("compare.md", "appsync", &compare::appsync(&prices));
    committed("compare.md", "large", &compare::large(&prices));
    committed("compare.md", "caches", &compare::caches(&prices));
    committed("compare.md", "prices", &compare::used(&prices));
}
