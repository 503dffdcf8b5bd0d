//! Principal component analysis: the best linear autoencoder, used as a baseline for all others.

mod directions;

pub use directions::centred;
use directions::{Directions, Table};
use latents_error::ConfigError;
use latents_tensor::Spread;
use latents_tensor::for_each_batch;
use latents_tensor::{Rows, Tensor, parallel, pool};

/// Rows in memory at once, in addition to the data.
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
    /// Orthonormal rows (components, features), in order of decreasing variance.
    components: Tensor<f64>,
    variances: Vec<f64>,
}

impl Pca {
    /// Computes the `components` directions of largest variance.
    ///
    /// They are eigenvectors of the covariance matrix, or of the Gram matrix if there are fewer rows than features. If both are
    /// large and `components` is small, subspace iteration is used (Halko, Martinsson & Tropp 2011, algorithm 4.4), until
    /// another pass would change the error by less than a fraction of about 10⁻⁷. Signs are chosen such that the entry of
    /// largest magnitude in each direction is positive.
    ///
    /// # Errors
    /// If there are no rows, if a value is not finite, or if `components` is not between 1 and the number of features.
    ///
    /// ```
    /// # use latents_classical::Pca;
    /// # use latents_tensor::Tensor;
    /// let pca = Pca::fit(&Tensor::from_slice(&[0.0, 0.0, 1.0, 1.0, 2.0, 2.0], [3, 2]), 1)?;
    /// assert_eq!(pca.mean(), [1.0, 1.0]);
    /// assert_eq!(pca.components().shape()[..], [1, 2]);
    /// assert!((pca.variances()[0] - 4.0 / 3.0).abs() < 1e-12);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    pub fn fit(data: &dyn Rows, components: usize) -> Result<Self, ConfigError> {
        if data.rows() == 0 {
            return Err(ConfigError::new("rows", 0, "must be at least 1 for PCA"));
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
                    "must be finite for PCA",
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
    ///
    /// ```
    /// # use latents_classical::Pca;
    /// # use latents_tensor::Tensor;
    /// # let pca = Pca::fit(&Tensor::from_slice(&[0.0, 0.0, 1.0, 1.0, 2.0, 2.0], [3, 2]), 1)?;
    /// assert!((pca.variances()[0] - 4.0 / 3.0).abs() < 1e-12);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    pub fn variances(&self) -> &[f64] {
        &self.variances
    }

    /// The mean of each feature.
    ///
    /// ```
    /// # use latents_classical::Pca;
    /// # use latents_tensor::Tensor;
    /// # let pca = Pca::fit(&Tensor::from_slice(&[0.0, 0.0, 1.0, 1.0, 2.0, 2.0], [3, 2]), 1)?;
    /// assert_eq!(pca.mean(), [1.0, 1.0]);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The directions, (components, features): orthonormal rows in order of decreasing variance.
    ///
    /// ```
    /// # use latents_classical::Pca;
    /// # use latents_tensor::Tensor;
    /// # let pca = Pca::fit(&Tensor::from_slice(&[0.0, 0.0, 1.0, 1.0, 2.0, 2.0], [3, 2]), 1)?;
    /// assert_eq!(pca.components().shape()[..], [1, 2]);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    pub fn components(&self) -> &Tensor<f64> {
        &self.components
    }

    /// Projects rows (rows, features) to codes (rows, components).
    ///
    /// ```
    /// # use latents_classical::Pca;
    /// # use latents_tensor::Tensor;
    /// # let pca = Pca::fit(&Tensor::from_slice(&[0.0, 0.0, 1.0, 1.0, 2.0, 2.0], [3, 2]), 1)?;
    /// assert_eq!(pca.transform(&Tensor::ones([5, 2])).shape()[..], [5, 1]);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    pub fn transform(&self, rows: &Tensor<f32>) -> Tensor<f32> {
        let codes = centred(rows, &self.mean).matmul(&self.components.transpose());
        let values = codes.elements();
        Tensor::from_fn(codes.shape(), |i| values[i] as f32)
    }

    /// Reconstructs rows (rows, features) from codes (rows, components).
    ///
    /// ```
    /// # use latents_classical::Pca;
    /// # use latents_tensor::Tensor;
    /// # let pca = Pca::fit(&Tensor::from_slice(&[0.0, 0.0, 1.0, 1.0, 2.0, 2.0], [3, 2]), 1)?;
    /// assert_eq!(pca.inverse_transform(&Tensor::zeros([1, 1])).to_vec(), [1.0, 1.0]);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    pub fn inverse_transform(&self, codes: &Tensor<f32>) -> Tensor<f32> {
        let values = codes.elements();
        let rows = Tensor::from_fn(codes.shape(), |i| f64::from(values[i])).matmul(&self.components);
        let values = rows.elements();
        Tensor::from_fn(rows.shape(), |i| {
            (values[i] + self.mean[i % self.mean.len()]) as f32
        })
    }

    /// The mean squared reconstruction error on `data`: Σ‖x − x̂‖² / (rows · features).
    ///
    /// ```
    /// # use latents_classical::Pca;
    /// # use latents_tensor::Tensor;
    /// # let pca = Pca::fit(&Tensor::from_slice(&[0.0, 0.0, 1.0, 1.0, 2.0, 2.0], [3, 2]), 1)?;
    /// assert!((pca.mse(&Tensor::from_slice(&[0.0, 2.0], [1, 2])) - 1.0).abs() < 1e-6);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
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

/// Only PCA computes in f64, so pooled buffers of that type would not be reused.
fn give_back_buffers() {
    pool::clear::<f64>();
}

fn squared_distance(x: &Tensor<f64>, y: &Tensor<f64>) -> f64 {
    let (x, y) = (x.elements(), y.elements());
    x.iter().zip(&*y).map(|(x, y)| (x - y) * (x - y)).sum()
}
