//! ln Σ eˣ, softmax and its logarithm, over any axes.
//!
//! All of them subtract the largest element first, so that no exponential overflows and large elements that are close to each
//! other keep their differences. With m the largest element and k elements equal to it,
//!
//! ```text
//! ln Σ eˣ = m + ln(1 + (k − 1) + Σ_{x < m} e^(x − m))
//! ```
//!
//! where log1p keeps the relative accuracy of a sum that is tiny compared with 1: ln softmax([20, 0])₀ is −2.06·10⁻⁹, not 0.
//!
//! The difference x − m is rounded once, by at most half a unit in its last place, and the relative error of its exponential
//! grows with the difference: softmax is accurate to |x − m| / 2 ULP plus a few, and its logarithm to a few ULP.
//!
//! An element of −∞ has the probability 0. If the largest element is infinite, or an element is NaN, softmax and its logarithm
//! are NaN throughout, as in PyTorch; ln Σ eˣ is then the largest element.

use crate::index::CHUNK;
use crate::kernels::softmax::{Form, SoftmaxOfRows};
use crate::reduce::{flags, folded_count, kept_or_dropped};
use crate::simd::Isa;
use crate::{MAX_RANK, OrRaise, Real, Tensor, concrete, parallel};

concrete! {
    fn logsumexp<'a, T>(x: &'a Tensor<T>, axes: &'a [isize], keep_dims: bool) -> Tensor<T> =
        logsumexp_of(x, axes, keep_dims);
    fn softmax<'a, T>(x: &'a Tensor<T>, axes: &'a [isize]) -> Tensor<T> = softmax_of(x, axes);
    fn log_softmax<'a, T>(x: &'a Tensor<T>, axes: &'a [isize]) -> Tensor<T> = log_softmax_of(x, axes);
}

impl<T: Real> Tensor<T> {
    /// Computes ln Σ eˣ over `axes`, without overflow. −∞ over no elements, and if all elements are −∞.
    ///
    /// # Panics
    /// If an axis does not exist or is listed twice.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let x = Tensor::from_slice(&[1000.0f32, f32::NEG_INFINITY], [2]);
    /// assert_eq!(x.logsumexp(&[0], false).item(), 1000.0);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn logsumexp(&self, axes: &[isize], keep_dims: bool) -> Self {
        logsumexp(self, axes, keep_dims)
    }

    /// Computes eˣ / Σ eˣ over `axes`, without overflow. NaN throughout if the largest element is infinite.
    ///
    /// ```
    /// use latents_tensor::Tensor;
    /// let x = Tensor::from_slice(&[1e8f32, 1e8, f32::NEG_INFINITY], [3]);
    /// assert_eq!(x.softmax(&[0]).to_vec(), [0.5, 0.5, 0.0]);
    /// ```
    ///
    /// # Panics
    /// If an axis does not exist or is listed twice.
    #[track_caller]
    #[must_use]
    pub fn softmax(&self, axes: &[isize]) -> Self {
        softmax(self, axes)
    }

    /// Computes ln(eˣ / Σ eˣ) over `axes`, accurate also near 0. NaN throughout if the largest element is infinite.
    ///
    /// # Panics
    /// If an axis does not exist or is listed twice.
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let x = Tensor::from_slice(&[0.0f64, 0.0], [2]);
    /// assert!((x.log_softmax(&[0]).at(&[0]) + 2f64.ln()).abs() < 1e-15);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn log_softmax(&self, axes: &[isize]) -> Self {
        log_softmax(self, axes)
    }
}

#[track_caller]
fn logsumexp_of<T: Real>(x: &Tensor<T>, axes: &[isize], keep_dims: bool) -> Tensor<T> {
    let folded = flags("logsumexp", x.shape(), axes).or_raise();
    let kept = (0..x.rank())
        .filter(|&axis| folded[axis])
        .fold(x.shape(), |kept, axis| kept.with_axis(axis, 1));
    let (rows, _) = folded_last(x, folded);
    let length = folded_count(x.shape(), folded);
    let result = Tensor::build(kept, |out| match length {
        0 => out.fill(T::from_f64(f64::NEG_INFINITY)),
        _ => evaluate(Form::LogSumExp, &rows, length, out),
    });
    kept_or_dropped(result, folded, keep_dims)
}

#[track_caller]
fn softmax_of<T: Real>(x: &Tensor<T>, axes: &[isize]) -> Tensor<T> {
    let folded = flags("softmax", x.shape(), axes).or_raise();
    normalised(Form::Softmax, x, folded)
}

#[track_caller]
fn log_softmax_of<T: Real>(x: &Tensor<T>, axes: &[isize]) -> Tensor<T> {
    let folded = flags("log_softmax", x.shape(), axes).or_raise();
    normalised(Form::LogSoftmax, x, folded)
}

fn normalised<T: Real>(form: Form, x: &Tensor<T>, folded: [bool; MAX_RANK]) -> Tensor<T> {
    let (rows, order) = folded_last(x, folded);
    let length = folded_count(x.shape(), folded);
    let result = Tensor::build(rows.shape(), |out| {
        if !out.is_empty() {
            evaluate(form, &rows, length, out);
        }
    });
    let mut back = [0; MAX_RANK];
    for (place, &axis) in order[..x.rank()].iter().enumerate() {
        back[axis] = place;
    }
    result.permute(&back[..x.rank()])
}

/// Moves the folded axes last and copies to row-major order. Returns the tensor and the order of its axes.
fn folded_last<T: Real>(x: &Tensor<T>, folded: [bool; MAX_RANK]) -> (Tensor<T>, [usize; MAX_RANK]) {
    let mut order = [0; MAX_RANK];
    let axes = 0..x.rank();
    let kept = axes.clone().filter(|&axis| !folded[axis]);
    let behind = kept.chain(axes.filter(|&axis| folded[axis]));
    order
        .iter_mut()
        .zip(behind)
        .for_each(|(place, axis)| *place = axis);
    (x.permute(&order[..x.rank()]).contiguous(), order)
}

/// Runs the kernel on rows of `length` elements; `length` is not 0.
fn evaluate<T: Real>(form: Form, rows: &Tensor<T>, length: usize, out: &mut [T]) {
    let (isa, elements) = (Isa::active(), rows.in_order());
    let rows_a_chunk = (CHUNK / length).max(1);
    let results = form.results(length);
    parallel::chunks_mut(out, rows_a_chunk * results, |chunk, out| {
        let first = chunk * rows_a_chunk * length;
        isa.run(SoftmaxOfRows {
            rows: &elements[first..first + out.len() / results * length],
            length,
            form,
            out,
        });
    });
}
