//! Samples, and what is told of them.

/// Samples of one thing.
#[derive(Debug, Clone, Default)]
pub struct Samples(Vec<f64>);

impl Samples {
    /// The smallest value that is not below so many percent of the samples; 0 of none.
    pub fn percentile(&self, percent: usize) -> f64 {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0.get(rank - 1).copied().unwrap_or_default()
    }

    /// The 50th percentile.
    pub fn median(&self) -> f64 {
        self.percentile(50)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

impl FromIterator<f64> for Samples {
    fn from_iter<I: IntoIterator<Item = f64>>(samples: I) -> Self {
        let mut samples: Vec<_> = samples.into_iter().collect();
        samples.sort_by(f64::total_cmp);
        Self(samples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_samples() {
        let hundred: Samples = (1..=100).rev().map(f64::from).collect();
        for (percent, value) in [(50, 50.0), (95, 95.0), (99, 99.0), (100, 100.0)] {
            assert_eq!(
                hundred.percentile(percent).total_cmp(&value),
                std::cmp::Ordering::Equal,
                "p{percent}"
            );
        }
        let few: Samples = [3.0, 1.0, 2.0].into_iter().collect();
        assert_eq!(few.percentile(99).total_cmp(&3.0), std::cmp::Ordering::Equal);
        assert_eq!(few.median().total_cmp(&2.0), std::cmp::Ordering::Equal);
    }
}
