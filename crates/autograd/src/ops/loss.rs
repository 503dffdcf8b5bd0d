//! Losses: fused sums of a row, with an explicit reduction.

use super::sum_of::{record_sum_of_2, record_sum_of_3};
use crate::Var;
use latents_tensor::formula::{
    AbsoluteError, BinaryCrossEntropy, BinaryCrossEntropyWithLogits, HuberError, SquaredError,
};
use latents_tensor::{Indices, Real, ShapeError, concrete};

/// What becomes of the losses of single elements. Mean-against-sum is the field's most common silent error, so
/// every loss asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// The sum over all elements.
    Sum,
    /// The mean over all elements.
    Mean,
    /// The sum over features and the mean over the batch (the first axis).
    BatchMean,
}

impl Reduction {
    /// What the sum over all elements is multiplied with.
    fn scale(self, elements: usize, rows: usize) -> f64 {
        match self {
            Reduction::Sum => 1.0,
            Reduction::Mean => 1.0 / elements as f64,
            Reduction::BatchMean => 1.0 / rows as f64,
        }
    }
}

concrete! {
    fn squared<'t, T>(operands: [Var<'t, T>; 2], scale: f64) -> Var<'t, T> =
        record_sum_of_2(SquaredError, operands, scale);
    fn absolute<'t, T>(operands: [Var<'t, T>; 2], scale: f64) -> Var<'t, T> =
        record_sum_of_2(AbsoluteError, operands, scale);
    fn huber<'t, T>(operands: [Var<'t, T>; 3], scale: f64) -> Var<'t, T> =
        record_sum_of_3(HuberError, operands, scale);
    fn entropy<'t, T>(operands: [Var<'t, T>; 2], scale: f64) -> Var<'t, T> =
        record_sum_of_2(BinaryCrossEntropy, operands, scale);
    fn entropy_with_logits<'t, T>(operands: [Var<'t, T>; 2], scale: f64) -> Var<'t, T> =
        record_sum_of_2(BinaryCrossEntropyWithLogits, operands, scale);
}

impl<'t, T: Real> Var<'t, T> {
    #[track_caller]
    fn loss_scale(self, name: &'static str, target: Self, reduction: Reduction) -> f64 {
        let shape = self.shape();
        if shape != target.shape() {
            let error = ShapeError::new(
                name,
                "prediction and target differ in shape",
                &[shape, target.shape()],
            );
            self.tape().raise(error, &[self, target]);
        }
        reduction.scale(shape.count(), shape.first().copied().unwrap_or(1))
    }

    /// Squared error Σ (p − t)², reduced. `Mean` is the MSE.
    #[track_caller]
    #[must_use]
    pub fn mse(self, target: Self, reduction: Reduction) -> Self {
        let scale = self.loss_scale("mse", target, reduction);
        squared([self, target], scale)
    }

    /// Absolute error Σ |p − t|, reduced. `Mean` is the MAE.
    #[track_caller]
    #[must_use]
    pub fn mae(self, target: Self, reduction: Reduction) -> Self {
        let scale = self.loss_scale("mae", target, reduction);
        absolute([self, target], scale)
    }

    /// Huber's loss (1964), reduced: quadratic up to `delta` from the target, linear beyond.
    #[track_caller]
    #[must_use]
    pub fn huber(self, target: Self, delta: f64, reduction: Reduction) -> Self {
        assert!(delta > 0.0, "huber: delta is {delta}; it must be positive");
        let scale = self.loss_scale("huber", target, reduction);
        huber([self, target, self.tape().scalar(delta)], scale)
    }

    /// Cross entropy of Bernoulli probabilities with targets in [0, 1], reduced.
    #[track_caller]
    #[must_use]
    pub fn bce(self, target: Self, reduction: Reduction) -> Self {
        let scale = self.loss_scale("bce", target, reduction);
        entropy([self, target], scale)
    }

    /// Cross entropy of Bernoulli logits with targets in [0, 1], reduced.
    #[track_caller]
    #[must_use]
    pub fn bce_with_logits(self, target: Self, reduction: Reduction) -> Self {
        let scale = self.loss_scale("bce_with_logits", target, reduction);
        entropy_with_logits([self, target], scale)
    }

    /// −ln softmax(logits)ᵧ at the class y, for logits (batch, classes) and one class index a row, reduced over rows:
    /// `Mean` and `BatchMean` are the same.
    ///
    /// # Panics
    /// If there is not one class a row, or a class does not exist.
    #[track_caller]
    #[must_use]
    pub fn cross_entropy(self, classes: &[usize], reduction: Reduction) -> Self {
        let shape = self.shape();
        if shape.rank() != 2 || shape[0] != classes.len() || classes.iter().any(|&class| class >= shape[1]) {
            let reason = format!("{} classes for logits (batch, classes)", classes.len());
            let error = ShapeError::new("cross_entropy", reason, &[shape]);
            self.tape().raise(
                error.hint("one index below the number of columns for each row"),
                &[self],
            );
        }
        let classes = Indices::new(classes.to_vec(), [classes.len(), 1]);
        let total = -self.log_softmax(1).gather(1, &classes).sum_all();
        match reduction {
            Reduction::Sum => total,
            Reduction::Mean | Reduction::BatchMean => total / self.tape().scalar(shape[0] as f64),
        }
    }
}
