//! How well a model reproduces data.

use crate::Autoencoder;
use latents_autograd::Tape;
use latents_tensor::{Rows, Tensor, parallel};
use serde::{Deserialize, Serialize};

/// Figures of a model on a data set.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The model's own loss, the mean over rows.
    pub loss: f64,
    /// Σ‖x − x̂‖² / (rows · features).
    pub mse: f64,
    /// 1 − Σ‖x − x̂‖² / Σ‖x − mean(x)‖², the mean taken over these rows, feature by feature.
    pub explained_variance: f64,
    /// The number of rows.
    pub rows: usize,
}

/// Goes through `data` in order, batch by batch, with one buffer.
pub(crate) fn for_each_batch(data: &dyn Rows, batch_size: usize, mut body: impl FnMut(&Tensor<f32>)) {
    let mut indices = Vec::with_capacity(batch_size);
    let mut buffer = Tensor::zeros([0, data.features()]);
    for start in (0..data.rows()).step_by(batch_size) {
        indices.clear();
        indices.extend(start..(start + batch_size).min(data.rows()));
        if buffer.size(0) != indices.len() {
            buffer = Tensor::zeros([indices.len(), data.features()]);
        }
        data.gather_into(&indices, &mut buffer);
        body(&buffer);
    }
}

/// The model's mean loss over the rows of `data`, in evaluation mode.
pub(crate) fn mean_loss<M: Autoencoder + ?Sized>(
    model: &M,
    data: &dyn Rows,
    batch_size: usize,
    tape: &mut Tape,
) -> f64 {
    let was_training = tape.is_training();
    tape.set_training(false);
    let mut sum = 0.0;
    for_each_batch(data, batch_size, |batch| {
        let loss = model.loss(tape.input(batch)).total.item();
        sum += f64::from(loss) * batch.size(0) as f64;
        tape.reset();
    });
    tape.set_training(was_training);
    sum / data.rows() as f64
}

/// Evaluates `model` on every row of `data`.
///
/// # Panics
/// If the data has no rows, or another width than the model.
#[track_caller]
pub fn evaluate<M: Autoencoder + ?Sized>(model: &M, data: &dyn Rows, batch_size: usize) -> Evaluation {
    assert_eq!(
        data.features(),
        model.input_dim(),
        "evaluate: the data has another width than the model"
    );
    assert!(data.rows() > 0, "evaluate: the data has no rows");
    parallel::team(|| {
        let loss = mean_loss(model, data, batch_size, &mut Tape::new());
        let mut spread = Spread::new(data.features());
        let mut squares = 0.0;
        for_each_batch(data, batch_size, |batch| {
            spread.add(batch);
            squares += row_errors(batch, &model.reconstruct_data(batch))
                .iter()
                .sum::<f64>();
        });
        let rows = data.rows();
        Evaluation {
            loss,
            mse: squares / (rows * data.features()) as f64,
            explained_variance: 1.0 - squares / spread.around_mean(),
            rows,
        }
    })
}

/// ‖x − x̂‖² of every row, summed in f64.
pub fn row_errors(originals: &Tensor<f32>, reconstructions: &Tensor<f32>) -> Vec<f64> {
    assert_eq!(
        originals.shape(),
        reconstructions.shape(),
        "row_errors: two tables of one shape are compared"
    );
    let features = (originals.len() / originals.size(0).max(1)).max(1);
    let (x, y) = (originals.to_vec(), reconstructions.to_vec());
    let squared = |(x, y): (&f32, &f32)| (f64::from(*x) - f64::from(*y)) * (f64::from(*x) - f64::from(*y));
    let rows = x.chunks_exact(features).zip(y.chunks_exact(features));
    rows.map(|(x, y)| x.iter().zip(y).map(squared).sum()).collect()
}

/// Σ‖x − mean(x)‖² in one pass, about the first row so that large offsets do not cancel.
struct Spread {
    origin: Option<Vec<f64>>,
    sums: Vec<f64>,
    squares: f64,
    rows: usize,
}

impl Spread {
    fn new(features: usize) -> Self {
        Self {
            origin: None,
            sums: vec![0.0; features],
            squares: 0.0,
            rows: 0,
        }
    }

    fn add(&mut self, batch: &Tensor<f32>) {
        let values = batch.to_vec();
        for row in values.chunks_exact(self.sums.len().max(1)) {
            let origin = self
                .origin
                .get_or_insert_with(|| row.iter().map(|&x| f64::from(x)).collect());
            for ((sum, origin), &x) in self.sums.iter_mut().zip(origin.iter()).zip(row) {
                let distance = f64::from(x) - origin;
                *sum += distance;
                self.squares += distance * distance;
            }
            self.rows += 1;
        }
    }

    fn around_mean(&self) -> f64 {
        self.squares
            - self
                .sums
                .iter()
                .map(|sum| sum * sum / self.rows as f64)
                .sum::<f64>()
    }
}
