//! Which units are active, during training and on data.

use super::Sparse;
use super::active_units::ActiveUnits;
use crate::Autoencoder;
use latents_nn::{Buffer, parts};
use latents_tensor::{Real, Rows, Tensor, for_each_batch, parallel};
use latents_train::Parts;

/// Rows per forward pass.
const BATCH: usize = 1024;
/// A statistic of a step: positive for each unit that was active in it (latent).
const ACTIVE_ROWS: &str = "active rows";
/// Another statistic: the number of rows of a step (1).
const ROWS: &str = "rows";

/// How long each unit has been inactive, in training rows.
pub(super) struct Activity<T: Real> {
    /// Number of rows seen (1).
    rows: Buffer<T>,
    /// Rows since the end of the last step in which the unit was active (latent); all rows if it never was.
    silent: Buffer<T>,
}

impl<T: Real> Activity<T> {
    pub(super) fn new(units: usize) -> Self {
        Self {
            rows: Buffer::optional("rows", Tensor::zeros([1])),
            silent: Buffer::optional("silent", Tensor::zeros([units])),
        }
    }

    parts! { pub(super) T: rows, silent }

    /// Adds a step.
    pub(super) fn see(&mut self, statistics: &latents_train::Statistics<T>) {
        let (Some(active), Some(rows)) = (statistics.get(ACTIVE_ROWS), statistics.get(ROWS)) else {
            return;
        };
        self.rows.value_mut().add_assign(rows);
        let step = rows.item();
        let silent = self.silent.value_mut().make_mut();
        for (silent, &active) in silent.iter_mut().zip(&*active.elements()) {
            *silent = if active > T::zero() {
                T::zero()
            } else {
                *silent + step
            };
        }
    }

    /// Marks these units as active.
    pub(super) fn revived(&mut self, units: &[usize]) {
        let silent = self.silent.value_mut().make_mut();
        units.iter().for_each(|&unit| silent[unit] = T::zero());
    }
}

/// Records in which rows of a batch each unit is active, from the selected units. A unit that was selected with value 0
/// contributes nothing and is not active.
pub(super) fn note_chosen<T: Real>(code: &ActiveUnits<'_, T>, units: usize, parts: &mut Parts<T>) {
    let values = code.values.value();
    let elements = values.elements();
    let chosen = code.units.as_slice().iter().zip(&*elements);
    let counts = Tensor::build([units], |counts| {
        counts.fill(T::zero());
        for (&unit, &value) in chosen.clone() {
            if value != T::zero() {
                counts[unit] += T::one();
            }
        }
    });
    note(counts, values.size(0), parts);
}

/// Records in which rows of a batch each unit of a code (batch, latent) exceeds the threshold in magnitude.
pub(super) fn note_dense<T: Real>(code: &Tensor<T>, threshold: f64, parts: &mut Parts<T>) {
    // The maximum of each unit, in one fast pass: it matters only whether the unit was active at all.
    let largest = code.abs().max(&[0], false);
    let threshold = T::from_f64(threshold);
    let values = largest.elements();
    let active = Tensor::build([values.len()], |active| {
        for (active, &largest) in active.iter_mut().zip(&*values) {
            *active = if largest > threshold { T::one() } else { T::zero() };
        }
    });
    note(active, code.size(0), parts);
}

fn note<T: Real>(active: Tensor<T>, rows: usize, parts: &mut Parts<T>) {
    parts.statistic(ACTIVE_ROWS, active);
    parts.statistic(ROWS, Tensor::full([1], T::from_f64(rows as f64)));
}

impl<T: Real> Sparse<T> {
    /// The units that were active for none of the last `rows` training rows (of all rows, if there were fewer; none before the
    /// first). A unit is active if its value is not 0; with [`Penalty::Kl`](super::Penalty::Kl), if it is above the target ρ.
    /// Only training batches since the creation of the model count.
    ///
    /// ```
    /// # use latents_autoencoders::{Sparse, SparseConfig};
    /// let model: Sparse = Sparse::new(SparseConfig::new(16, 32), 0)?;
    /// assert!(model.dead_units(1000).is_empty()); // not trained yet
    /// # Ok::<(), latents_autoencoders::ConfigError>(())
    /// ```
    pub fn dead_units(&self, rows: u64) -> Vec<usize> {
        let seen = self.activity.rows.value().item().to_f64();
        let limit = (rows as f64).min(seen);
        let silent = self.activity.silent.value().to_vec();
        let is_dead = |silent: T| seen > 0.0 && silent.to_f64() >= limit;
        let units = silent.into_iter().enumerate();
        units
            .filter(|(_, silent)| is_dead(*silent))
            .map(|(unit, _)| unit)
            .collect()
    }

    /// The fraction of the rows of `data` for which each unit is active (see [`Sparse::dead_units`]), in evaluation mode: 0 for
    /// a dead unit, 1 for one that is always active.
    ///
    /// ```
    /// # use latents_autoencoders::{Sparse, SparseConfig};
    /// # use latents_tensor::{Tensor, random::Key};
    /// let model: Sparse = Sparse::new(SparseConfig::new(16, 32).penalty("topk:4".parse().unwrap()), 0)?;
    /// let rows: Tensor = Key::new(1).uniform([50, 16]);
    /// assert!(model.activity(&rows).iter().sum::<f64>() <= 4.0 + 1e-9);
    /// # Ok::<(), latents_autoencoders::ConfigError>(())
    /// ```
    pub fn activity(&self, data: &dyn Rows<T>) -> Vec<f64> {
        let mut counts = vec![0u64; self.latent_dim()];
        let threshold = T::from_f64(self.threshold());
        parallel::team(|| {
            for_each_batch(data, BATCH, |batch| {
                let codes = self.encode_data(batch);
                for code in codes.elements().chunks_exact(counts.len()) {
                    for (count, &value) in counts.iter_mut().zip(code) {
                        *count += u64::from(value > threshold || -value > threshold);
                    }
                }
            });
        });
        let rows = data.rows().max(1) as f64;
        counts.into_iter().map(|count| count as f64 / rows).collect()
    }
}
