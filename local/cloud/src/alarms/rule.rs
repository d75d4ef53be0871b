//! The rule of a composite alarm.

use thiserror::Error;

use super::AlarmState;

/// When a composite alarm is in alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// An alarm is in a state: `ALARM(name)`, `OK(name)`, `INSUFFICIENT_DATA(name)`.
    State(AlarmState, String),
    /// `TRUE`, `FALSE`
    Constant(bool),
    /// `NOT a`
    Not(Box<Rule>),
    /// `a AND b`
    And(Box<Rule>, Box<Rule>),
    /// `a OR b`
    Or(Box<Rule>, Box<Rule>),
}

/// A rule that is not emulated, or is none.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "the rule `{rule}` is not emulated: {problem}; there are ALARM(name), OK(name), INSUFFICIENT_DATA(name), TRUE, \
     FALSE, AND, OR, NOT and parentheses"
)]
pub struct UnsupportedRule {
    /// The rule.
    pub rule: String,
    /// What in it.
    pub problem: String,
}

/// How deep rules may be in one another.
const DEPTH: usize = 32;

impl Rule {
    /// Reads a rule.
    ///
    /// # Errors
    /// Says what in it is not emulated.
    pub fn parse(text: &str) -> Result<Self, UnsupportedRule> {
        let mut parser = Parser {
            rest: text,
            depth: 0,
        };
        let parsed = parser
            .any()
            .and_then(|rule| match parser.rest.trim_start() {
                "" => Ok(rule),
                _ => Err(parser.unexpected()),
            });
        parsed.map_err(|problem| UnsupportedRule {
            rule: text.to_owned(),
            problem,
        })
    }

    /// The alarms that it names.
    #[must_use]
    pub fn alarms(&self) -> Vec<&str> {
        match self {
            Self::State(_, name) => vec![name],
            Self::Constant(_) => Vec::new(),
            Self::Not(rule) => rule.alarms(),
            Self::And(one, other) | Self::Or(one, other) => {
                let mut alarms = one.alarms();
                alarms.extend(other.alarms());
                alarms
            }
        }
    }

    /// Whether it holds, with what `state` tells of each alarm.
    pub fn holds(&self, state: &dyn Fn(&str) -> AlarmState) -> bool {
        match self {
            Self::State(wanted, name) => state(name) == *wanted,
            Self::Constant(constant) => *constant,
            Self::Not(rule) => !rule.holds(state),
            Self::And(one, other) => one.holds(state) && other.holds(state),
            Self::Or(one, other) => one.holds(state) || other.holds(state),
        }
    }
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

impl Parser<'_> {
    /// `NOT` binds closest, then `AND`, then `OR`.
    fn any(&mut self) -> Result<Rule, String> {
        let mut left = self.all()?;
        while self.word("OR") {
            left = Rule::Or(Box::new(left), Box::new(self.all()?));
        }
        Ok(left)
    }

    fn all(&mut self) -> Result<Rule, String> {
        let mut left = self.one()?;
        while self.word("AND") {
            left = Rule::And(Box::new(left), Box::new(self.one()?));
        }
        Ok(left)
    }

    fn one(&mut self) -> Result<Rule, String> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(format!("it is more than {DEPTH} levels deep"));
        }
        let one = self.shallow_one();
        self.depth -= 1;
        one
    }

    fn shallow_one(&mut self) -> Result<Rule, String> {
        if self.word("NOT") {
            return Ok(Rule::Not(Box::new(self.one()?)));
        }
        for (word, constant) in [("TRUE", true), ("FALSE", false)] {
            if self.word(word) {
                return Ok(Rule::Constant(constant));
            }
        }
        for state in [
            AlarmState::Alarm,
            AlarmState::Ok,
            AlarmState::InsufficientData,
        ] {
            if self.word(state.name()) {
                self.symbol('(')?;
                let name = self.name()?;
                self.symbol(')')?;
                return Ok(Rule::State(state, name));
            }
        }
        self.symbol('(')?;
        let inner = self.any()?;
        self.symbol(')')?;
        Ok(inner)
    }

    /// An alarm's name, or its ARN, in quotation marks or bare up to the parenthesis.
    fn name(&mut self) -> Result<String, String> {
        self.rest = self.rest.trim_start();
        let quote = self.rest.chars().next().filter(|c| "\"'".contains(*c));
        let (name, rest) = match quote {
            Some(quote) => self.rest[1..].split_once(quote),
            None => self.rest.find(')').map(|at| self.rest.split_at(at)),
        }
        .ok_or_else(|| self.unexpected())?;
        let name = name.trim();
        if name.is_empty() {
            return Err("a name is missing".to_owned());
        }
        let name = name.rsplit(":alarm:").next().unwrap_or(name).to_owned();
        self.rest = rest;
        Ok(name)
    }

    /// Takes a word if it comes next, as a whole.
    fn word(&mut self, word: &str) -> bool {
        self.rest = self.rest.trim_start();
        let rest = self.rest.strip_prefix(word);
        let rest = rest.filter(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'));
        if let Some(rest) = rest {
            self.rest = rest;
        }
        rest.is_some()
    }

    fn symbol(&mut self, symbol: char) -> Result<(), String> {
        self.rest = self.rest.trim_start();
        self.rest = self
            .rest
            .strip_prefix(symbol)
            .ok_or_else(|| self.unexpected())?;
        Ok(())
    }

    fn unexpected(&self) -> String {
        match self.rest.trim_start() {
            "" => "it ends too early".to_owned(),
            rest => {
                let at: String = rest.chars().take(16).collect();
                format!("`{at}` cannot stand where it stands")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(rule: &str, in_alarm: &[&str]) -> bool {
        Rule::parse(rule).unwrap().holds(&|name| {
            if in_alarm.contains(&name) {
                AlarmState::Alarm
            } else {
                AlarmState::Ok
            }
        })
    }

    #[test]
    fn and_binds_closer_than_or_and_not_closest() {
        let rule = r#"ALARM(a) OR ALARM("b") AND NOT ALARM('c')"#;
        assert!(holds(rule, &["a", "c"]));
        assert!(holds(rule, &["b"]));
        assert!(!holds(rule, &["b", "c"]));
        assert!(!holds("(ALARM(a) OR ALARM(b)) AND OK(c)", &["a", "c"]));
        assert!(holds("NOT (FALSE OR INSUFFICIENT_DATA(a)) AND TRUE", &[]));
    }

    #[test]
    fn an_arn_names_its_alarm_and_a_name_may_have_blanks() {
        let rule = Rule::parse(
            "ALARM(arn:aws:cloudwatch:eu-central-1:000000000000:alarm:one) OR OK(\"two three\")",
        );
        assert_eq!(rule.unwrap().alarms(), ["one", "two three"]);
    }

    #[test]
    fn what_is_no_rule_is_refused_by_name() {
        for (rule, named) in [
            ("", "ends too early"),
            ("ALARM(a) ALARM(b)", "`ALARM(b)`"),
            ("ALARM()", "a name is missing"),
            ("AT_LEAST(1, ALARM, (a, b))", "`AT_LEAST"),
            ("ALARM(a) AND", "ends too early"),
        ] {
            let error = Rule::parse(rule).unwrap_err();
            assert!(error.problem.contains(named), "{rule}: {error}");
        }
        let deep = "NOT ".repeat(10_000);
        assert!(Rule::parse(&deep).unwrap_err().problem.contains("deep"));
    }
}
