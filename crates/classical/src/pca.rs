//! Principal component analysis: the best linear autoencoder, and the baseline beside every other one.

mod directions;

pub use directions::centred;
use directions::{Directions, Table};
use latents_error::ConfigError;
use latents_tensor::Spread;
use latents_tensor::for_each_batch;
use latents_tensor::{Rows, Tensor, parallel, pool};

/// Rows in memory at once, beside the data.
const BATCH: usize = 256;

/// The first principal components of a data set (Pearson 1901; Hotelling 1933), computed in f64.
///
/// ```
/// use latents_classical::Pca;
/// use latents_tensor::Tensor;
/// // Points on a line.
/// let data = Tensor::from_fn([20, 3], |i| (i / 3) as f32 * [1.0, -2.0, 0.5][i % 3] + 4.0);
/// let pca = Pca::fit(&data, 1)?;
/// assert!(pca.mse(&data) < 1e-12);
/// # Ok::<(), latents_classical::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Pca {
    mean: Vec<f64>,
    /// (components, features), orthonormal rows, by falling variance.
    components: Tensor<f64>,
    variances: Vec<f64>,
}

impl Pca {
    /// The `components` directions of the largest variance.
    ///
    /// They are eigenvectors of the covariance matrix, or come from those of the rows' products where there are fewer
    /// rows than features; where both are many and the components few, from subspace iteration (Halko, Martinsson &
    /// Tropp 2011, algorithm 4.4), until another pass would change the error by less than about 10⁻⁷ of it. The entry
    /// of the largest magnitude of each direction is positive.
    ///
    /// # Errors
    /// If there are no rows, a number is not finite, or there are not between 1 and as many components as features.
    pub fn fit(data: &dyn Rows, components: usize) -> Result<Self, ConfigError> {
        if data.rows() == 0 {
            return Err(ConfigError::new("rows", 0, "PCA needs at least one"));
        }
        let features = data.features();
        if components == 0 || components > features {
            let requirement = format!("must be between 1 and {features}");
            return Err(ConfigError::new("components", components, requirement));
        }
        parallel::team(|| {
            let mut spread = Spread::new(features);
            for_each_batch(data, BATCH, |batch| spread.add(batch));
            let (mean, around_mean) = (spread.mean(), spread.around_mean());
            if !around_mean.is_finite() {
                return Err(ConfigError::new(
                    "the data",
                    "not finite",
                    "PCA needs finite numbers",
                ));
            }
            let variance = around_mean.max(0.0) / data.rows() as f64;
            let table = Table {
                data,
                mean: &mean,
                variance,
            };
            let Directions { rows, variances } = table.directions(components);
            give_back_buffers();
            Ok(Self {
                mean,
                components: rows,
                variances,
            })
        })
    }

    /// The variance along each component: Σ(projection)² / rows.
    pub fn variances(&self) -> &[f64] {
        &self.variances
    }

    /// The mean of every feature.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The directions, (components, features): orthonormal rows, by falling variance.
    pub fn components(&self) -> &Tensor<f64> {
        &self.components
    }

    /// Codes (rows, components) of rows (rows, features).
    pub fn transform(&self, rows: &Tensor<f32>) -> Tensor<f32> {
        let codes = centred(rows, &self.mean).matmul(&self.components.transpose());
        let values = codes.elements();
        Tensor::from_fn(codes.shape(), |i| values[i] as f32)
    }

    /// Rows (rows, features) of codes (rows, components).
    pub fn inverse_transform(&self, codes: &Tensor<f32>) -> Tensor<f32> {
        let values = codes.elements();
        let rows = Tensor::from_fn(codes.shape(), |i| f64::from(values[i])).matmul(&self.components);
        let values = rows.elements();
        Tensor::from_fn(rows.shape(), |i| {
            (values[i] + self.mean[i % self.mean.len()]) as f32
        })
    }

    /// Σ‖x − x̂‖² / (rows · features) on `data`.
    pub fn mse(&self, data: &dyn Rows) -> f64 {
        let mut squares = 0.0;
        parallel::team(|| {
            for_each_batch(data, BATCH, |batch| {
                let centred = centred(batch, &self.mean);
                let codes = centred.matmul(&self.components.transpose());
                squares += squared_distance(&centred, &codes.matmul(&self.components));
            });
            give_back_buffers();
        });
        squares / (data.rows() * data.features()) as f64
    }
}

/// Nothing else computes in f64: what waits in the pool would only lie there.
fn give_back_buffers() {
    pool::clear::<f64>();
}

fn squared_distance(x: &Tensor<f64>, y: &Tensor<f64>) -> f64 {
    let (x, y) = (x.elements(), y.elements());
    x.iter().zip(&*y).map(|(x, y)| (x - y) * (x - y)).sum()
}
