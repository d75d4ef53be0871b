//! The dashboard.

use pulumi::{Component, Output};
use pulumi_aws::cloudwatch::Dashboard;
use serde_json::{Value, json};

use super::Watched;
use super::query::{Query, Series, What};
use super::widgets;

/// How wide the dashboard is, in CloudWatch's units.
const WIDTH: usize = 24;
/// How wide and high a picture is.
const PICTURE: (usize, usize) = (8, 6);

/// One picture.
pub(super) struct Widget {
    pub(super) title: String,
    /// What is under it: one sentence for whoever looks at night.
    pub(super) unit: &'static str,
    pub(super) queries: Vec<(Query, Shown)>,
    /// Whether values are stacked.
    pub(super) stacked: bool,
    /// In seconds.
    pub(super) period_s: u32,
}

/// Whether a query is a line of the picture, or only counted with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shown {
    Line(String),
    Hidden,
}

/// Makes it, and returns its name.
pub(super) fn create(component: &Component, watched: &Watched) -> Output<String> {
    let name = watched.name.clone();
    let region = watched.region.clone();
    let widgets = widgets::all(watched).into_iter().enumerate();
    let widgets = widgets.map(|(number, widget)| {
        let (width, height) = PICTURE;
        let in_row = WIDTH / width;
        let place = (number % in_row * width, number / in_row * height);
        widget.body(place, &region)
    });
    // With `auto`, CloudWatch takes longer periods for longer times, and what is said to be a minute's or an hour's is not.
    let body = Output::all(widgets)
        .map(|widgets| json!({"periodOverride": "inherit", "widgets": widgets}).to_string());
    let dashboard = Dashboard::builder("dashboard")
        .dashboard_name(name)
        .dashboard_body(body)
        .create(component);
    dashboard.dashboard_name
}

impl Widget {
    fn body(self, (x, y): (usize, usize), region: &Output<String>) -> Output<Value> {
        let Self {
            title,
            unit,
            queries,
            stacked,
            period_s,
        } = self;
        let lines = queries
            .into_iter()
            .map(|(query, shown)| line(query, &shown));
        let (width, height) = PICTURE;
        Output::all(lines).zip(region).map(move |(lines, region)| {
            json!({
                "type": "metric", "x": x, "y": y, "width": width, "height": height,
                "properties": {
                    "title": title,
                    "view": "timeSeries",
                    "stacked": stacked,
                    "region": region,
                    "period": period_s,
                    "yAxis": {"left": {"label": unit, "showUnits": false, "min": 0}},
                    "metrics": lines,
                },
            })
        })
    }
}

/// A line of a picture, in CloudWatch's words: `[namespace, name, dimension, value, …, {options}]`.
fn line(Query { id, what, .. }: Query, shown: &Shown) -> Output<Value> {
    let (visible, label) = match shown {
        Shown::Line(label) => (true, Some(label.clone())),
        Shown::Hidden => (false, None),
    };
    let mut options = json!({"id": id, "visible": visible});
    if let Some(label) = label {
        options["label"] = label.into();
    }
    match what {
        What::Expression(expression) => {
            options["expression"] = expression.into();
            Output::known(json!([options]))
        }
        What::Series(Series {
            namespace,
            name,
            dimensions,
            statistic,
        }) => {
            options["stat"] = statistic.into();
            let names: Vec<_> = dimensions.iter().map(|(name, _)| *name).collect();
            let values = Output::all(dimensions.into_iter().map(|(_, value)| value));
            values.map(move |values| {
                let mut line = vec![json!(namespace), json!(name)];
                for (name, value) in names.iter().zip(values) {
                    line.extend([json!(name), json!(value)]);
                }
                line.push(options);
                Value::Array(line)
            })
        }
    }
}
