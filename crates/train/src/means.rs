//! `Means`: the mean of a loss and its parts over a pass.

use crate::Parts;
use crate::history::PartMean;
use latents_tensor::Real;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Sums of a loss and its parts over batches, weighted by their rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Means {
    rows: usize,
    total: f64,
    parts: Vec<(Cow<'static, str>, f64)>,
}

impl Means {
    /// Clears the sums and keeps the memory.
    pub(crate) fn clear(&mut self) {
        (self.rows, self.total) = (0, 0.0);
        self.parts.iter_mut().for_each(|(_, sum)| *sum = 0.0);
    }

    pub(crate) fn add<T: Real>(&mut self, total: f64, parts: &Parts<T>, rows: usize) {
        self.rows += rows;
        self.total += total * rows as f64;
        for (index, (name, part)) in parts.parts.iter().enumerate() {
            match self.parts.get_mut(index) {
                Some((known, sum)) if known == name => *sum += part * rows as f64,
                _ => {
                    self.parts.truncate(index);
                    self.parts.push((name.clone(), part * rows as f64));
                }
            }
        }
    }

    /// The mean loss per row.
    pub fn total(&self) -> f64 {
        self.total / self.rows as f64
    }

    /// The means of the parts.
    pub fn parts(&self) -> Vec<PartMean> {
        let mean = |(name, sum): &(Cow<'static, str>, f64)| PartMean {
            name: name.clone(),
            mean: sum / self.rows as f64,
        };
        self.parts.iter().map(mean).collect()
    }
}
