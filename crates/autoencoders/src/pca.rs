//! Principal component analysis: the best linear autoencoder, and the baseline beside every other one.

use crate::ConfigError;
use crate::evaluate::for_each_batch;
use latents_tensor::{Rows, Tensor, parallel};
use nalgebra::{DMatrix, SymmetricEigen};

const BATCH: usize = 1024;

/// The first principal components of a data set (Pearson 1901; Hotelling 1933), computed in f64.
#[derive(Clone, Debug)]
pub struct Pca {
    mean: Vec<f64>,
    /// (components, features), orthonormal rows, by falling variance.
    components: Tensor<f64>,
    variances: Vec<f64>,
}

impl Pca {
    /// The `components` directions of the largest variance, from the eigenvectors of the covariance matrix.
    ///
    /// # Errors
    /// If there are no rows, or not between 1 and as many components as features.
    pub fn fit(data: &dyn Rows, components: usize) -> Result<Self, ConfigError> {
        let features = data.features();
        if components == 0 || components > features {
            return Err(ConfigError::new(
                "components",
                components,
                format!("must be between 1 and {features}"),
            ));
        }
        if data.rows() == 0 {
            return Err(ConfigError::new("rows", 0, "PCA needs at least one"));
        }
        let mean = column_means(data);
        let covariance = parallel::team(|| covariance(data, &mean));
        let eigen = SymmetricEigen::new(DMatrix::from_row_slice(features, features, &covariance.to_vec()));
        let mut order: Vec<usize> = (0..features).collect();
        order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
        let mut rows = Vec::with_capacity(components * features);
        for &index in &order[..components] {
            rows.extend(with_fixed_sign(
                eigen.eigenvectors.column(index).iter().copied().collect(),
            ));
        }
        Ok(Self {
            mean,
            components: Tensor::from_vec(rows, [components, features]),
            variances: order[..components]
                .iter()
                .map(|&index| eigen.eigenvalues[index].max(0.0))
                .collect(),
        })
    }

    /// The variance along each component.
    pub fn variances(&self) -> &[f64] {
        &self.variances
    }

    /// Codes (rows, components) of rows (rows, features).
    pub fn transform(&self, rows: &Tensor<f32>) -> Tensor<f32> {
        let codes = centred(rows, &self.mean).matmul(&self.components.transpose());
        let values = codes.to_vec();
        Tensor::from_fn(codes.shape(), |i| values[i] as f32)
    }

    /// Rows (rows, features) of codes (rows, components).
    pub fn inverse_transform(&self, codes: &Tensor<f32>) -> Tensor<f32> {
        let values = codes.to_vec();
        let rows = Tensor::from_fn(codes.shape(), |i| f64::from(values[i]))
            .matmul(&self.components)
            .to_vec();
        let features = self.mean.len();
        Tensor::from_fn([codes.size(0), features], |i| {
            (rows[i] + self.mean[i % features]) as f32
        })
    }

    /// Σ‖x − x̂‖² / (rows · features) on `data`.
    pub fn mse(&self, data: &dyn Rows) -> f64 {
        let mut squares = 0.0;
        parallel::team(|| {
            for_each_batch(data, BATCH, |batch| {
                let centred = centred(batch, &self.mean);
                let codes = centred.matmul(&self.components.transpose());
                let back = codes.matmul(&self.components).to_vec();
                let missed = centred
                    .to_vec()
                    .into_iter()
                    .zip(back)
                    .map(|(x, y)| (x - y) * (x - y));
                squares += missed.sum::<f64>();
            });
        });
        squares / (data.rows() * data.features()) as f64
    }
}

fn column_means(data: &dyn Rows) -> Vec<f64> {
    let mut sums = vec![0.0; data.features()];
    for_each_batch(data, BATCH, |batch| {
        for row in batch.to_vec().chunks_exact(sums.len()) {
            sums.iter_mut()
                .zip(row)
                .for_each(|(sum, &x)| *sum += f64::from(x));
        }
    });
    sums.iter().map(|sum| sum / data.rows() as f64).collect()
}

fn centred(rows: &Tensor<f32>, mean: &[f64]) -> Tensor<f64> {
    let values = rows.contiguous();
    let values = values.as_slice().unwrap_or(&[]);
    Tensor::from_fn(rows.shape(), |i| f64::from(values[i]) - mean[i % mean.len()])
}

/// Σ (x − mean)(x − mean)ᵀ / rows.
fn covariance(data: &dyn Rows, mean: &[f64]) -> Tensor<f64> {
    let features = data.features();
    let mut sum = Tensor::<f64>::zeros([features, features]);
    for_each_batch(data, BATCH, |batch| {
        let centred = centred(batch, mean);
        sum.add_assign(&centred.transpose().matmul(&centred));
    });
    sum.scale_assign(1.0 / data.rows() as f64);
    sum
}

/// An eigenvector's sign is arbitrary: the entry of the largest magnitude becomes positive.
fn with_fixed_sign(mut vector: Vec<f64>) -> Vec<f64> {
    let largest = vector
        .iter()
        .copied()
        .reduce(|a, b| if b.abs() > a.abs() { b } else { a });
    if largest.is_some_and(|value| value < 0.0) {
        vector.iter_mut().for_each(|value| *value = -*value);
    }
    vector
}
