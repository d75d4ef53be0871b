//! What a stack costs in a month, estimated: for a load that is stated, by the prices of `shared/prices.json`.
//!
//! An estimate is the sum of its items, and each item is a quantity at a price: whoever doubts it can redo it by hand.
//! What depends on the load follows the formula of the budgets in `ARCHITECTURE.md`; what does not is counted in the
//! plan. Types that are neither priced nor known to cost nothing are named, never taken for free.

mod fixed;
mod free;
mod load;
mod money;
mod prices;
mod running;
mod traffic;

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::Snapshot;

pub use self::load::{InvalidLoad, Load};
pub use self::money::Money;
pub use self::money::thousands;
pub use self::prices::{Certainty, InvalidPrices, Price, Prices, Rate};
pub use self::traffic::is_known_function;

/// What a stack costs in a month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Estimate {
    /// What it is made of, service by service. Items that cost nothing are left out.
    pub items: Vec<Item>,
    /// Types of the plan of which nothing is known: they may cost something.
    pub unpriced: BTreeSet<String>,
}

/// A quantity at a price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The service.
    pub service: String,
    /// What is bought.
    pub what: String,
    /// How much of it, in the price's unit.
    pub quantity: u64,
    /// What one is.
    pub unit: String,
    /// What it comes to.
    pub cost: Money,
    /// How sure its price is.
    pub certainty: Certainty,
}

/// What an item comes to before and after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The service.
    pub service: String,
    /// What is bought.
    pub what: String,
    /// Before.
    pub before: Money,
    /// After.
    pub after: Money,
}

/// Estimates what a stack costs in a month under a load.
#[must_use]
pub fn estimate(stack: &Snapshot<'_>, load: &Load, prices: &Prices) -> Estimate {
    let mut bill = Bill {
        prices,
        load,
        quantities: BTreeMap::new(),
    };
    running::add(stack, load, &mut bill);
    fixed::add(stack, &mut bill);
    Estimate {
        items: bill.items(),
        unpriced: free::unpriced(stack),
    }
}

/// What a change adds to each item, and takes from it; only items that change.
#[must_use]
pub fn differences(before: &Estimate, after: &Estimate) -> Vec<Difference> {
    type Key<'a> = (&'a str, &'a str);
    let mut sums: BTreeMap<Key<'_>, (Money, Money)> = BTreeMap::new();
    for item in &before.items {
        sums.entry((&item.service, &item.what)).or_default().0 += item.cost;
    }
    for item in &after.items {
        sums.entry((&item.service, &item.what)).or_default().1 += item.cost;
    }
    let changed = sums.into_iter().filter(|(_, (old, new))| old != new);
    let changed = changed.map(|((service, what), (before, after))| Difference {
        service: service.to_owned(),
        what: what.to_owned(),
        before,
        after,
    });
    changed.collect()
}

impl Estimate {
    /// What all of it comes to.
    #[must_use]
    pub fn total(&self) -> Money {
        self.items.iter().map(|item| item.cost).sum()
    }

    /// What each service comes to, the dearest first.
    #[must_use]
    pub fn by_service(&self) -> Vec<(&str, Money)> {
        let mut sums: BTreeMap<&str, Money> = BTreeMap::new();
        for item in &self.items {
            *sums.entry(&item.service).or_default() += item.cost;
        }
        let mut sums: Vec<_> = sums.into_iter().collect();
        sums.sort_by_key(|(service, cost)| (std::cmp::Reverse(*cost), *service));
        sums
    }
}

/// Quantities as they are counted.
struct Bill<'a> {
    prices: &'a Prices,
    load: &'a Load,
    /// By rate, and by what is told apart within one: nothing, or the name of a function.
    quantities: BTreeMap<(Rate, String), u64>,
}

impl Bill<'_> {
    fn add(&mut self, rate: Rate, quantity: u64) {
        self.add_for(rate, "", quantity);
    }

    fn add_for(&mut self, rate: Rate, of: &str, quantity: u64) {
        let sum = self.quantities.entry((rate, of.to_owned())).or_default();
        *sum = sum.saturating_add(quantity);
    }

    fn items(self) -> Vec<Item> {
        let mut free: BTreeMap<Rate, u64> = BTreeMap::new();
        let items = self
            .quantities
            .into_iter()
            .filter_map(|((rate, of), quantity)| {
                let price = self.prices.of(rate);
                let left = free.entry(rate).or_insert(price.free);
                let given = if self.load.free_tier {
                    quantity.min(*left)
                } else {
                    0
                };
                *left -= given;
                let cost = price.of(quantity - given);
                (cost != Money::ZERO).then(|| Item {
                    service: price.service.clone(),
                    what: if of.is_empty() {
                        price.item.clone()
                    } else {
                        format!("{} ({of})", price.item)
                    },
                    quantity,
                    unit: price.unit.clone(),
                    cost,
                    certainty: price.certainty,
                })
            });
        items.collect()
    }
}
