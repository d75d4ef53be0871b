//! What each use case asks of DynamoDB, measured: the domain's own code over the store's adapter, and an embedded DynamoDB
//! that says what each request consumed. Failed conditions count as they are charged.

mod bench;
mod rows;

use std::fmt::Write;

use tidegate_aws::Units;

/// What one operation consumes: a fixed part, and one for each of something.
#[derive(Debug, Clone, PartialEq)]
struct Cost {
    fixed: f64,
    each: Option<(f64, &'static str)>,
}

/// A line of the table.
struct Row {
    operation: &'static str,
    writes: Cost,
    reads: Cost,
}

impl Row {
    fn fixed(operation: &'static str, units: Units) -> Self {
        let cost = |fixed| Cost { fixed, each: None };
        Self {
            operation,
            writes: cost(units.write),
            reads: cost(units.read),
        }
    }

    /// Of what was measured with 1, 2 and 4 of something. Reads are rounded up by the page, so they are told by the smallest.
    #[track_caller]
    fn linear(operation: &'static str, of: &'static str, measured: [Units; 3]) -> Self {
        let writes = measured.map(|units| units.write);
        let reads = measured.map(|units| units.read);
        Self {
            operation,
            writes: Cost::linear(of, writes),
            reads: Cost::linear(of, reads),
        }
    }
}

impl Cost {
    #[track_caller]
    fn linear(of: &'static str, [one, two, four]: [f64; 3]) -> Self {
        let each = two - one;
        let fits = (four - (one + 3.0 * each)).abs() < f64::EPSILON;
        assert!(fits, "not the same for each of {of}: {one}, {two}, {four}");
        Self {
            fixed: one - each,
            each: (each > 0.0).then_some((each, of)),
        }
    }
}

impl std::fmt::Display for Cost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.each {
            None => write!(f, "{}", self.fixed),
            Some((each, of)) if self.fixed == 0.0 => write!(f, "{each} for each {of}"),
            Some((each, of)) => write!(f, "{} + {each} for each {of}", self.fixed),
        }
    }
}

/// The table as it stands in the page.
pub(crate) async fn table() -> String {
    let mut text = String::from("| operation | write units | read units |\n|---|---|---|\n");
    for row in rows::all().await {
        let Row {
            operation,
            writes,
            reads,
        } = row;
        let _written = writeln!(text, "| {operation} | {writes} | {reads} |");
    }
    text
}
