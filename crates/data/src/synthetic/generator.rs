//! `Generator`: a process that rows are drawn from, and `Synthetic`: what it draws.

use crate::{DataError, Dataset};
use latents_tensor::Tensor;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// A process that rows are drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Generator {
    /// As in `synthetic:NAME`.
    pub name: &'static str,
    /// What is drawn, in a line.
    pub help: &'static str,
    /// The factors of a row, and the components that rows are made of: see [`Synthetic`].
    pub truth: &'static str,
    /// Bytes of a row and its factors in memory.
    pub(super) row_bytes: usize,
    pub(super) draw: fn(name: &str, rows: usize, random: &mut Random) -> Result<Synthetic, DataError>,
}

/// Rows drawn from a known process, with what they were drawn from.
#[derive(Clone, Debug)]
pub struct Synthetic {
    /// The rows, with their classes where they have any.
    pub data: Dataset,
    /// The name of each factor.
    pub factor_names: Vec<String>,
    /// What each row was drawn from (rows, factors).
    pub factors: Tensor<f64>,
    /// What all rows are made of (components, columns): the atoms of a dictionary, the centres of clusters.
    pub components: Option<Tensor<f64>>,
}

impl Synthetic {
    /// Rows with factors of these names, row by row, and no components.
    pub(super) fn new(data: Dataset, names: &[&str], factors: Vec<f64>) -> Self {
        Self {
            factors: Tensor::from_vec(factors, [data.rows(), names.len()]),
            factor_names: names.iter().map(|&name| name.to_owned()).collect(),
            data,
            components: None,
        }
    }
}

/// The draws of a data set, one after the other.
pub(super) struct Random(ChaCha8Rng);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// From a distribution.
    pub(super) fn draw<X>(&mut self, distribution: impl rand_distr::Distribution<X>) -> X {
        distribution.sample(&mut self.0)
    }

    /// Uniform in [0, 1).
    pub(super) fn unit(&mut self) -> f64 {
        self.draw(rand_distr::StandardUniform)
    }

    /// Standard normal.
    pub(super) fn normal(&mut self) -> f64 {
        self.draw(rand_distr::StandardNormal)
    }

    /// One of `count` numbers from 0, each as likely.
    pub(super) fn below(&mut self, count: usize) -> usize {
        ((self.unit() * count as f64) as usize).min(count - 1)
    }
}

/// A table with these columns.
pub(super) fn table(name: &str, values: Vec<f64>, columns: &[&str]) -> Result<Dataset, DataError> {
    let names = columns.iter().map(|&name| name.to_owned()).collect();
    Dataset::new(name, values, columns.len())?.with_column_names(names)
}
