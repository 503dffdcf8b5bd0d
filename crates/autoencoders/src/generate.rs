//! New rows from codes: interpolation and latent traversals.

use crate::Autoencoder;
use latents_tensor::Tensor;

/// Decodes `steps` codes on the straight line between two codes, including both ends: (steps, input).
///
/// ```
/// use latents_autoencoders::{Autoencoder, Undercomplete, UndercompleteConfig, interpolate};
/// use latents_tensor::Tensor;
/// let model = Undercomplete::new(UndercompleteConfig::new(4, 2), 0)?;
/// let codes = Tensor::from_slice(&[0.0, 1.0, 2.0, 0.0], [2, 2]);
/// let rows = interpolate(&model, &codes.select(0, 0), &codes.select(0, 1), 5);
/// assert_eq!(rows.shape()[..], [5, 4]);
/// # Ok::<(), latents_error::ConfigError>(())
/// ```
///
/// # Panics
/// If the size of a code differs from the latent dimensions of the model, or if there are fewer than two steps.
#[track_caller]
pub fn interpolate(model: &dyn Autoencoder, from: &Tensor, to: &Tensor, steps: usize) -> Tensor {
    let latent = model.latent_dim();
    check_code("interpolate", latent, from);
    check_code("interpolate", latent, to);
    check_steps("interpolate", steps);
    let (from, to) = (from.to_vec(), to.to_vec());
    let codes = Tensor::from_fn([steps, latent], |i| {
        let (step, column) = (i / latent, i % latent);
        between(f64::from(from[column]), f64::from(to[column]), step, steps) as f32
    });
    model.decode_data(&codes)
}

/// A latent dimension and the range of its values in a traversal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sweep {
    /// Index of the latent dimension, from 0.
    pub latent: usize,
    /// First value.
    pub from: f64,
    /// Last value.
    pub to: f64,
}

/// Varies one latent dimension at a time while all others stay as in `code` (latent), and decodes each code: `steps` rows for
/// each sweep, (sweeps · steps, input).
///
/// # Panics
/// If the size of the code or the index of a latent dimension does not match the model, or if there are fewer than two steps.
///
/// ```
/// # use latents_autoencoders::{Sweep, Undercomplete, UndercompleteConfig, traverse};
/// # use latents_tensor::Tensor;
/// let model: Undercomplete = Undercomplete::new(UndercompleteConfig::new(4, 2), 0)?;
/// let rows = traverse(&model, &Tensor::zeros([2]), &[Sweep { latent: 1, from: -2.0, to: 2.0 }], 5);
/// assert_eq!(rows.shape()[..], [5, 4]);
/// # Ok::<(), latents_autoencoders::ConfigError>(())
/// ```
#[track_caller]
pub fn traverse(model: &dyn Autoencoder, code: &Tensor, sweeps: &[Sweep], steps: usize) -> Tensor {
    let latent = model.latent_dim();
    check_code("traverse", latent, code);
    check_steps("traverse", steps);
    if let Some(sweep) = sweeps.iter().find(|sweep| sweep.latent >= latent) {
        panic!(
            "traverse: latent dimension {} of {latent}, counted from 0",
            sweep.latent
        );
    }
    let code = code.to_vec();
    let codes = Tensor::from_fn([sweeps.len() * steps, latent], |i| {
        let (line, column) = (i / latent, i % latent);
        let sweep = sweeps[line / steps];
        match column == sweep.latent {
            true => between(sweep.from, sweep.to, line % steps, steps) as f32,
            false => code[column],
        }
    });
    model.decode_data(&codes)
}

/// The distribution of a latent dimension over codes, and its effect on decoded rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LatentEffect {
    /// Index of the latent dimension, from 0.
    pub latent: usize,
    /// Mean over the codes.
    pub mean: f64,
    /// Standard deviation over the codes.
    pub deviation: f64,
    /// The mean squared difference between the rows decoded from the mean code with this latent dimension one standard
    /// deviation above and below its mean. 0 if the dimension is constant or if the decoder ignores it.
    pub effect: f64,
}

impl LatentEffect {
    /// A sweep over the mean ± `deviations` standard deviations.
    ///
    /// ```
    /// # use latents_autoencoders::LatentEffect;
    /// let effect = LatentEffect { latent: 0, mean: 1.0, deviation: 0.5, effect: 0.1 };
    /// assert_eq!((effect.sweep(2.0).from, effect.sweep(2.0).to), (0.0, 2.0));
    /// ```
    pub fn sweep(&self, deviations: f64) -> Sweep {
        Sweep {
            latent: self.latent,
            from: self.mean - deviations * self.deviation,
            to: self.mean + deviations * self.deviation,
        }
    }
}

/// The effect of each latent dimension, strongest first, from the codes (rows, latent) of data.
///
/// # Panics
/// If there are no codes, or if their size does not match the model.
///
/// ```
/// # use latents_autoencoders::{Undercomplete, UndercompleteConfig, latent_effects};
/// # use latents_tensor::{Tensor, random::Key};
/// let model: Undercomplete = Undercomplete::new(UndercompleteConfig::new(4, 2), 0)?;
/// let effects = latent_effects(&model, &Key::new(1).normal([50, 2]));
/// assert!(effects[0].effect >= effects[1].effect);
/// # Ok::<(), latents_autoencoders::ConfigError>(())
/// ```
#[track_caller]
pub fn latent_effects(model: &dyn Autoencoder, codes: &Tensor) -> Vec<LatentEffect> {
    let latent = model.latent_dim();
    assert!(
        codes.rank() == 2 && codes.size(1) == latent && codes.size(0) > 0,
        "latent_effects: expected codes (rows, {latent}) with at least one row, found {}",
        codes.shape()
    );
    let moments = moments(codes);
    let means = Tensor::from_fn([latent], |i| moments[i].0 as f32);
    let sweeps: Vec<Sweep> = (0..latent)
        .map(|latent| effect(latent, moments[latent], 0.0).sweep(1.0))
        .collect();
    let moved = traverse(model, &means, &sweeps, 2);
    let features = model.input_dim();
    let values = moved.to_vec();
    let mut effects: Vec<LatentEffect> = values
        .chunks_exact(2 * features)
        .enumerate()
        .map(|(latent, rows)| effect(latent, moments[latent], distance(rows.split_at(features))))
        .collect();
    effects.sort_by(|a, b| b.effect.total_cmp(&a.effect));
    effects
}

fn effect(latent: usize, (mean, deviation): (f64, f64), effect: f64) -> LatentEffect {
    LatentEffect {
        latent,
        mean,
        deviation,
        effect,
    }
}

/// The mean squared difference of two rows.
fn distance((below, above): (&[f32], &[f32])) -> f64 {
    let differences = below
        .iter()
        .zip(above)
        .map(|(&x, &y)| f64::from(x) - f64::from(y));
    differences.map(|difference| difference * difference).sum::<f64>() / below.len() as f64
}

/// The mean and the standard deviation of each column.
fn moments(codes: &Tensor) -> Vec<(f64, f64)> {
    let (rows, columns) = (codes.size(0), codes.size(1));
    let values = codes.to_vec();
    let column = |index: usize| values.iter().skip(index).step_by(columns).map(|&z| f64::from(z));
    let moment = |index| {
        let mean = column(index).sum::<f64>() / rows as f64;
        let variance = column(index).map(|z| (z - mean) * (z - mean)).sum::<f64>() / rows as f64;
        (mean, variance.sqrt())
    };
    (0..columns).map(moment).collect()
}

/// The value at a step: exactly the ends at the first and the last step.
fn between(from: f64, to: f64, step: usize, steps: usize) -> f64 {
    let share = step as f64 / (steps - 1) as f64;
    (1.0 - share) * from + share * to
}

#[track_caller]
fn check_code(operation: &str, latent: usize, code: &Tensor) {
    assert!(
        code.len() == latent,
        "{operation}: expected a code with {latent} dimensions, found {}",
        code.shape()
    );
}

#[track_caller]
fn check_steps(operation: &str, steps: usize) {
    assert!(
        steps >= 2,
        "{operation}: {steps} steps: must be at least 2, for both ends"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NetworkConfig, Undercomplete};
    use latents_nn::{Activation, Module};
    use latents_tensor::random::Key;

    fn model() -> Undercomplete {
        Undercomplete::new(NetworkConfig::new(6, 3).hidden([8]), 5).unwrap()
    }

    /// x̂ = W·z without a hidden layer, whose second latent the decoder ignores.
    fn ignoring() -> Undercomplete {
        let network = NetworkConfig::new(4, 3)
            .linear_output()
            .latent_activation(Activation::Identity);
        let mut model = Undercomplete::new(network, 1).unwrap();
        model.visit_mut(&mut |parameter| {
            if parameter.value().shape()[..] == [4, 3] && parameter.name().contains("decoder") {
                let weights = Tensor::from_fn([4, 3], |i| [1.0, 0.0, -3.0][i % 3]);
                parameter.set_value(weights);
            }
        });
        model
    }

    #[test]
    fn the_ends_of_an_interpolation_are_the_two_rows() {
        let (model, codes) = (model(), Key::new(2).normal([2, 3]));
        let rows = interpolate(&model, &codes.select(0, 0), &codes.select(0, 1), 7);
        let ends = model.decode_data(&codes);
        assert_eq!(rows.select(0, 0).to_vec(), ends.select(0, 0).to_vec());
        assert_eq!(rows.select(0, 6).to_vec(), ends.select(0, 1).to_vec());
        let middle = Tensor::from_fn([1, 3], |i| (codes.at(&[0, i]) + codes.at(&[1, i])) / 2.0);
        let (middle, third) = (model.decode_data(&middle).to_vec(), rows.select(0, 3).to_vec());
        assert!(middle.iter().zip(&third).all(|(a, b)| (a - b).abs() < 1e-6));
    }

    #[test]
    fn a_traversal_moves_one_latent_alone() {
        let (model, code) = (model(), Key::new(2).normal([3]));
        let sweep = |latent| Sweep {
            latent,
            from: -2.0,
            to: 1.0,
        };
        let rows = traverse(&model, &code, &[sweep(2), sweep(0)], 4);
        assert_eq!(rows.shape()[..], [8, 6]);
        let mut moved = code.to_vec();
        moved[0] = -1.0;
        let expected = model.decode_data(&Tensor::from_vec(moved, [1, 3]));
        assert_eq!(
            rows.select(0, 5).to_vec(),
            expected.to_vec(),
            "step 1 of 3 of the second sweep"
        );
    }

    #[test]
    fn a_latent_that_is_ignored_or_does_not_vary_has_no_effect() {
        let noise: Vec<f32> = Key::new(4).normal([200, 3]).to_vec();
        let codes = Tensor::from_fn([200, 3], |i| [0.5, 9.0, 2.0][i % 3] * noise[i] + 1.0);
        let model = ignoring();
        let effects = latent_effects(&model, &codes);
        let order: Vec<usize> = effects.iter().map(|effect| effect.latent).collect();
        assert_eq!(order, [2, 0, 1]);
        assert_eq!(effects[2].effect, 0.0);
        // (2 · deviation · weight)²
        let expected = 36.0 * effects[0].deviation * effects[0].deviation;
        assert!((effects[0].effect / expected - 1.0).abs() < 1e-5, "{effects:?}");
        assert!((effects[0].mean - 1.0).abs() < 0.5 && (effects[0].deviation - 2.0).abs() < 0.4);
        let constant = latent_effects(&model, &Tensor::full([5, 3], 2.0));
        assert!(
            constant
                .iter()
                .all(|effect| effect.effect == 0.0 && effect.deviation == 0.0)
        );
        let sweep = effects[0].sweep(2.0);
        assert_eq!(sweep.to - sweep.from, 4.0 * effects[0].deviation);
    }

    #[test]
    #[should_panic(expected = "interpolate: expected a code with 3 dimensions, found [2]")]
    fn codes_must_be_the_models() {
        interpolate(&model(), &Tensor::zeros([2]), &Tensor::zeros([3]), 3);
    }

    #[test]
    #[should_panic(expected = "traverse: latent dimension 3 of 3, counted from 0")]
    fn latents_must_be_the_models() {
        let sweep = Sweep {
            latent: 3,
            from: 0.0,
            to: 1.0,
        };
        traverse(&model(), &Tensor::zeros([3]), &[sweep], 3);
    }
}
