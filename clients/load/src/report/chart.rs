//! A chart: lines over the time of the run, as SVG within the page.

use std::fmt::Write as _;

use super::escaped;

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 200.0;
/// Room for the numbers of the axes.
const LEFT: f64 = 52.0;
const RIGHT: f64 = 8.0;
const TOP: f64 = 18.0;
const BOTTOM: f64 = 22.0;

/// A line.
pub(super) struct Series {
    pub(super) name: &'static str,
    /// When, and what; none where there is nothing to show.
    pub(super) points: Vec<(f64, Option<f64>)>,
}

/// Lines with their axes.
pub(super) struct Chart {
    pub(super) title: &'static str,
    pub(super) unit: &'static str,
    pub(super) series: Vec<Series>,
}

impl Chart {
    /// Draws it; the steady time is shaded.
    pub(super) fn draw(&self, steady: (f64, f64)) -> String {
        let points = || self.series.iter().flat_map(|series| &series.points);
        let end = points().map(|(at, _)| *at).fold(1.0, f64::max);
        let top = round_up(points().filter_map(|(_, value)| *value).fold(0.0, f64::max));
        let x = |at: f64| LEFT + at / end * (WIDTH - LEFT - RIGHT);
        let y = |value: f64| HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM);
        let mut svg = format!(
            "<figure><figcaption>{0}</figcaption>\n<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{0}\">\n",
            escaped(self.title)
        );
        // Writing to a text does not fail; so below.
        let _written = writeln!(
            svg,
            "<rect class=\"steady\" x=\"{:.1}\" y=\"{TOP}\" width=\"{:.1}\" height=\"{:.1}\"/>",
            x(steady.0),
            x(steady.1) - x(steady.0),
            HEIGHT - TOP - BOTTOM,
        );
        for part in [0.0, 0.5, 1.0] {
            let (value, at) = (top * part, y(top * part));
            let _written = writeln!(
                svg,
                "<line class=\"axis\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}{}</text>",
                WIDTH - RIGHT,
                LEFT - 5.0,
                at + 4.0,
                short(value),
                self.unit,
            );
        }
        for part in [0.0, 0.25, 0.5, 0.75, 1.0] {
            let anchor = if part < 1.0 { "middle" } else { "end" };
            let _written = writeln!(
                svg,
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{:.0} s</text>",
                x(end * part),
                HEIGHT - 6.0,
                end * part,
            );
        }
        for (number, series) in self.series.iter().enumerate() {
            let _written = writeln!(
                svg,
                "<path class=\"s{number}\" d=\"{}\"/>",
                path(&series.points, &x, &y)
            );
            let _written = writeln!(
                svg,
                "<text class=\"k{number}\" x=\"{}\" y=\"12\">— {}</text>",
                [LEFT, LEFT + 110.0].get(number).unwrap_or(&LEFT),
                escaped(series.name)
            );
        }
        svg.push_str("</svg></figure>\n");
        svg
    }
}

/// The line, which breaks off where there is nothing to show.
fn path(points: &[(f64, Option<f64>)], x: &impl Fn(f64) -> f64, y: &impl Fn(f64) -> f64) -> String {
    let mut path = String::new();
    let mut is_drawing = false;
    for (at, value) in points {
        if let Some(value) = value {
            let command = if is_drawing { 'L' } else { 'M' };
            let _written = write!(path, "{command}{:.1} {:.1}", x(*at), y(*value));
        }
        is_drawing = value.is_some();
    }
    path
}

/// The next 1, 2 or 5 with noughts.
fn round_up(value: f64) -> f64 {
    if value <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0];
    steps
        .into_iter()
        .map(|step| step * power)
        .find(|bound| *bound >= value)
        .unwrap_or(value)
}

fn short(value: f64) -> String {
    match value {
        value if value >= 10_000.0 => format!("{:.0}k", value / 1e3),
        value if value >= 10.0 || value.fract() == 0.0 => format!("{value:.0}"),
        value => format!("{value:.1}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_in_a_round_number_above_all_points() {
        for (value, top) in [
            (0.0, 1.0),
            (0.3, 0.5),
            (7.0, 10.0),
            (10.0, 10.0),
            (1_200.0, 2_000.0),
        ] {
            assert!((round_up(value) - top).abs() < 1e-9, "{value}");
        }
    }

    #[test]
    fn a_line_breaks_off_where_nothing_is_known() {
        let points = [(0.0, Some(1.0)), (1.0, None), (2.0, Some(3.0))];
        assert_eq!(path(&points, &|x| x, &|y| y), "M0.0 1.0M2.0 3.0");
    }
}
