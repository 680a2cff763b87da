//! How long things took: every sample is kept, so that percentiles are exact.

use std::time::Duration;

use crate::report::Figures;

/// 64 MiB of them; what comes later is not kept.
const SAMPLES_MAX: usize = 1 << 24;

/// Times in microseconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Samples(Vec<u32>);

/// The same, with percentiles.
#[derive(Debug)]
pub(crate) struct Sorted(Vec<u32>);

#[derive(Clone, Copy, Debug)]
pub(crate) enum Percentile {
    P50,
    P99,
    P999,
    Max,
}

impl Samples {
    pub(crate) fn add(&mut self, time: Duration) {
        if self.0.len() < SAMPLES_MAX {
            self.0.push(u32::try_from(time.as_micros()).unwrap_or(u32::MAX));
        }
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
        self.0.truncate(SAMPLES_MAX);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn sorted(mut self) -> Sorted {
        self.0.sort_unstable();
        Sorted(self.0)
    }

    /// Figures `NAME_p50` and so on, in milliseconds.
    pub(crate) fn tell(self, name: &str, figures: &mut Figures) {
        self.sorted().tell(name, figures);
    }
}

impl Percentile {
    const ALL: [Self; 4] = [Self::P50, Self::P99, Self::P999, Self::Max];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P99 => "p99",
            Self::P999 => "p999",
            Self::Max => "max",
        }
    }

    fn per_mille(self) -> usize {
        match self {
            Self::P50 => 500,
            Self::P99 => 990,
            Self::P999 => 999,
            Self::Max => 1000,
        }
    }
}

impl Sorted {
    /// Figures `NAME_p50` and so on, in milliseconds.
    pub(crate) fn tell(&self, name: &str, figures: &mut Figures) {
        for percentile in Percentile::ALL {
            figures.add(&format!("{name}_{}", percentile.name()), "ms", self.at(percentile));
        }
    }

    /// The smallest sample that so many do not exceed, in milliseconds.
    pub(crate) fn at(&self, percentile: Percentile) -> f64 {
        let rank = (self.0.len() * percentile.per_mille()).div_ceil(1000).saturating_sub(1);
        self.0.get(rank).map_or(0.0, |&micros| f64::from(micros) / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_exact() {
        let mut samples = Samples::default();
        for millis in 1..=1000 {
            samples.add(Duration::from_millis(millis));
        }
        let samples = samples.sorted();
        for (percentile, expect) in Percentile::ALL.into_iter().zip([500.0, 990.0, 999.0, 1000.0]) {
            assert!((samples.at(percentile) - expect).abs() < 1e-9, "{percentile:?}");
        }
        assert!(Samples::default().sorted().at(Percentile::P50).abs() < 1e-9);
    }
}
