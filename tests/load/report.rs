//! Figures of several runs, as a table for people or as JSON for scripts.

use std::fmt::Write as _;
use std::io::Write as _;
use std::thread::available_parallelism;

use anyhow::Result;
use serde_json::{Map, Value, json};

use crate::args::{Args, Scenario};

/// Figures of one run, in the order in which they are shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures(Vec<Figure>);

#[derive(Clone, Debug)]
struct Figure {
    name: String,
    unit: &'static str,
    value: f64,
}

/// Figures of all runs of a scenario.
#[derive(Debug)]
pub(crate) struct Report {
    name: &'static str,
    settings: Map<String, Value>,
    runs: Vec<Figures>,
}

/// One figure over all runs, sorted.
struct Row<'a> {
    name: &'a str,
    unit: &'static str,
    values: Vec<f64>,
}

impl Figures {
    pub(crate) fn add(&mut self, name: &str, unit: &'static str, value: f64) {
        self.0.push(Figure { name: name.to_owned(), unit, value });
    }

    /// What was measured in one way of several.
    pub(crate) fn add_all(&mut self, prefix: &str, others: Self) {
        let named = |figure: Figure| Figure { name: format!("{prefix}_{}", figure.name), ..figure };
        self.0.extend(others.0.into_iter().map(named));
    }

    fn value(&self, name: &str) -> Option<f64> {
        self.0.iter().find(|figure| figure.name == name).map(|figure| figure.value)
    }
}

impl Report {
    pub(crate) fn new(scenario: &Scenario, args: &Args) -> Self {
        let mut settings = Map::new();
        for (name, value) in scenario.choices() {
            settings.insert(name.to_owned(), value.into());
        }
        settings.insert("pin".to_owned(), args.pin.into());
        let cores = available_parallelism().map_or(1, usize::from);
        settings.insert("cores".to_owned(), cores.into());
        settings.insert("bridge".to_owned(), args.bridge.into());
        settings.insert("seed".to_owned(), args.seed.into());
        Self { name: scenario.name(), settings, runs: Vec::new() }
    }

    pub(crate) fn add(&mut self, figures: Figures) {
        self.runs.push(figures);
    }

    pub(crate) fn print(&self, args: &Args) -> Result<()> {
        let text = match args {
            Args { json: true, .. } => self.json().to_string(),
            Args { markdown: true, .. } => self.markdown(),
            _ => self.table(),
        };
        let mut stdout = std::io::stdout().lock();
        writeln!(stdout, "{text}")?;
        stdout.flush()?;
        Ok(())
    }

    fn json(&self) -> Value {
        let mut figures = Map::new();
        for row in self.rows() {
            let value = json!({ "unit": row.unit, "median": row.median(), "runs": row.values });
            figures.insert(row.name.to_owned(), value);
        }
        json!({ "type": self.name, "settings": self.settings, "figures": figures })
    }

    fn table(&self) -> String {
        let mut text = self.name.to_owned();
        for (name, value) in &self.settings {
            write!(text, "  {name}={value}").ok();
        }
        write!(text, "  runs={}", self.runs.len()).ok();
        for row in self.rows() {
            let (least, most) = (row.values.first(), row.values.last());
            write!(
                text,
                "\n  {:<34} {:>12} {:<6} {} to {}",
                row.name,
                show(row.median()),
                row.unit,
                show(least.copied().unwrap_or_default()),
                show(most.copied().unwrap_or_default()),
            )
            .ok();
        }
        text.push('\n');
        text
    }

    fn markdown(&self) -> String {
        let runs = self.runs.len();
        let mut text = format!("| {}, median of {runs} | figure |\n|---|---:|", self.name);
        for row in self.rows() {
            let (least, most) = (row.values.first(), row.values.last());
            let [least, most] = [least, most].map(|value| show(value.copied().unwrap_or_default()));
            let (name, figure, unit) = (row.name, show(row.median()), row.unit);
            write!(text, "\n| `{name}` | {figure} ({least} to {most}) {unit} |").ok();
        }
        text.push('\n');
        text
    }

    fn rows(&self) -> Vec<Row<'_>> {
        let first = self.runs.first().map_or(&[][..], |run| run.0.as_slice());
        let row = |figure: &'_ Figure| {
            let mut values: Vec<f64> =
                self.runs.iter().filter_map(|run| run.value(&figure.name)).collect();
            values.sort_by(f64::total_cmp);
            values
        };
        first
            .iter()
            .map(|figure| Row { name: &figure.name, unit: figure.unit, values: row(figure) })
            .collect()
    }
}

impl Row<'_> {
    /// The lower one of the two in the middle, if there are two.
    fn median(&self) -> f64 {
        let middle = self.values.len().saturating_sub(1) / 2;
        self.values.get(middle).copied().unwrap_or_default()
    }
}

/// Three digits are as much as such a figure can bear.
fn show(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

#[expect(clippy::print_stderr, reason = "for the person at the keys")]
pub(crate) fn complain(error: &anyhow::Error) {
    eprintln!("parlor-load: {error:#}");
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn the_median_of_the_runs_is_told() {
        let run = |value| {
            let mut figures = Figures::default();
            figures.add("acked", "1/s", value);
            figures
        };
        let runs = [3.0, 1234.0, 2.0].map(run).into();
        let settings = Map::from_iter([("window".to_owned(), 64.into())]);
        let report = Report { name: "durable", settings, runs };
        expect![[r#"
            durable  window=64  runs=3
              acked                                      3.00 1/s    2.00 to 1234
        "#]]
        .assert_eq(&report.table());
        expect![[r#"
            | durable, median of 3 | figure |
            |---|---:|
            | `acked` | 3.00 (2.00 to 1234) 1/s |
        "#]]
        .assert_eq(&report.markdown());
        expect![[r#"{"figures":{"acked":{"median":3.0,"runs":[2.0,3.0,1234.0],"unit":"1/s"}},"settings":{"window":64},"type":"durable"}"#]].assert_eq(&report.json().to_string());
    }
}
