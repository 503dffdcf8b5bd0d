//! Tensors made from a rule: ranges and the identity matrix.

use crate::{Real, Tensor};

impl<T: Real> Tensor<T> {
    /// The numbers `start`, `start + step`, … before `end` (above it, if `step` is negative). Element `i` is
    /// `start + i · step`, computed in `f64` and rounded once.
    ///
    /// ```
    /// use latents_tensor::Tensor;
    /// assert_eq!(Tensor::<f32>::arange(1.0, 2.0, 0.25).to_vec(), [1.0, 1.25, 1.5, 1.75]);
    /// ```
    ///
    /// # Panics
    /// If `step` is 0, or a number is not finite.
    #[track_caller]
    #[must_use]
    pub fn arange(start: f64, end: f64, step: f64) -> Self {
        assert!(
            step != 0.0 && [start, end, step].iter().all(|number| number.is_finite()),
            "arange: from {start} to {end} by {step} does not end; the step must not be 0 and all must be finite"
        );
        let count = ((end - start) / step).ceil().max(0.0) as usize;
        Self::from_fn([count], |i| T::from_f64(start + i as f64 * step))
    }

    /// `count` numbers at equal distances, from `start` to `end`, both included. One number is `start`.
    ///
    /// ```
    /// use latents_tensor::Tensor;
    /// assert_eq!(Tensor::<f64>::linspace(0.0, 1.0, 5).to_vec(), [0.0, 0.25, 0.5, 0.75, 1.0]);
    /// ```
    #[must_use]
    pub fn linspace(start: f64, end: f64, count: usize) -> Self {
        let last = count.saturating_sub(1);
        let step = (end - start) / last.max(1) as f64;
        Self::from_fn([count], |i| match i {
            0 => T::from_f64(start),
            _ if i == last => T::from_f64(end),
            _ => T::from_f64(start + i as f64 * step),
        })
    }

    /// The identity matrix `[count, count]`.
    #[must_use]
    pub fn eye(count: usize) -> Self {
        Self::from_fn([count, count], |i| {
            if i % (count + 1) == 0 { T::one() } else { T::zero() }
        })
    }
}
