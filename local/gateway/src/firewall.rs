//! What a web ACL does to a request.
//!
//! WAF looks at rates every ten seconds: it counts the requests of each address in the window before, and until it looks
//! again it blocks the addresses that were above the limit. So a flood gets through for up to ten seconds, and one that
//! has ended is blocked until the window has passed it.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use http::{HeaderMap, Uri};
use tidegate_local_cloud::system::{Field, RuleAction, Statement, WebAcl};

/// How often WAF looks at rates ("Rate-based rule high-level settings").
const EVALUATION_MS: u64 = 10_000;

/// A web ACL with what it counted.
#[derive(Debug)]
pub(crate) struct Firewall {
    acl: WebAcl,
    /// By the rule's place.
    rates: Mutex<HashMap<usize, Rates>>,
}

/// How many requests each address sent, by evaluation.
#[derive(Debug, Default)]
struct Rates {
    evaluation: u64,
    by_address: HashMap<IpAddr, VecDeque<(u64, u64)>>,
}

impl Firewall {
    pub(crate) fn new(acl: WebAcl) -> Self {
        Self {
            acl,
            rates: Mutex::default(),
        }
    }

    /// Whether a request is answered with 403. The first rule that allows or blocks it decides.
    pub(crate) fn blocks(
        &self,
        address: IpAddr,
        uri: &Uri,
        headers: &HeaderMap,
        now_ms: u64,
    ) -> bool {
        for (place, rule) in self.acl.rules.iter().enumerate() {
            let found = match &rule.statement {
                Statement::Rate { limit, window_s } => {
                    let mut rates = self.rates.lock().unwrap_or_else(PoisonError::into_inner);
                    let rates = rates.entry(place).or_default();
                    rates.count(address, window_s * 1000, now_ms) > *limit
                }
                Statement::Size {
                    field,
                    comparison,
                    bytes,
                } => size(field, uri, headers).is_some_and(|size| comparison.holds(size, *bytes)),
            };
            match rule.action {
                RuleAction::Allow if found => return false,
                RuleAction::Block if found => return true,
                RuleAction::Allow | RuleAction::Block | RuleAction::Count => {}
            }
        }
        self.acl.blocks_by_default
    }
}

impl Rates {
    /// Notes a request, and tells how many of its address WAF saw when it looked last.
    fn count(&mut self, address: IpAddr, window_ms: u64, now_ms: u64) -> u64 {
        let now = now_ms / EVALUATION_MS;
        let first = now.saturating_sub(window_ms / EVALUATION_MS);
        if now > self.evaluation {
            self.evaluation = now;
            self.by_address.retain(|_, counts| {
                counts.retain(|(at, _)| *at >= first);
                !counts.is_empty()
            });
        }
        let counts = self.by_address.entry(address).or_default();
        let seen = counts.iter().filter(|(at, _)| (first..now).contains(at));
        let seen = seen.map(|(_, count)| count).sum();
        match counts.back_mut() {
            Some((at, count)) if *at == now => *count += 1,
            _ => counts.push_back((now, 1)),
        }
        seen
    }
}

fn size(field: &Field, uri: &Uri, headers: &HeaderMap) -> Option<u64> {
    let bytes = match field {
        Field::QueryString => uri.query().unwrap_or_default().len(),
        Field::UriPath => uri.path().len(),
        Field::Header(name) => headers.get(name)?.len(),
    };
    u64::try_from(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidegate_local_cloud::system::{Comparison, WebAclRule};

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 7));
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 8));

    fn firewall(rules: Vec<(Statement, RuleAction)>, blocks_by_default: bool) -> Firewall {
        let rules = rules.into_iter().map(|(statement, action)| WebAclRule {
            name: "rule".to_owned(),
            statement,
            action,
        });
        Firewall::new(WebAcl {
            name: "acl".to_owned(),
            blocks_by_default,
            rules: rules.collect(),
        })
    }

    fn rate(limit: u64) -> Statement {
        Statement::Rate {
            limit,
            window_s: 60,
        }
    }

    fn blocks(firewall: &Firewall, address: IpAddr, now_ms: u64) -> bool {
        let uri = Uri::from_static("/?room_id=lobby");
        firewall.blocks(address, &uri, &HeaderMap::new(), now_ms)
    }

    #[test]
    fn a_flood_is_blocked_when_waf_looks_next_and_until_the_window_has_passed_it() {
        let firewall = firewall(vec![(rate(10), RuleAction::Block)], false);
        for request in 0..100 {
            assert!(!blocks(&firewall, HERE, request), "nobody has looked yet");
        }
        assert!(blocks(&firewall, HERE, 10_000));
        assert!(!blocks(&firewall, THERE, 10_000), "another address");
        assert!(blocks(&firewall, HERE, 69_999));
        // The window of the look at 70 s begins at 10 s.
        assert!(!blocks(&firewall, HERE, 70_000));
    }

    #[test]
    fn what_is_blocked_is_counted_too() {
        let firewall = firewall(vec![(rate(10), RuleAction::Block)], false);
        for request in 0..20 {
            blocks(&firewall, HERE, request);
        }
        for second in 1..=200 {
            assert_eq!(
                blocks(&firewall, HERE, second * 1_000),
                second >= 10,
                "second {second}: one a second is above ten a minute"
            );
        }
    }

    #[test]
    fn as_many_as_the_limit_are_not_too_many() {
        let firewall = firewall(vec![(rate(10), RuleAction::Block)], false);
        for request in 0..10 {
            blocks(&firewall, HERE, request);
        }
        assert!(!blocks(&firewall, HERE, 10_000));
        assert!(blocks(&firewall, HERE, 20_000), "the eleventh was at 10 s");
    }

    #[test]
    fn the_first_rule_that_allows_or_blocks_decides() {
        let long = |bytes| Statement::Size {
            field: Field::QueryString,
            comparison: Comparison::Gt,
            bytes,
        };
        let decided = |rules, default| blocks(&firewall(rules, default), HERE, 0);
        assert!(decided(vec![(long(5), RuleAction::Block)], false));
        assert!(!decided(vec![(long(500), RuleAction::Block)], false));
        assert!(!decided(
            vec![(long(5), RuleAction::Allow), (long(5), RuleAction::Block)],
            true
        ));
        assert!(!decided(vec![(long(5), RuleAction::Count)], false));
        assert!(decided(vec![(long(5), RuleAction::Count)], true));
    }

    #[test]
    fn a_size_is_that_of_a_part_and_a_header_that_is_missing_has_none() {
        let uri = Uri::from_static("/dev?a=1");
        let mut headers = HeaderMap::new();
        assert_eq!(size(&Field::UriPath, &uri, &headers), Some(4));
        assert_eq!(size(&Field::QueryString, &uri, &headers), Some(3));
        let field = Field::Header("X-Long".to_owned());
        assert_eq!(size(&field, &uri, &headers), None);
        headers.insert("x-long", http::HeaderValue::from_static("12345"));
        assert_eq!(size(&field, &uri, &headers), Some(5));
    }

    #[test]
    fn addresses_that_are_gone_are_forgotten() {
        let firewall = firewall(vec![(rate(10), RuleAction::Block)], false);
        blocks(&firewall, HERE, 0);
        blocks(&firewall, THERE, 500_000);
        let rates = firewall.rates.lock().unwrap();
        assert_eq!(rates[&0].by_address.len(), 1);
    }
}
