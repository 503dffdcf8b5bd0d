//! The objective of logistic regression and its gradient.
//!
//! The point has (classes, features + 1) values: for each class a row of weights, then its bias.

use latents_tensor::gemm::{self, MatMut, MatRef, Nothing, Start};
use latents_tensor::simd::Isa;
use latents_tensor::{Algebra, Rows, Tensor, parallel};

/// Rows that one thread processes at a time.
pub(super) const CHUNK: usize = 256;

/// The contribution of a chunk of rows.
#[derive(Default)]
struct Part {
    logits: Vec<f32>,
    weights: Vec<f32>,
    bias: Vec<f64>,
    loss: f64,
}

pub(super) struct Objective<'a> {
    data: &'a dyn Rows,
    classes: &'a [usize],
    count: usize,
    /// The factor of half the squared weight of each column.
    penalties: &'a [f64],
    parts: Vec<Part>,
}

/// Runs `body(rows, first, part)` on every chunk of rows, (size, features), with a part for each chunk, in any order.
pub(super) fn for_each_chunk<P: Default + Send>(
    data: &dyn Rows,
    parts: &mut Vec<P>,
    body: impl Fn(&Tensor, usize, &mut P) + Sync,
) {
    let rows = data.rows();
    parts.resize_with(rows.div_ceil(CHUNK), P::default);
    parallel::chunks_mut(parts, 1, |chunk, part| {
        let first = chunk * CHUNK;
        let indices: Vec<usize> = (first..rows.min(first + CHUNK)).collect();
        let mut group = Tensor::zeros([indices.len(), data.features()]);
        data.gather_into(&indices, &mut group);
        body(&group, first, &mut part[0]);
    });
}

/// x·Wᵀ + b, (rows, classes), into `out`.
pub(super) fn logits(rows: &Tensor, weights: &Tensor, bias: &[f32], out: &mut Vec<f32>) {
    let (count, features, classes) = (rows.size(0), rows.size(1), bias.len());
    out.clear();
    out.resize(count * classes, 0.0);
    let (x, w) = (rows.elements(), weights.elements());
    let x = MatRef::row_major(&x, count, features);
    let w = MatRef::row_major(&w, classes, features);
    let c = MatMut::row_major(out, count, classes);
    gemm::gemm(Isa::active(), x, w.transpose(), c, Start::Zero, &Nothing);
    for row in out.chunks_exact_mut(classes) {
        row.iter_mut().zip(bias).for_each(|(logit, bias)| *logit += bias);
    }
}

/// Converts logits to probabilities.
pub(super) fn softmax(row: &mut [f32]) {
    let largest = row
        .iter()
        .fold(f32::NEG_INFINITY, |most, &x| if x > most { x } else { most });
    let mut sum = 0.0;
    for x in row.iter_mut() {
        *x = Algebra::exp(*x - largest);
        sum += f64::from(*x);
    }
    row.iter_mut().for_each(|x| *x = (f64::from(*x) / sum) as f32);
}

/// The weights (classes, features) and biases at a point.
pub(super) fn parameters(point: &[f64], features: usize) -> (Tensor, Vec<f32>) {
    let width = features + 1;
    let weights = Tensor::from_fn([point.len() / width, features], |i| {
        point[i / features * width + i % features] as f32
    });
    let bias = point.chunks_exact(width).map(|row| row[features] as f32);
    (weights, bias.collect())
}

/// Converts logits to the errors of the probabilities, p − 1 for the true class and p for the others. Returns −ln p of the true
/// class. If p is close to 1, both are computed as sums over the other classes, which keep the digits that 1 − p would lose.
fn errors(row: &mut [f32], class: usize) -> f64 {
    let largest = row
        .iter()
        .fold(f32::NEG_INFINITY, |most, &x| if x > most { x } else { most });
    let top = f64::from(largest);
    let of_class = f64::from(row[class]) - top;
    let mut others = 0.0;
    for (place, x) in row.iter_mut().enumerate() {
        let exponential = Algebra::exp(*x - largest);
        others += if place == class {
            0.0
        } else {
            f64::from(exponential)
        };
        *x = exponential;
    }
    let own = f64::from(row[class]);
    let sum = own + others;
    row.iter_mut().for_each(|x| *x = (f64::from(*x) / sum) as f32);
    row[class] = (-others / sum) as f32;
    if of_class == 0.0 {
        Algebra::log1p(others)
    } else {
        Algebra::ln(sum) - of_class
    }
}

impl<'a> Objective<'a> {
    pub(super) fn new(data: &'a dyn Rows, classes: &'a [usize], count: usize, penalties: &'a [f64]) -> Self {
        Self {
            data,
            classes,
            count,
            penalties,
            parts: Vec::new(),
        }
    }

    /// The value at `point` and its gradient.
    pub(super) fn evaluate(&mut self, point: &[f64], gradient: &mut [f64]) -> f64 {
        let (features, classes) = (self.data.features(), self.classes);
        let (weights, bias) = parameters(point, features);
        for_each_chunk(self.data, &mut self.parts, |rows, first, part| {
            part.add(rows, &classes[first..], &weights, &bias);
        });
        self.sum(point, gradient)
    }

    /// Sums the parts in row order and adds the penalty.
    fn sum(&self, point: &[f64], gradient: &mut [f64]) -> f64 {
        let (features, width) = (self.data.features(), self.data.features() + 1);
        gradient.fill(0.0);
        let mut loss = 0.0;
        for part in &self.parts {
            loss += part.loss;
            for class in 0..self.count {
                let (sums, bias) = gradient[class * width..][..width].split_at_mut(features);
                bias[0] += part.bias[class];
                let parts = &part.weights[class * features..][..features];
                sums.iter_mut()
                    .zip(parts)
                    .for_each(|(sum, &part)| *sum += f64::from(part));
            }
        }
        let rows = self.data.rows() as f64;
        let mut penalty = 0.0;
        for (gradient, point) in gradient.chunks_exact_mut(width).zip(point.chunks_exact(width)) {
            gradient[features] /= rows;
            for ((gradient, &weight), by) in gradient[..features].iter_mut().zip(point).zip(self.penalties) {
                *gradient = *gradient / rows + by * weight;
                penalty += by * weight * weight;
            }
        }
        loss / rows + 0.5 * penalty
    }
}

impl Part {
    fn add(&mut self, rows: &Tensor, classes: &[usize], weights: &Tensor, bias: &[f32]) {
        let (size, features, count) = (rows.size(0), rows.size(1), bias.len());
        logits(rows, weights, bias, &mut self.logits);
        self.loss = 0.0;
        self.bias.clear();
        self.bias.resize(count, 0.0);
        for (row, &class) in self.logits.chunks_exact_mut(count).zip(classes) {
            self.loss += errors(row, class);
            self.bias
                .iter_mut()
                .zip(&*row)
                .for_each(|(sum, &error)| *sum += f64::from(error));
        }
        self.weights.resize(count * features, 0.0);
        let errors = MatRef::row_major(&self.logits, size, count);
        let x = rows.elements();
        let x = MatRef::row_major(&x, size, features);
        let c = MatMut::row_major(&mut self.weights, count, features);
        gemm::gemm(Isa::active(), errors.transpose(), x, c, Start::Zero, &Nothing);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use latents_tensor::random::Key;

    #[test]
    fn a_probability_close_to_1_keeps_its_error() {
        let tail = 2.061_153_618_190_203_7e-9;
        let mut row = [20.0, 0.0];
        let loss = errors(&mut row, 0);
        assert!((loss / 2.061_153_620_314_381e-9 - 1.0).abs() < 1e-6, "{loss}");
        for (got, expected) in row.into_iter().zip([-tail, tail]) {
            assert!((f64::from(got) / expected - 1.0).abs() < 1e-6, "{got}");
        }
        let mut row = [1e8, 1e8];
        assert!((errors(&mut row, 1) - std::f64::consts::LN_2).abs() < 1e-15);
        assert_eq!(row, [0.5, -0.5]);
        let mut row = [0.0, 30.0, -100.0];
        assert!((errors(&mut row, 0) - 30.0).abs() < 1e-12);
        assert_eq!(row[0], -1.0);
    }

    #[test]
    fn the_gradient_is_the_slope() {
        let data: Tensor = Key::new(1).normal([700, 5]);
        let classes: Vec<usize> = (0..700).map(|row| row * 7 % 4).collect();
        let mut objective = Objective::new(&data, &classes, 4, &[0.3, 0.1, 0.2, 0.3, 0.5]);
        let mut point = Key::new(2).normal::<f64>([24]).to_vec();
        let mut gradient = vec![0.0; 24];
        objective.evaluate(&point, &mut gradient);
        let mut scratch = vec![0.0; 24];
        for place in 0..24 {
            let middle = point[place];
            let mut at = |value| {
                point[place] = value;
                objective.evaluate(&point, &mut scratch)
            };
            let slope = (at(middle + 1e-2) - at(middle - 1e-2)) / 2e-2;
            point[place] = middle;
            assert!(
                (slope - gradient[place]).abs() < 1e-4,
                "{place}: {slope} {}",
                gradient[place]
            );
        }
    }
}
