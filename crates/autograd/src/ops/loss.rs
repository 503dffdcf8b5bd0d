//! Losses: fused sums of a row, with an explicit reduction.

use super::sum_of::{record_sum_of_2, record_sum_of_3};
use crate::Var;
use latents_tensor::formula::{
    AbsoluteError, BinaryCrossEntropy, BinaryCrossEntropyWithLogits, HuberError, SquaredError,
};
use latents_tensor::{Indices, Real, ShapeError, concrete};

/// How the losses of single elements are combined. Confusing mean and sum is a common silent error, so every loss requires a
/// reduction.
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
    /// Returns the factor of the sum over all elements.
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

    /// Computes the squared error Σ (p − t)², reduced. With `Mean` it is the MSE.
    ///
    /// ```
    /// # use latents_autograd::{Reduction, Tape}; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let (p, t) = (tape.input(&Tensor::from_slice(&[1.0, 4.0], [2])), tape.input(&Tensor::zeros([2])));
    /// assert_eq!(p.mse(t, Reduction::Mean).item(), 8.5);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn mse(self, target: Self, reduction: Reduction) -> Self {
        let scale = self.loss_scale("mse", target, reduction);
        squared([self, target], scale)
    }

    /// Computes the absolute error Σ |p − t|, reduced. With `Mean` it is the MAE.
    ///
    /// ```
    /// # use latents_autograd::{Reduction, Tape}; use latents_tensor::Tensor;
    /// let tape = Tape::<f32>::new();
    /// let (p, t) = (tape.input(&Tensor::from_slice(&[1.0, -4.0], [2])), tape.input(&Tensor::zeros([2])));
    /// assert_eq!(p.mae(t, Reduction::Mean).item(), 2.5);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn mae(self, target: Self, reduction: Reduction) -> Self {
        let scale = self.loss_scale("mae", target, reduction);
        absolute([self, target], scale)
    }

    /// Computes Huber's loss (1964), reduced: quadratic within `delta` of the target, linear beyond.
    ///
    /// ```
    /// # use latents_autograd::{Reduction, Tape};
    /// let tape = Tape::<f32>::new();
    /// assert_eq!(tape.scalar(3.0).huber(tape.scalar(0.0), 1.0, Reduction::Sum).item(), 2.5);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn huber(self, target: Self, delta: f64, reduction: Reduction) -> Self {
        assert!(delta > 0.0, "huber: delta is {delta}; it must be positive");
        let scale = self.loss_scale("huber", target, reduction);
        huber([self, target, self.tape().scalar(delta)], scale)
    }

    /// Computes the binary cross entropy of probabilities with targets between 0 and 1, reduced.
    ///
    /// ```
    /// # use latents_autograd::{Reduction, Tape};
    /// let tape = Tape::<f64>::new();
    /// let loss = tape.scalar(0.5).bce(tape.scalar(1.0), Reduction::Mean);
    /// assert!((loss.item() - 2f64.ln()).abs() < 1e-15);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn bce(self, target: Self, reduction: Reduction) -> Self {
        let scale = self.loss_scale("bce", target, reduction);
        entropy([self, target], scale)
    }

    /// Computes the binary cross entropy of logits with targets between 0 and 1, reduced.
    ///
    /// ```
    /// # use latents_autograd::{Reduction, Tape};
    /// let tape = Tape::<f64>::new();
    /// let loss = tape.scalar(0.0).bce_with_logits(tape.scalar(1.0), Reduction::Mean);
    /// assert!((loss.item() - 2f64.ln()).abs() < 1e-15);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn bce_with_logits(self, target: Self, reduction: Reduction) -> Self {
        let scale = self.loss_scale("bce_with_logits", target, reduction);
        entropy_with_logits([self, target], scale)
    }

    /// Computes −ln softmax(logits)ᵧ at the class y, for logits (batch, classes) and one class index per row, reduced over rows:
    /// `Mean` and `BatchMean` are the same.
    ///
    /// # Panics
    /// If there is not one class per row, or a class does not exist.
    ///
    /// ```
    /// # use latents_autograd::{Reduction, Tape}; use latents_tensor::Tensor;
    /// let tape = Tape::<f64>::new();
    /// let logits = tape.input(&Tensor::from_slice(&[1e8, 1e8], [1, 2]));
    /// assert!((logits.cross_entropy(&[0], Reduction::Mean).item() - 2f64.ln()).abs() < 1e-15);
    /// ```
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
