//! The parts of pages that are made of measurements and prices. `cargo xtask generate` writes them anew.

use tidegate_plan::cost::{Prices, Rate};
use tidegate_test_pages::committed;

use crate::{compare, units};

#[tokio::test]
async fn the_table_of_request_units_is_what_the_use_cases_consume() {
    let prices = Prices::built_in().unwrap();
    let million = |rate| prices.of(rate).of(1_000_000).exact();
    let text = format!(
        "{}\nA write unit is 1 KB, and {} for a million; a read unit is 4 KB, and {}.",
        units::table().await,
        million(Rate::DynamoDbWrite),
        million(Rate::DynamoDbRead)
    );
    committed("limits.md", "request-units", &text);
}

#[test]
fn the_comparison_with_other_services_is_reckoned_from_the_table_of_prices() {
    let prices = Prices::built_in().unwrap();
    committed("compare.md", "appsync", &compare::appsync(&prices));
    committed("compare.md", "large", &compare::large(&prices));
    committed("compare.md", "caches", &compare::caches(&prices));
    committed("compare.md", "prices", &compare::used(&prices));
}
