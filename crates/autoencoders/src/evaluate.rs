//! Evaluating how well a model reconstructs data.

use crate::Autoencoder;
use latents_tensor::{Real, Rows, Spread, Tensor, for_each_batch, parallel};
use latents_train::{BadLoss, Examples, mean_loss};
use serde::{Deserialize, Serialize};

/// Results of evaluating a model on a data set.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The model's own loss, averaged over rows.
    pub loss: f64,
    /// Mean squared error, Σ‖x − x̂‖² / (rows · features).
    pub mse: f64,
    /// 1 − Σ‖x − x̂‖² / Σ‖x − mean(x)‖², with the mean over these rows for each feature.
    ///
    /// If all rows are equal, as with a single row, there is no variance to explain: the value is 1 for an exact
    /// reconstruction, otherwise 0, as in scikit-learn's `r2_score`.
    pub explained_variance: f64,
    /// The number of rows.
    pub rows: usize,
}

/// Evaluates `model` on all rows of `data`. The loss is NaN if that of any batch is not finite.
///
/// # Panics
/// If the data has no rows, if its width differs from the model's, or if `batch_size` is 0.
///
/// ```
/// # use latents_autoencoders::{Undercomplete, UndercompleteConfig, evaluate};
/// # use latents_tensor::Tensor;
/// let model: Undercomplete = Undercomplete::new(UndercompleteConfig::new(4, 2), 0)?;
/// let evaluation = evaluate(&model, &Tensor::zeros([10, 4]), 256);
/// assert_eq!((evaluation.rows, evaluation.mse), (10, 0.25)); // an untrained sigmoid gives 0.5
/// # Ok::<(), latents_autoencoders::ConfigError>(())
/// ```
#[track_caller]
pub fn evaluate<T: Real>(model: &dyn Autoencoder<T>, data: &dyn Rows<T>, batch_size: usize) -> Evaluation {
    check(model, data, batch_size);
    parallel::team(|| {
        let loss = loss_of(model, data, batch_size).unwrap_or(f64::NAN);
        figures(model, data, batch_size, loss)
    })
}

/// Like [`evaluate`], but returns an error if the loss is not finite.
///
/// # Errors
/// The first batch whose loss is not finite.
///
/// # Panics
/// Like [`evaluate`].
///
/// ```
/// # use latents_autoencoders::{Undercomplete, UndercompleteConfig, try_evaluate};
/// # use latents_tensor::Tensor;
/// let model: Undercomplete = Undercomplete::new(UndercompleteConfig::new(4, 2), 0)?;
/// assert!(try_evaluate(&model, &Tensor::full([1, 4], f32::NAN), 256).is_err());
/// # Ok::<(), latents_autoencoders::ConfigError>(())
/// ```
#[track_caller]
pub fn try_evaluate<T: Real>(
    model: &dyn Autoencoder<T>,
    data: &dyn Rows<T>,
    batch_size: usize,
) -> Result<Evaluation, BadLoss> {
    check(model, data, batch_size);
    parallel::team(|| {
        let loss = loss_of(model, data, batch_size)?;
        Ok(figures(model, data, batch_size, loss))
    })
}

#[track_caller]
fn check<T: Real>(model: &dyn Autoencoder<T>, data: &dyn Rows<T>, batch_size: usize) {
    assert_eq!(
        data.features(),
        model.input_dim(),
        "evaluate: the width of the data differs from the input width of the model"
    );
    assert!(data.rows() > 0, "evaluate: the data has no rows");
    assert!(batch_size > 0, "evaluate: batch_size is 0: must be at least 1");
}

fn loss_of<T: Real>(
    model: &dyn Autoencoder<T>,
    data: &dyn Rows<T>,
    batch_size: usize,
) -> Result<f64, BadLoss> {
    mean_loss(model, &Examples::from(data), batch_size).map(|loss| loss.total())
}

fn figures<T: Real>(
    model: &dyn Autoencoder<T>,
    data: &dyn Rows<T>,
    batch_size: usize,
    loss: f64,
) -> Evaluation {
    let mut spread = Spread::new(data.features());
    let mut squares = 0.0;
    for_each_batch(data, batch_size, |batch| {
        spread.add(batch);
        let errors = row_errors(batch, &model.reconstruct_data(batch));
        squares += errors.iter().sum::<f64>();
    });
    let rows = data.rows();
    Evaluation {
        loss,
        mse: squares / (rows * data.features()) as f64,
        explained_variance: explained(squares, spread.around_mean()),
        rows,
    }
}

fn explained(squares: f64, around_mean: f64) -> f64 {
    match around_mean > 0.0 {
        true => 1.0 - squares / around_mean,
        false if squares == 0.0 => 1.0,
        false => 0.0,
    }
}

/// The squared error ‖x − x̂‖² of each row, summed in f64.
///
/// # Panics
/// If the shapes differ.
///
/// ```
/// # use latents_autoencoders::row_errors;
/// # use latents_tensor::Tensor;
/// assert_eq!(row_errors(&Tensor::<f32>::zeros([2, 3]), &Tensor::ones([2, 3])), [3.0, 3.0]);
/// ```
#[track_caller]
pub fn row_errors<T: Real>(originals: &Tensor<T>, reconstructions: &Tensor<T>) -> Vec<f64> {
    assert_eq!(
        originals.shape(),
        reconstructions.shape(),
        "row_errors: two tables of one shape are compared"
    );
    let features = (originals.len() / originals.size(0).max(1)).max(1);
    let (x, y) = (originals.elements(), reconstructions.elements());
    x.chunks_exact(features)
        .zip(y.chunks_exact(features))
        .map(|(x, y)| squared_distance(x, y))
        .collect()
}

fn squared_distance<T: Real>(x: &[T], y: &[T]) -> f64 {
    let differences = x.iter().zip(y).map(|(&x, &y)| x.to_f64() - y.to_f64());
    differences.map(|difference| difference * difference).sum()
}
