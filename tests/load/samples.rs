//! How long things took: every sample is kept, so that percentiles are exact.

use std::time::Duration;

use crate::report::Figures;

/// 64 MiB of them; what comes later is not kept, only counted.
const SAMPLES_MAX: usize = 1 << 24;

/// Times in microseconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Samples(Vec<u32>);

impl Samples {
    pub(crate) fn add(&mut self, time: Duration) {
        if self.0.len() < SAMPLES_MAX {
            self.0.push(u32::try_from(time.as_micros()).unwrap_or(u32::MAX));
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Figures `NAME_p50` and so on, in milliseconds.
    pub(crate) fn tell(mut self, name: &str, figures: &mut Figures) {
        self.0.sort_unstable();
        let percentiles = [("p50", 500), ("p99", 990), ("p999", 999), ("max", 1000)];
        for (suffix, per_mille) in percentiles {
            figures.add(&format!("{name}_{suffix}"), "ms", self.at(per_mille));
        }
    }

    /// The smallest sample that so many of a thousand do not exceed, in milliseconds.
    fn at(&self, per_mille: usize) -> f64 {
        let rank = (self.0.len() * per_mille).div_ceil(1000).saturating_sub(1);
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
        for (per_mille, expect) in [(500, 500.0), (990, 990.0), (999, 999.0), (1000, 1000.0)] {
            assert!((samples.at(per_mille) - expect).abs() < 1e-9, "{per_mille}");
        }
        assert!(Samples::default().at(500).abs() < 1e-9);
    }
}
