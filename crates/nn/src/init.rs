//! Initial values of weights.

use latents_tensor::random::Key;
use latents_tensor::{Algebra, Pointwise, Real, Shape, Tensor, concrete, pointwise};
use serde::{Deserialize, Serialize};

/// How the initial values of a weight are drawn.
///
/// For a weight of shape (out, in, …), fan_in = in · rest and fan_out = out · rest, where `rest` is the product of the remaining
/// axes (the window of a convolution). Normal distributions are not truncated, as in PyTorch; Keras truncates them at two
/// standard deviations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Init {
    /// All zeros.
    Zeros,
    /// Uniform on ±√(6 / (fan_in + fan_out)) (Glorot & Bengio 2010, equation 16).
    #[default]
    GlorotUniform,
    /// Normal with standard deviation √(2 / (fan_in + fan_out)) (Glorot & Bengio 2010, equation 12).
    GlorotNormal,
    /// Uniform on ±√(6 / fan_in) (He et al. 2015), for layers followed by ReLU.
    HeUniform,
    /// Normal with standard deviation √(2 / fan_in) (He et al. 2015, equation 10).
    HeNormal,
    /// Orthonormal rows (or columns, if there are fewer of them), uniformly distributed (Saxe et al. 2014, Mezzadri 2007). The
    /// second and all later axes together count as columns.
    Orthogonal,
}

/// `x · factor + offset`.
struct Affine {
    factor: f64,
    offset: f64,
}

impl Pointwise<1> for Affine {
    #[inline(always)]
    fn eval<A: Algebra>(&self, [x]: [A; 1]) -> A {
        x * x.lit(self.factor) + x.lit(self.offset)
    }
}

concrete! {
    fn drawn<'a, T>(init: Init, shape: Shape, key: Key) -> Tensor<T> = init.draw_generic(shape, key);
}

impl Init {
    /// Draws a tensor of `shape` with `key`. The same key gives the same values on every machine.
    ///
    /// # Panics
    /// If `shape` has fewer than two axes and `self` is not `Zeros`: the fans need an input and an output axis.
    ///
    /// ```
    /// # use latents_nn::Init; use latents_tensor::random::Key;
    /// let weight = Init::HeUniform.draw::<f32>([32, 6], Key::new(1));
    /// assert!(weight.to_vec().iter().all(|w| w.abs() <= 1.0)); // √(6 / 6)
    /// ```
    #[track_caller]
    pub fn draw<T: Real>(self, shape: impl Into<Shape>, key: Key) -> Tensor<T> {
        drawn(self, shape.into(), key)
    }

    #[track_caller]
    fn draw_generic<T: Real>(self, shape: Shape, key: Key) -> Tensor<T> {
        match self {
            Init::Zeros => Tensor::zeros(shape),
            Init::GlorotUniform => uniform(shape, bound(6.0, Fans::of(shape).sum()), key),
            Init::GlorotNormal => normal(shape, bound(2.0, Fans::of(shape).sum()), key),
            Init::HeUniform => uniform(shape, bound(6.0, Fans::of(shape).input), key),
            Init::HeNormal => normal(shape, bound(2.0, Fans::of(shape).input), key),
            Init::Orthogonal => orthogonal(shape, key),
        }
    }
}

/// Returns √(numerator / fan). A layer without inputs has no elements to draw, so its fan counts as 1.
fn bound(numerator: f64, fan: usize) -> f64 {
    (numerator / fan.max(1) as f64).sqrt()
}

struct Fans {
    input: usize,
    output: usize,
}

impl Fans {
    #[track_caller]
    fn of(shape: Shape) -> Self {
        assert!(
            shape.rank() >= 2,
            "Init: a weight of shape {shape} has no fans: its shape must be (out, in, …)"
        );
        let rest: usize = shape[2..].iter().product();
        Self {
            input: shape[1] * rest,
            output: shape[0] * rest,
        }
    }

    fn sum(&self) -> usize {
        self.input + self.output
    }
}

/// Draws from the uniform distribution on ±`bound`.
fn uniform<T: Real>(shape: Shape, bound: f64, key: Key) -> Tensor<T> {
    let unit = key.uniform::<T>(shape);
    pointwise(
        "uniform",
        &Affine {
            factor: 2.0 * bound,
            offset: -bound,
        },
        [&unit],
    )
}

/// Draws from the normal distribution with mean 0 and this standard deviation.
fn normal<T: Real>(shape: Shape, deviation: f64, key: Key) -> Tensor<T> {
    let unit = key.normal::<T>(shape);
    pointwise(
        "normal",
        &Affine {
            factor: deviation,
            offset: 0.0,
        },
        [&unit],
    )
}

#[track_caller]
fn orthogonal<T: Real>(shape: Shape, key: Key) -> Tensor<T> {
    assert!(
        shape.rank() >= 2,
        "Init: a weight of shape {shape} cannot be orthogonal: its shape must be (out, in, …)"
    );
    let (rows, columns) = (shape[0], shape[1..].iter().product());
    let (count, length) = (rows.min(columns), rows.max(columns));
    let mut vectors = key.normal::<f64>([count, length]).to_vec();
    orthonormalize(&mut vectors, length);
    let element = |i: usize| {
        let (row, column) = (i / columns, i % columns);
        if rows <= columns {
            vectors[row * length + column]
        } else {
            vectors[column * length + row]
        }
    };
    Tensor::from_fn(shape, |i| T::from_f64(element(i)))
}

/// Orthonormalises vectors of `length` elements by Gram–Schmidt. Each vector is orthogonalised twice against those before it:
/// after one pass the error grows with the condition number of the matrix; two passes are enough (Giraud et al. 2005). Keeping
/// the sign of each remainder makes the result uniformly distributed.
fn orthonormalize(vectors: &mut [f64], length: usize) {
    for index in 0..vectors.len() / length.max(1) {
        let (before, rest) = vectors.split_at_mut(index * length);
        let vector = &mut rest[..length];
        for _ in 0..2 {
            for other in before.chunks_exact(length) {
                let along = dot(other, vector);
                vector.iter_mut().zip(other).for_each(|(x, y)| *x -= along * y);
            }
        }
        let norm = dot(vector, vector).sqrt();
        vector.iter_mut().for_each(|x| *x /= norm);
    }
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).fold(0.0, |sum, (x, y)| sum + x * y)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key::new(11);

    fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / values.len() as f64;
        (mean, variance.sqrt())
    }

    #[test]
    fn draws_have_their_mean_and_spread() {
        let (out, into) = (200, 300);
        let glorot = (2.0 / (out + into) as f64).sqrt();
        let he = (2.0 / into as f64).sqrt();
        let cases = [
            (Init::GlorotUniform, glorot),
            (Init::GlorotNormal, glorot),
            (Init::HeUniform, he),
            (Init::HeNormal, he),
            (Init::Zeros, 0.0),
        ];
        for (init, expected) in cases {
            let (mean, deviation) = mean_and_deviation(&init.draw::<f64>([out, into], KEY).to_vec());
            assert!(
                mean.abs() < 0.01 * he && (deviation - expected).abs() < 0.01 * he,
                "{init:?}: {mean} {deviation}"
            );
        }
    }

    #[test]
    fn uniform_draws_reach_but_do_not_pass_their_bound() {
        for (init, fan) in [(Init::GlorotUniform, 70.0), (Init::HeUniform, 40.0)] {
            let limit = (6.0f64 / fan).sqrt();
            let values = init.draw::<f64>([30, 40], KEY).to_vec();
            let largest = values.iter().fold(0.0f64, |most, x| most.max(x.abs()));
            assert!(
                largest <= limit && largest > 0.98 * limit,
                "{init:?}: {largest} of {limit}"
            );
        }
    }

    #[test]
    fn windows_count_in_the_fans() {
        let fans = Fans::of(Shape::from([8, 3, 5, 5]));
        assert_eq!((fans.input, fans.output), (75, 200));
    }

    #[test]
    fn orthogonal_weights_are() {
        for (rows, columns) in [(3, 7), (7, 3), (20, 20), (1, 4), (64, 64)] {
            let weight = Init::Orthogonal.draw::<f64>([rows, columns], KEY);
            let wide = if rows <= columns {
                weight
            } else {
                weight.transpose()
            };
            let (count, length) = (wide.size(0), wide.size(1));
            let values = wide.to_vec();
            for (i, x) in values.chunks_exact(length).enumerate() {
                for (j, y) in values.chunks_exact(length).enumerate() {
                    let expected = f64::from(u8::from(i == j));
                    assert!(
                        (dot(x, y) - expected).abs() < 1e-14,
                        "{count} vectors of {length}: {i} · {j}"
                    );
                }
            }
        }
        assert_eq!(
            Init::Orthogonal.draw::<f32>([4, 2, 3, 3], KEY).shape()[..],
            [4, 2, 3, 3]
        );
        assert_eq!(Init::Orthogonal.draw::<f32>([0, 2], KEY).len(), 0);
    }

    #[test]
    fn the_key_decides() {
        for init in [Init::GlorotUniform, Init::HeNormal, Init::Orthogonal] {
            let draw = |key: Key| init.draw::<f32>([5, 6], key).to_vec();
            assert_eq!(draw(KEY), draw(KEY));
            assert_ne!(draw(KEY), draw(KEY.index(1)));
        }
    }

    #[test]
    #[should_panic(expected = "its shape must be (out, in, …)")]
    fn a_vector_has_no_fans() {
        Init::HeNormal.draw::<f32>([3], KEY);
    }
}
