//! How well a model reproduces data.

use crate::Autoencoder;
use latents_tensor::{Real, Rows, Spread, Tensor, for_each_batch, parallel};
use latents_train::{BadLoss, Examples, mean_loss};
use serde::{Deserialize, Serialize};

/// Figures of a model on a data set.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The model's own loss, the mean over rows.
    pub loss: f64,
    /// Σ‖x − x̂‖² / (rows · features).
    pub mse: f64,
    /// 1 − Σ‖x − x̂‖² / Σ‖x − mean(x)‖², the mean taken over these rows, feature by feature.
    ///
    /// Where the rows are all the same, as a single one is, there is no variance to explain: 1 if they are
    /// reproduced exactly, else 0, as scikit-learn's `r2_score` has it.
    pub explained_variance: f64,
    /// The number of rows.
    pub rows: usize,
}

/// Evaluates `model` on every row of `data`. The loss is NaN where that of any batch is not finite.
///
/// # Panics
/// If the data has no rows, or another width than the model, or `batch_size` is 0.
#[track_caller]
pub fn evaluate<T: Real>(model: &dyn Autoencoder<T>, data: &dyn Rows<T>, batch_size: usize) -> Evaluation {
    check(model, data, batch_size);
    parallel::team(|| {
        let loss = loss_of(model, data, batch_size).unwrap_or(f64::NAN);
        figures(model, data, batch_size, loss)
    })
}

/// As [`evaluate`], where a loss that is not finite is an error.
///
/// # Errors
/// At the first batch whose loss is not finite.
///
/// # Panics
/// As [`evaluate`].
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
        "evaluate: the data has another width than the model"
    );
    assert!(data.rows() > 0, "evaluate: the data has no rows");
    assert!(batch_size > 0, "evaluate: batch_size is 0; it must be at least 1");
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

/// ‖x − x̂‖² of every row, summed in f64.
///
/// # Panics
/// If the tables differ in shape.
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
