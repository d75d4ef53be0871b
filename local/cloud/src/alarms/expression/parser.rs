//! Text to expressions, by recursive descent.

use super::{Aggregate, Expression, Filling, Operator};

/// Operators that bind alike, the loosest first, with how they are written. What begins like another comes after it.
const LEVELS: [&[(&str, Operator)]; 5] = [
    &[("||", Operator::Or), ("OR", Operator::Or)],
    &[("&&", Operator::And), ("AND", Operator::And)],
    &[
        ("==", Operator::Equal),
        ("!=", Operator::NotEqual),
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
    ],
    &[("+", Operator::Plus), ("-", Operator::Minus)],
    &[("*", Operator::Times), ("/", Operator::Divide)],
];

/// How deep expressions may be in one another: more is nobody's alarm, and would take the stack.
const DEPTH: usize = 32;

pub(super) fn parse(text: &str) -> Result<Expression, String> {
    let mut parser = Parser {
        rest: text,
        depth: 0,
    };
    let expression = parser.level(0)?;
    parser.skip();
    if parser.rest.is_empty() {
        return Ok(expression);
    }
    Err(parser.unexpected())
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn level(&mut self, level: usize) -> Result<Expression, String> {
        let Some(operators) = LEVELS.get(level) else {
            return self.operand();
        };
        let mut left = self.level(level + 1)?;
        while let Some(operator) = self.operator(operators) {
            let right = self.level(level + 1)?;
            left = Expression::Binary(Box::new(left), operator, Box::new(right));
        }
        Ok(left)
    }

    fn operator(&mut self, operators: &[(&str, Operator)]) -> Option<Operator> {
        self.skip();
        let (text, operator) = operators.iter().find(|(text, _)| {
            let is_word = text.starts_with(char::is_alphabetic);
            if is_word {
                self.word() == Some(text)
            } else {
                self.rest.starts_with(text)
            }
        })?;
        self.rest = &self.rest[text.len()..];
        Some(*operator)
    }

    fn operand(&mut self) -> Result<Expression, String> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(format!("it is more than {DEPTH} levels deep"));
        }
        let operand = self.shallow_operand();
        self.depth -= 1;
        operand
    }

    fn shallow_operand(&mut self) -> Result<Expression, String> {
        self.skip();
        match self.rest.chars().next() {
            Some('(') => {
                self.expect("(")?;
                let inner = self.level(0)?;
                self.expect(")")?;
                Ok(inner)
            }
            Some('[') => {
                self.expect("[")?;
                let all = self.separated("]")?;
                if all.iter().all(Expression::is_series) {
                    Ok(Expression::List(all))
                } else {
                    Err("a list is one of series: metrics, or expressions of some".to_owned())
                }
            }
            Some('-') => {
                self.expect("-")?;
                Ok(Expression::Negative(Box::new(self.operand()?)))
            }
            Some(first) if first.is_ascii_digit() || first == '.' => self.number(),
            Some(first) if first.is_ascii_alphabetic() => self.name(),
            _ => Err(self.unexpected()),
        }
    }

    fn number(&mut self) -> Result<Expression, String> {
        let part = |c: char| c.is_ascii_digit() || c == '.';
        let end = self.rest.find(|c| !part(c)).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        let number = digits
            .parse()
            .map_err(|_| format!("`{digits}` is no number"))?;
        self.rest = rest;
        Ok(Expression::Number(number))
    }

    /// An id begins with a small letter, a function with a capital: CloudWatch asks for the first.
    fn name(&mut self) -> Result<Expression, String> {
        let Some(word) = self.word() else {
            return Err(self.unexpected());
        };
        self.rest = &self.rest[word.len()..];
        if word.starts_with(|c: char| c.is_ascii_lowercase()) {
            return Ok(Expression::Id(word.to_owned()));
        }
        self.function(word)
    }

    fn function(&mut self, name: &str) -> Result<Expression, String> {
        let aggregate = match name {
            "SUM" => Some(Aggregate::Sum),
            "MAX" => Some(Aggregate::Max),
            "MIN" => Some(Aggregate::Min),
            "AVG" => Some(Aggregate::Average),
            _ => None,
        };
        if aggregate.is_none() && !["IF", "FILL", "METRICS"].contains(&name) {
            return Err(format!("there is no {name}"));
        }
        self.expect("(")?;
        if name == "FILL" {
            return self.fill();
        }
        let mut arguments = self.separated(")")?.into_iter();
        let count = arguments.len();
        let mut next = || arguments.next().map(Box::new);
        let made = match (aggregate, count) {
            (Some(aggregate), 1) => next().map(|list| Expression::Aggregate(aggregate, list)),
            (None, 0) if name == "METRICS" => Some(Expression::Metrics),
            (None, 2 | 3) if name == "IF" => match (next(), next(), next()) {
                (Some(condition), Some(then), otherwise) => {
                    Some(Expression::If(condition, then, otherwise))
                }
                _ => None,
            },
            _ => None,
        };
        let Some(made) = made else {
            return Err(format!("{name} does not take {count} arguments"));
        };
        match &made {
            // Over time such a function makes one number of one series, and an alarm needs a series.
            Expression::Aggregate(_, list) if !is_list(list) => Err(format!(
                "{name} takes a list, as in {name}([m1, m2]): of one series it would be a single number"
            )),
            _ => Ok(made),
        }
    }

    fn fill(&mut self) -> Result<Expression, String> {
        let series = self.level(0)?;
        self.expect(",")?;
        self.skip();
        let filling = match self.word() {
            Some("REPEAT") => {
                self.expect("REPEAT")?;
                Filling::Repeat
            }
            Some("LINEAR") => return Err("FILL does not know LINEAR here".to_owned()),
            _ => Filling::Value(self.level(0)?),
        };
        self.expect(")")?;
        Ok(Expression::Fill(Box::new(series), Box::new(filling)))
    }

    fn separated(&mut self, end: &str) -> Result<Vec<Expression>, String> {
        let mut all = Vec::new();
        self.skip();
        if self.rest.starts_with(end) {
            self.expect(end)?;
            return Ok(all);
        }
        loop {
            all.push(self.level(0)?);
            self.skip();
            if self.rest.starts_with(',') {
                self.expect(",")?;
            } else {
                self.expect(end)?;
                return Ok(all);
            }
        }
    }

    fn word(&self) -> Option<&'a str> {
        let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = self.rest.find(|c| !part(c)).unwrap_or(self.rest.len());
        (end > 0).then(|| &self.rest[..end])
    }

    fn expect(&mut self, text: &str) -> Result<(), String> {
        self.skip();
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None => Err(format!("`{text}` is missing: {}", self.unexpected())),
        }
    }

    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn unexpected(&self) -> String {
        if self.rest.is_empty() {
            "it ends too early".to_owned()
        } else {
            let at: String = self.rest.chars().take(16).collect();
            format!("`{at}` cannot stand where it stands")
        }
    }
}

fn is_list(expression: &Expression) -> bool {
    match expression {
        Expression::List(_) | Expression::Metrics => true,
        Expression::Fill(series, _) => is_list(series),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> Box<Expression> {
        Box::new(Expression::Id(name.to_owned()))
    }

    #[test]
    fn operators_bind_as_in_arithmetic() {
        let product = Expression::Binary(id("b"), Operator::Times, id("c"));
        let sum = Expression::Binary(id("a"), Operator::Plus, Box::new(product));
        let half = Box::new(Expression::Number(0.5));
        let compared = Expression::Binary(Box::new(sum), Operator::Greater, half);
        let whole = Expression::Binary(Box::new(compared), Operator::And, id("d"));
        assert_eq!(parse("a + b*c > 0.5 AND d"), Ok(whole));
        let first = Expression::Binary(id("a"), Operator::Minus, id("b"));
        let left_first = Expression::Binary(Box::new(first), Operator::Minus, id("c"));
        assert_eq!(parse("a-b - c"), Ok(left_first));
    }

    #[test]
    fn a_word_is_an_operator_only_as_a_whole() {
        assert_eq!(
            parse("a ORDER b").unwrap_err(),
            "`ORDER b` cannot stand where it stands"
        );
    }

    #[test]
    fn what_alarms_are_made_of_is_read() {
        for text in [
            "100 * errors / IF(frames > 0, frames, 1)",
            "IF(m1 > 10 && m2 != 0, m2 / m1, 0)",
            "IF(m1, m2)",
            "FILL(m1, 0) + FILL(m2, REPEAT)",
            "SUM(FILL(METRICS(), 0))",
            "AVG([m1, m2, (m3 - -1)])",
            "MIN(METRICS())",
        ] {
            assert!(parse(text).is_ok(), "{text}: {:?}", parse(text));
        }
    }

    #[test]
    fn what_is_not_emulated_is_refused_by_name() {
        for (text, named) in [
            ("", "ends too early"),
            ("m1 +", "ends too early"),
            ("(m1", "`)` is missing"),
            ("m1 m2", "`m2`"),
            ("SEARCH('{X}', 'Sum')", "there is no SEARCH"),
            ("RATE(m1)", "there is no RATE"),
            ("SUM(m1)", "SUM takes a list"),
            ("IF(m1)", "IF does not take 1 arguments"),
            ("FILL(m1, LINEAR)", "LINEAR"),
            ("1.2.3", "no number"),
            ("m1 ^ 2", "`^ 2`"),
            ("MAX([m1, 1])", "a list is one of series"),
        ] {
            let problem = parse(text).unwrap_err();
            assert!(problem.contains(named), "{text}: {problem}");
        }
        assert!(parse(&"(".repeat(10_000)).unwrap_err().contains("deep"));
    }
}
