//! Which units are active, in training and on data.

use super::Sparse;
use super::network::ActiveUnits;
use crate::Autoencoder;
use latents_tensor::for_each_batch;
use latents_tensor::{Rows, Tensor, parallel};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Rows that go through the model at once.
const BATCH: usize = 1024;

/// When each unit was active last, counted in rows of training.
pub(super) struct Activity {
    rows: AtomicU64,
    /// The number of rows seen by the end of the last batch in which the unit was active.
    last_active: Vec<AtomicU64>,
}

impl Activity {
    pub(super) fn new(units: usize) -> Self {
        Self {
            rows: AtomicU64::new(0),
            last_active: (0..units).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// Notes a batch by its active units. A unit that was chosen with the value 0 adds nothing, and is not active.
    pub(super) fn note_active(&self, code: &ActiveUnits<'_>) {
        let values = code.values.value();
        let now = self.see(values.size(0));
        let values = values.contiguous();
        let values = values.as_slice().unwrap_or(&[]);
        for (&unit, &value) in code.units.as_slice().iter().zip(values) {
            if value != 0.0 {
                self.last_active[unit].store(now, Relaxed);
            }
        }
    }

    /// Notes a batch by its code (batch, latent): active is what is further from 0 than the threshold.
    pub(super) fn note(&self, code: &Tensor, threshold: f32) {
        let now = self.see(code.size(0));
        // The largest of each unit: one fast pass, instead of a look at every number.
        let largest = code.abs().max(&[0], false);
        for (last, &largest) in self.last_active.iter().zip(largest.as_slice().unwrap_or(&[])) {
            if largest > threshold {
                last.store(now, Relaxed);
            }
        }
    }

    fn see(&self, rows: usize) -> u64 {
        self.rows.fetch_add(rows as u64, Relaxed) + rows as u64
    }

    /// Forgets that these units were silent.
    pub(super) fn revived(&self, units: &[usize]) {
        let now = self.rows.load(Relaxed);
        units
            .iter()
            .for_each(|&unit| self.last_active[unit].store(now, Relaxed));
    }
}

impl Sparse {
    /// The units that were active for none of the last `rows` rows of training (of all, where there were fewer; none
    /// before the first). A unit is active where its number is not 0; with [`Penalty::Kl`](super::Penalty::Kl), where
    /// it is above the target ρ. Counted are the batches of training, since the model was made or loaded.
    pub fn dead_units(&self, rows: u64) -> Vec<usize> {
        let seen = self.activity.rows.load(Relaxed);
        let since = seen.saturating_sub(rows);
        let is_dead = |last: &AtomicU64| seen > 0 && last.load(Relaxed) <= since;
        let units = self.activity.last_active.iter().enumerate();
        units
            .filter(|(_, last)| is_dead(last))
            .map(|(unit, _)| unit)
            .collect()
    }

    /// The part of the rows of `data` on which each unit is active (see [`Sparse::dead_units`]), in evaluation mode: 0
    /// for a dead unit, 1 for one that never rests.
    pub fn activity(&self, data: &dyn Rows) -> Vec<f64> {
        let mut counts = vec![0u64; self.latent_dim()];
        let threshold = self.threshold();
        parallel::team(|| {
            for_each_batch(data, BATCH, |batch| {
                let codes = self.encode_data(batch).contiguous();
                for code in codes.as_slice().unwrap_or(&[]).chunks_exact(counts.len()) {
                    for (count, value) in counts.iter_mut().zip(code) {
                        *count += u64::from(value.abs() > threshold);
                    }
                }
            });
        });
        let rows = data.rows().max(1) as f64;
        counts.into_iter().map(|count| count as f64 / rows).collect()
    }
}
