//! Ranges and the identity matrix.

use crate::{Real, Tensor};

impl<T: Real> Tensor<T> {
    /// Returns the numbers `start`, `start + step`, … before `end` (above it, if `step` is negative). Element `i` is `start + i
    /// · step`, computed in `f64` with one rounding, and rounded to the element type.
    ///
    /// An element precedes `end` if it does so after both are rounded to the element type, and by more than the rounding error
    /// of the arguments: 2⁻⁵² (|start| + |end|), or half a step if that is less. So decimal arguments, which have no exact
    /// `f64`, give the same numbers as decimal arithmetic, and `end` is never included.
    ///
    /// ```
    /// use latents_tensor::Tensor;
    /// assert_eq!(Tensor::<f32>::arange(1.0, 2.0, 0.25).to_vec(), [1.0, 1.25, 1.5, 1.75]);
    /// assert_eq!(Tensor::<f64>::arange(1.0, 1.3, 0.1).to_vec(), [1.0, 1.1, 1.2]);
    /// ```
    ///
    /// # Panics
    /// If `step` is 0, a number is not finite, or the number of elements exceeds `usize`.
    #[track_caller]
    #[must_use]
    pub fn arange(start: f64, end: f64, step: f64) -> Self {
        assert!(
            step != 0.0 && [start, end, step].iter().all(|number| number.is_finite()),
            "arange: from {start} to {end} by {step} does not end; the step must not be 0 and all must be finite"
        );
        let most = most_steps(start, end, step);
        assert!(
            most < isize::MAX as f64,
            "arange: from {start} to {end} by {step} has {most:e} elements, more than can be counted"
        );
        let element = |i: usize| (i as f64).mul_add(step, start);
        let rounding = f64::EPSILON * start.abs() + f64::EPSILON * end.abs();
        let slack = rounding.min(step.abs() / 2.0);
        let is_before = |i: usize| {
            let (x, up) = (element(i), step > 0.0);
            let (near, far) = (T::from_f64(x), T::from_f64(end));
            if up {
                near < far && end - x > slack
            } else {
                near > far && x - end > slack
            }
        };
        let (mut count, mut past) = (0, most as usize + 1);
        while count < past {
            let middle = count + (past - count) / 2;
            if is_before(middle) {
                count = middle + 1;
            } else {
                past = middle;
            }
        }
        Self::from_fn([count], |i| T::from_f64(element(i)))
    }

    /// Returns `count` equally spaced numbers from `start` to `end`, both included exactly. For a count of 1 it returns `start`.
    ///
    /// ```
    /// use latents_tensor::Tensor;
    /// assert_eq!(Tensor::<f64>::linspace(0.0, 1.0, 5).to_vec(), [0.0, 0.25, 0.5, 0.75, 1.0]);
    /// ```
    ///
    /// # Panics
    /// If `start` or `end` is not finite.
    #[track_caller]
    #[must_use]
    pub fn linspace(start: f64, end: f64, count: usize) -> Self {
        assert!(
            start.is_finite() && end.is_finite(),
            "linspace: from {start} to {end}; both ends must be finite"
        );
        let last = count.saturating_sub(1);
        let steps = last.max(1) as f64;
        let range = end - start;
        // The difference of finite ends may be infinite; the step is not.
        let step = if range.is_finite() {
            range / steps
        } else {
            end / steps - start / steps
        };
        Self::from_fn([count], |i| match i {
            0 => T::from_f64(start),
            _ if i == last => T::from_f64(end),
            _ => T::from_f64((i as f64).mul_add(step, start)),
        })
    }

    /// Returns the identity matrix `[count, count]`.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// assert_eq!(Tensor::<f32>::eye(2).to_vec(), [1.0, 0.0, 0.0, 1.0]);
    /// ```
    #[must_use]
    pub fn eye(count: usize) -> Self {
        Self::from_fn([count, count], |i| {
            if i % (count + 1) == 0 { T::one() } else { T::zero() }
        })
    }
}

/// Returns an upper bound of the number of steps from `start` to `end`, 0 if they lead away from it.
fn most_steps(start: f64, end: f64, step: f64) -> f64 {
    let range = end - start;
    let steps = if range.is_finite() {
        range / step
    } else {
        (end / 2.0 - start / 2.0) / (step / 2.0)
    };
    steps.ceil().max(0.0)
}
