//! OpenMetrics text, read strictly: whatever is not exactly as it must be stops the test.

use std::collections::{BTreeMap, BTreeSet};

/// The labels that there may be: nothing that tells who or where.
const LABELS: &[&str] = &[
    "code",
    "direction",
    "flavor",
    "kind",
    "le",
    "outcome",
    "reason",
    "request",
    "shard",
    "source",
    "transport",
    "version",
];

/// One scrape.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// By name with labels, as it stands.
    samples: BTreeMap<String, f64>,
    names: BTreeSet<String>,
}

/// What the lines above the samples say of them.
#[derive(Debug, Default)]
struct Family {
    name: String,
    kind: String,
}

impl Figures {
    /// Reads a whole page.
    #[must_use]
    pub fn parse(page: &str) -> Self {
        let page = page.strip_suffix("# EOF\n").unwrap_or_else(|| panic!("no end: {page}"));
        let mut figures = Self::default();
        let mut families = BTreeSet::new();
        let mut family = Family::default();
        for line in page.lines() {
            if let Some(told) = line.strip_prefix("# ") {
                let [what, name, rest] = told.splitn(3, ' ').collect::<Vec<_>>()[..] else {
                    panic!("too short: {line}");
                };
                match what {
                    "HELP" => {
                        assert!(families.insert(name.to_owned()), "twice: {line}");
                        assert!(
                            rest.ends_with(char::is_alphanumeric) || rest.ends_with('.'),
                            "{line}"
                        );
                        family = Family { name: name.to_owned(), kind: String::new() };
                    }
                    "TYPE" => {
                        assert_eq!((name, family.kind.as_str()), (family.name.as_str(), ""));
                        rest.clone_into(&mut family.kind);
                    }
                    "UNIT" => {
                        assert_eq!(name, family.name);
                        assert!(name.ends_with(&format!("_{rest}")), "{line}");
                    }
                    other => panic!("neither HELP nor TYPE nor UNIT: {other}"),
                }
            } else {
                figures.sample(line, &family);
            }
        }
        figures
    }

    /// The value of a figure, by its name and labels as they stand.
    #[must_use]
    pub fn value(&self, sample: &str) -> f64 {
        let value = self.samples.get(sample);
        *value.unwrap_or_else(|| panic!("no {sample} in {:#?}", self.samples.keys()))
    }

    /// The sum over all labels.
    #[must_use]
    pub fn sum(&self, name: &str) -> f64 {
        assert!(self.samples.keys().any(|sample| bare(sample) == name), "no {name}");
        let samples = self.samples.iter().filter(|(sample, _)| bare(sample) == name);
        samples.map(|(_, value)| value).sum()
    }

    /// Every figure by the name that the operator's page has for it.
    #[must_use]
    pub fn names(&self) -> &BTreeSet<String> {
        &self.names
    }

    fn sample(&mut self, line: &str, family: &Family) {
        let (sample, value) = line.rsplit_once(' ').unwrap();
        let value: f64 = value.parse().unwrap();
        let suffix = bare(sample).strip_prefix(&family.name);
        let is_right = match (family.kind.as_str(), suffix.unwrap_or("of another family")) {
            ("counter", "_total") | ("info", "_info") => value >= 0.0,
            ("histogram", "_bucket" | "_count" | "_sum") => value >= 0.0,
            ("gauge", "") => value.is_finite(),
            _ => false,
        };
        assert!(is_right, "{line} in {family:?}");
        if let Some((_, labels)) = sample.split_once('{') {
            for label in labels.trim_end_matches('}').split(',') {
                let (name, value) = label.split_once('=').unwrap();
                assert!(LABELS.contains(&name), "{line}");
                assert!(value.starts_with('"') && value.ends_with('"'), "{line}");
            }
        }
        if sample.ends_with("_bucket{le=\"+Inf\"}") {
            self.check_buckets(&family.name, value);
        }
        let is_new = self.samples.insert(sample.to_owned(), value).is_none();
        assert!(is_new, "twice: {line}");
        let name = match family.kind.as_str() {
            "histogram" => &family.name,
            _ => bare(sample),
        };
        self.names.insert(name.to_owned());
    }

    /// Each holds what the ones below hold, and the last one everything.
    fn check_buckets(&self, name: &str, all: f64) {
        let start = format!("{name}_bucket{{le=\"");
        let bound = |sample: &str| -> f64 {
            sample.trim_start_matches(&start).trim_end_matches("\"}").parse().unwrap()
        };
        let buckets = self.samples.iter().filter(|(sample, _)| sample.starts_with(&start));
        let mut buckets: Vec<_> = buckets.map(|(sample, value)| (bound(sample), *value)).collect();
        buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        buckets.push((f64::INFINITY, all));
        assert!(buckets.is_sorted_by(|a, b| a.1 <= b.1), "{name}: {buckets:?}");
        let count = self.value(&format!("{name}_count"));
        assert!(count.total_cmp(&all).is_eq(), "{name}: {count} and {all}");
    }
}

fn bare(sample: &str) -> &str {
    sample.split('{').next().unwrap_or_default()
}
