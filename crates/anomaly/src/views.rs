//! The two views of a row that an autoencoder gives: what it makes of the row, and what it leaves out.

use latents_autoencoders::Autoencoder;
use latents_tensor::for_each_batch;
use latents_tensor::{Rows, Tensor, parallel};

/// Rows that go through the model at once.
const BATCH: usize = 1024;

/// Reconstructions and residuals (rows, features), divided by the features' scales.
pub(super) type Views = [Tensor; 2];

/// What is known of the features before a row comes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Features {
    /// One for each.
    pub(super) scales: Vec<f64>,
    /// Those that have one value in all training rows, with that value. What a model makes of them is rounding and noise,
    /// and nothing to be measured by: the value itself takes its place.
    pub(super) constants: Vec<(usize, f32)>,
}

impl Features {
    /// Of the training rows; scales of a sample of them.
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
                // What is not finite is still found.
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

/// Some rows of a table.
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

/// The scale of every feature: its standard deviation over the rows, but at least a tenth of the root mean variance of
/// all, so that a feature which hardly varies is not blown up.
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
    // Rows that are all alike, or hold a number that is not finite and will be refused by its row.
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
