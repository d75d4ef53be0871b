//! Metric math: the part of CloudWatch's language that alarms are made of.

mod parser;

use thiserror::Error;

/// An expression of metric math.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// A number.
    Number(f64),
    /// What another query gives.
    Id(String),
    /// `METRICS()`: all queries that are metrics.
    Metrics,
    /// `[a, b]`
    List(Vec<Expression>),
    /// `-a`
    Negative(Box<Expression>),
    /// `a + b`, and so on.
    Binary(Box<Expression>, Operator, Box<Expression>),
    /// `IF(condition, then, otherwise)`; without the last there is no data where the condition does not hold.
    If(Box<Expression>, Box<Expression>, Option<Box<Expression>>),
    /// `FILL(series, value)`
    Fill(Box<Expression>, Box<Filling>),
    /// `SUM([a, b])`, and so on: over the series of a list, point by point.
    Aggregate(Aggregate, Box<Expression>),
}

/// What stands between two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `OR`, `||`
    Or,
    /// `AND`, `&&`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Times,
    /// `/`
    Divide,
}

/// What is put where there is no data.
#[derive(Debug, Clone, PartialEq)]
pub enum Filling {
    /// This.
    Value(Expression),
    /// The last value before.
    Repeat,
}

/// What is made of several series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    /// The sum of those that have data.
    Sum,
    /// The greatest.
    Max,
    /// The least.
    Min,
    /// The average of those that have data.
    Average,
}

/// An expression that is not emulated, or is none.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "the expression `{expression}` is not emulated: {problem}; there are numbers, ids, METRICS(), lists, + - * /, \
     comparisons, AND, OR, IF, FILL(m, number or REPEAT), and SUM, MAX, MIN and AVG of a list"
)]
pub struct UnsupportedExpression {
    /// The expression.
    pub expression: String,
    /// What in it.
    pub problem: String,
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// Says what in it is not emulated.
    pub fn parse(text: &str) -> Result<Self, UnsupportedExpression> {
        parser::parse(text).map_err(|problem| UnsupportedExpression {
            expression: text.to_owned(),
            problem,
        })
    }

    /// Whether it asks for an anomaly band, which is no metric math that could be evaluated here.
    #[must_use]
    pub fn is_anomaly_band(text: &str) -> bool {
        text.trim_start().starts_with("ANOMALY_DETECTION_BAND(")
    }

    /// Whether it makes one series, as an alarm needs it: not a number, and not a list.
    #[must_use]
    pub fn is_series(&self) -> bool {
        match self {
            Self::Number(_) | Self::Metrics | Self::List(_) => false,
            Self::Id(_) | Self::Aggregate(..) => true,
            Self::Negative(one) => one.is_series(),
            Self::Binary(one, _, other) => one.is_series() || other.is_series(),
            Self::If(condition, then, otherwise) => {
                let mut parts = [Some(condition), Some(then), otherwise.as_ref()]
                    .into_iter()
                    .flatten();
                parts.any(|part| part.is_series())
            }
            Self::Fill(series, _) => series.is_series(),
        }
    }

    /// The ids that it names.
    #[must_use]
    pub fn ids(&self) -> Vec<&str> {
        match self {
            Self::Number(_) | Self::Metrics => Vec::new(),
            Self::Id(id) => vec![id],
            Self::List(all) => all.iter().flat_map(Self::ids).collect(),
            Self::Negative(one) | Self::Aggregate(_, one) => one.ids(),
            Self::Binary(one, _, other) => [one, other].into_iter().flat_map(|e| e.ids()).collect(),
            Self::If(condition, then, otherwise) => {
                [Some(condition), Some(then), otherwise.as_ref()]
                    .into_iter()
                    .flatten()
                    .flat_map(|e| e.ids())
                    .collect()
            }
            Self::Fill(series, filling) => {
                let mut ids = series.ids();
                if let Filling::Value(value) = filling.as_ref() {
                    ids.extend(value.ids());
                }
                ids
            }
        }
    }
}
