//! The two views of a row: its reconstruction and its residual.

use latents_autoencoders::Autoencoder;
use latents_tensor::for_each_batch;
use latents_tensor::{Rows, Tensor, parallel};

/// Rows per forward pass.
const BATCH: usize = 1024;

/// Reconstructions and residuals (rows, features), divided by the scales of the features.
pub(super) type Views = [Tensor; 2];

/// Statistics of the features in the training rows.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Features {
    /// The scale of each feature.
    pub(super) scales: Vec<f64>,
    /// Features that are constant in all training rows, with their values. Their reconstructions are rounding and noise, so the
    /// value itself is used instead.
    pub(super) constants: Vec<(usize, f32)>,
}

impl Features {
    /// Constants from all training rows, scales from a sample of them.
    pub(super) fn of(train: &dyn Rows, sample: &dyn Rows) -> Self {
        Self {
            scales: scales(sample),
            constants: constants(train),
        }
    }
}

/// x̂/s and (x − x̂)/s of one batch.
fn views_of(model: &dyn Autoencoder, batch: &Tensor, features: &Features) -> Views {
    let mut made = model.reconstruct_data(batch).contiguous();
    let scales = &features.scales;
    if !features.constants.is_empty() {
        for row in made.make_mut().chunks_exact_mut(scales.len()) {
            for &(column, value) in &features.constants {
                // Non-finite values must still be detected.
                if row[column].is_finite() {
                    row[column] = value;
                }
            }
        }
    }
    let (x, y) = (batch.elements(), made.elements());
    let scaled = |i: usize, value: f64| (value / scales[i % scales.len()]) as f32;
    [
        Tensor::from_fn(batch.shape(), |i| scaled(i, f64::from(y[i]))),
        Tensor::from_fn(batch.shape(), |i| scaled(i, f64::from(x[i]) - f64::from(y[i]))),
    ]
}

/// Calls `body` with the views of every batch of `data`, in order.
pub(super) fn for_each_views(
    model: &dyn Autoencoder,
    data: &dyn Rows,
    features: &Features,
    mut body: impl FnMut(&Views),
) {
    parallel::team(|| for_each_batch(data, BATCH, |batch| body(&views_of(model, batch, features))));
}

/// A subset of the rows of a table.
pub(super) struct Subset<'a> {
    pub(super) table: &'a dyn Rows,
    pub(super) rows: &'a [usize],
}

impl Rows for Subset<'_> {
    fn rows(&self) -> usize {
        self.rows.len()
    }

    fn features(&self) -> usize {
        self.table.features()
    }

    fn gather_into(&self, indices: &[usize], out: &mut Tensor<f32>) {
        let indices: Vec<usize> = indices.iter().map(|&index| self.rows[index]).collect();
        self.table.gather_into(&indices, out);
    }
}

/// The scale of each feature: its standard deviation, but at least a tenth of the root mean variance of all features, so that
/// an almost constant feature is not amplified.
fn scales(data: &dyn Rows) -> Vec<f64> {
    let features = data.features();
    let rows = data.rows() as f64;
    let mut means = vec![0.0; features];
    each_value(data, |column, x| means[column] += x / rows);
    let mut variances = vec![0.0; features];
    each_value(data, |column, x| {
        variances[column] += (x - means[column]) * (x - means[column]) / rows
    });
    let usual = variances.iter().sum::<f64>() / features.max(1) as f64;
    // All rows are equal, or contain a non-finite value, which is rejected later with its row.
    if usual == 0.0 || !usual.is_finite() {
        return vec![1.0; features];
    }
    variances
        .iter()
        .map(|variance| variance.max(usual / 100.0).sqrt())
        .collect()
}

fn constants(data: &dyn Rows) -> Vec<(usize, f32)> {
    let mut ends = vec![(f64::INFINITY, f64::NEG_INFINITY); data.features()];
    each_value(data, |column, x| {
        ends[column] = (ends[column].0.min(x), ends[column].1.max(x));
    });
    let constant = |(column, (low, high)): (usize, (f64, f64))| (low == high).then_some((column, low as f32));
    ends.into_iter().enumerate().filter_map(constant).collect()
}

fn each_value(data: &dyn Rows, mut body: impl FnMut(usize, f64)) {
    for_each_batch(data, BATCH, |batch| {
        for row in batch.elements().chunks_exact(data.features().max(1)) {
            row.iter()
                .enumerate()
                .for_each(|(column, &x)| body(column, f64::from(x)));
        }
    });
}
