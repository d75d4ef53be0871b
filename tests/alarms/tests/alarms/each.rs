//! Each alarm over its line and back.

use std::collections::BTreeSet;

use tidegate_alarms_tests::{Planned, Stack};

use crate::support::{stack, told};

/// Of so many in a minute a share is computed, and of no fewer.
const ENOUGH: u32 = 20;

/// Makes a minute in which it is at so much, or has so many.
type Minute = fn(&Stack, u32);

/// An alarm that looks at five minutes and goes off when three of them are over its line.
struct Case {
    alarm: &'static str,
    /// Its line: what is on it is not over it.
    line: u32,
    at: Minute,
}

const ERRORS: Case = Case {
    alarm: "errors",
    line: 5,
    at: |stack, percent| stack.frames(100, percent),
};
const HANDSHAKE_ERRORS: Case = Case {
    alarm: "handshake-errors",
    line: 5,
    at: |stack, percent| stack.handshakes(100, percent),
};
const FUNCTION_FAILURES: Case = Case {
    alarm: "function-failures",
    line: 1,
    at: |stack, failures| stack.function("message", "Errors", failures),
};
const AUTHORIZER_FAILURES: Case = Case {
    alarm: "authorizer-failures",
    line: 20,
    at: |stack, percent| {
        stack.function("authorizer", "Invocations", 100);
        stack.function("authorizer", "Errors", percent);
    },
};
const LATENCY: Case = Case {
    alarm: "latency",
    line: 500,
    at: |stack, ms| stack.slow_frames(98, f64::from(ms)),
};
const THROTTLES: Case = Case {
    alarm: "throttles",
    line: 5,
    at: |stack, throttles| stack.function("message", "Throttles", throttles),
};
const TABLE_THROTTLES: Case = Case {
    alarm: "table-throttles",
    line: 5,
    at: |stack, throttles| stack.table("WriteThrottleEvents", throttles),
};
const ABNORMAL_DISCONNECTS: Case = Case {
    alarm: "abnormal-disconnects",
    line: 30,
    at: |stack, percent| stack.disconnects(100, percent),
};
const DELIVERY_ERRORS: Case = Case {
    alarm: "delivery-errors",
    line: 5,
    at: |stack, percent| stack.delivery(100, percent as usize),
};
const QUEUE_AGE: Case = Case {
    alarm: "queue-age",
    line: 60,
    at: |stack, seconds| stack.queue("fanout", "ApproximateAgeOfOldestMessage", seconds),
};
const GATEWAY_ERRORS: Case = Case {
    alarm: "gateway-errors",
    line: 5,
    at: |stack, errors| {
        let api = stack.apis().next().unwrap_or_default();
        stack.gateway(api, "ExecutionError", errors);
    },
};

const CASES: [Case; 11] = [
    ERRORS,
    HANDSHAKE_ERRORS,
    FUNCTION_FAILURES,
    AUTHORIZER_FAILURES,
    LATENCY,
    THROTTLES,
    TABLE_THROTTLES,
    ABNORMAL_DISCONNECTS,
    DELIVERY_ERRORS,
    QUEUE_AGE,
    GATEWAY_ERRORS,
];

impl Case {
    /// `w` is a minute in which all is well, `l` one on the line, `b` one over it.
    fn told(&self, stack: &Stack, minutes: &str) -> String {
        told(stack, self.alarm, minutes, |stack, letter| {
            let amount = match letter {
                'w' => 0,
                'l' => self.line,
                _ => over(self.line),
            };
            (self.at)(stack, amount);
        })
    }

    /// The alarms that must be on when this one is.
    fn with_its_group(&self) -> BTreeSet<&'static str> {
        BTreeSet::from([self.alarm, "users-affected"])
    }
}

/// A tenth over the line, and at least one: metrics have three digits here.
const fn over(line: u32) -> u32 {
    line + line / 10 + 1
}

#[test]
fn every_alarm_of_the_program_has_its_test_here() {
    let tested = CASES.iter().map(|case| case.alarm);
    let tested: BTreeSet<&str> = tested.chain(["dead-letters"]).collect();
    assert_eq!(stack().alarms(), tested);
}

#[test]
fn an_alarm_goes_off_when_three_of_five_minutes_were_over_its_line_and_goes_back() {
    for case in CASES {
        let stack = stack();
        let expect = |minutes, states: &str| {
            assert_eq!(case.told(&stack, minutes), states, "{}", case.alarm);
        };
        expect("wwwww", ".....");
        expect("lllll", ".....");
        // One bad minute, and two of five.
        expect("bwwwwbwwbw", "..........");
        expect("wwwwbbb", "......!");
        assert_eq!(stack.on(), case.with_its_group(), "and no other alarm");
        expect("wwwww", "!!...");
        assert_eq!(stack.on(), BTreeSet::new());
        expect("bwbwb", "....!");
        assert_eq!(stack.on(), case.with_its_group());
        expect("w", ".");
        assert_eq!(stack.on(), BTreeSet::new());
    }
}

#[test]
fn a_message_in_the_dead_letter_queue_is_an_alarm_at_once_and_until_it_is_gone() {
    let stack = stack();
    let count = |stack: &Stack, letter: char| {
        let count = letter.to_digit(10).unwrap_or_default();
        stack.queue("fanout-dead", "ApproximateNumberOfMessagesVisible", count);
    };
    assert_eq!(told(&stack, "dead-letters", "00", count), "..");
    assert_eq!(told(&stack, "dead-letters", "1221", count), "!!!!");
    assert_eq!(stack.on(), BTreeSet::from(["dead-letters", "attention"]));
    assert_eq!(told(&stack, "dead-letters", "000", count), "...");
    assert_eq!(stack.on(), BTreeSet::new());
}

#[test]
fn the_queue_of_backends_has_alarms_of_its_own() {
    let planned = Planned::with(&[("inlet", r#"{"enabled": true}"#)]);
    let stack = Stack::new(planned.clone());
    let waiting = |stack: &Stack, letter: char| {
        let seconds = if letter == 'b' { 61 } else { 60 };
        stack.queue("inlet", "ApproximateAgeOfOldestMessage", seconds);
    };
    assert_eq!(told(&stack, "inlet-age", "lllbbb", waiting), ".....!");
    assert_eq!(stack.on(), BTreeSet::from(["inlet-age", "users-affected"]));
    let stack = Stack::new(planned);
    let put_aside = |stack: &Stack, letter: char| {
        let count = letter.to_digit(10).unwrap_or_default();
        stack.queue("inlet-dead", "ApproximateNumberOfMessagesVisible", count);
    };
    assert_eq!(told(&stack, "inlet-dead-letters", "010", put_aside), ".!.");
}

#[test]
fn the_lines_are_those_that_the_settings_draw() {
    let thresholds = r#"{"thresholds": {"latencyMs": 1000, "errorPercent": 20, "abnormalDisconnectPercent": 60,
                                        "queueAgeSeconds": 300}}"#;
    let planned = Planned::with(&[("observability", thresholds)]);
    for (case, line) in [
        (LATENCY, 1000),
        (ERRORS, 20),
        (HANDSHAKE_ERRORS, 20),
        (DELIVERY_ERRORS, 20),
        (ABNORMAL_DISCONNECTS, 60),
        (QUEUE_AGE, 300),
    ] {
        let stack = Stack::new(planned.clone());
        let case = Case { line, ..case };
        assert_eq!(case.told(&stack, "lllll"), ".....", "{}", case.alarm);
        assert_eq!(case.told(&stack, "bbb"), "..!", "{}", case.alarm);
    }
}

#[test]
fn a_share_of_few_is_no_alarm_and_of_enough_it_is_one() {
    let shares: [(&str, Minute); 6] = [
        ("errors", |stack, all| stack.frames(all, all)),
        ("handshake-errors", |stack, all| stack.handshakes(all, all)),
        ("authorizer-failures", |stack, all| {
            stack.function("authorizer", "Invocations", all);
            stack.function("authorizer", "Errors", all);
        }),
        ("latency", |stack, all| {
            (0..all).for_each(|_| stack.frame(false, 2_000.0));
        }),
        ("abnormal-disconnects", |stack, all| {
            stack.disconnects(all, all);
        }),
        ("delivery-errors", |stack, all| {
            stack.delivery(all as usize, all as usize);
        }),
    ];
    for (alarm, all_bad) in shares {
        let stack = stack();
        let minutes = |stack: &Stack, letter: char| {
            all_bad(stack, if letter == 'f' { ENOUGH - 1 } else { ENOUGH });
        };
        assert_eq!(
            told(&stack, alarm, "ffffffffff", minutes),
            "..........",
            "{alarm}"
        );
        assert_eq!(told(&stack, alarm, "eeef", minutes), "..!!", "{alarm}");
    }
}

#[test]
fn failures_are_seen_among_those_that_never_connected_before() {
    // No connection was ever made, so that there is no metric of them at all.
    let stack = stack();
    let failing = |stack: &Stack, _| stack.handshakes(30, 30);
    assert_eq!(told(&stack, "handshake-errors", "bbb", failing), "..!");
}

#[test]
fn each_function_but_the_authorizer_counts_as_failing() {
    let functions: Vec<String> = stack().functions().map(str::to_owned).collect();
    assert!(functions.len() > 1, "{functions:?}");
    for function in functions {
        let stack = stack();
        let failing = |stack: &Stack, _| stack.function(&function, "Errors", 100);
        let states = told(&stack, "function-failures", "bbb", failing);
        let expected = if function == "authorizer" {
            "..."
        } else {
            "..!"
        };
        assert_eq!(states, expected, "{function}");
    }
}

#[test]
fn what_the_authorizer_says_itself_is_not_told_twice() {
    // The issuer is down: each handshake is an error for Lambda, and the authorizer says so.
    let stack = stack();
    let failing = |stack: &Stack, _| {
        stack.handshakes(100, 100);
        stack.function("authorizer", "Invocations", 100);
        stack.function("authorizer", "Errors", 100);
    };
    assert_eq!(told(&stack, "handshake-errors", "bbb", failing), "..!");
    let on = BTreeSet::from(["handshake-errors", "users-affected"]);
    assert_eq!(stack.on(), on);
}

#[test]
fn failures_of_several_functions_add_up() {
    let stack = stack();
    let failing = |stack: &Stack, _| {
        for function in ["connect", "fanout"] {
            stack.function(function, "Errors", 1);
        }
    };
    assert_eq!(told(&stack, "function-failures", "bbb", failing), "..!");
}

#[test]
fn each_function_and_the_table_count_as_throttled() {
    let functions: Vec<String> = stack().functions().map(str::to_owned).collect();
    for function in functions {
        let stack = stack();
        let throttled = |stack: &Stack, _| stack.function(&function, "Throttles", 6);
        let states = told(&stack, "throttles", "bbb", throttled);
        assert_eq!(states, "..!", "{function}");
    }
    for metric in ["ReadThrottleEvents", "WriteThrottleEvents"] {
        let stack = stack();
        let throttled = |stack: &Stack, _| stack.table(metric, 6);
        assert_eq!(
            told(&stack, "table-throttles", "bbb", throttled),
            "..!",
            "{metric}"
        );
    }
}

#[test]
fn each_of_several_apis_counts() {
    let planned = Planned::with(&[("gateway", r#"{"endpoints": 3}"#)]);
    let apis: Vec<String> = Stack::new(planned.clone())
        .apis()
        .map(str::to_owned)
        .collect();
    assert_eq!(apis.len(), 3);
    for api in apis {
        let stack = Stack::new(planned.clone());
        let failing = |stack: &Stack, _| stack.gateway(&api, "ExecutionError", 6);
        assert_eq!(told(&stack, "gateway-errors", "bbb", failing), "..!");
    }
}
