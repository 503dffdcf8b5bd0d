//! Reviving dead units.

use super::{Penalty, Sparse};
use crate::Autoencoder;
use latents_autograd::Tape;
use latents_nn::{Init, Module, Parameter};
use latents_tensor::random::Key;
use latents_tensor::{Real, Rows, Tensor};

/// The length of a revived unit's encoder row, as a fraction of the mean length of the others, so that it does not dominate.
const SHARE: f64 = 0.2;
/// The same for units that must be selected to be active at all.
const CHOSEN_SHARE: f64 = 1.0;

impl<T: Real> Sparse<T> {
    /// Reinitialises `units` from rows with large reconstruction errors, and returns the number of units changed.
    ///
    /// The method is the resampling of Bricken et al. (2023, "Towards Monosemanticity", appendix "Neuron resampling"). For each
    /// unit, a row of `data` is drawn with probability proportional to its squared reconstruction error. The input of the code
    /// layer for that row, scaled to length 1, becomes the dictionary row of the unit if the sizes of both layers are equal (no
    /// hidden layers); otherwise the dictionary row is drawn at random. The encoder row of the unit gets the same direction,
    /// with a fifth of the mean length of the other units' rows, and its bias is 0. With [`Penalty::TopK`], which the paper
    /// does not use, the full mean length is used, because a shorter row would hardly ever be selected.
    ///
    /// A tied dictionary shares the rows of the encoder. A subsequent training should start with new optimiser moments, as
    /// every [`Trainer::fit`](latents_train::Trainer::fit) does. The result depends only on the seed, the model and the data.
    ///
    /// # Panics
    /// If a unit index is out of range, or if the width of the data differs from the model's.
    ///
    /// ```
    /// # use latents_autoencoders::{Sparse, SparseConfig};
    /// # use latents_tensor::{Tensor, random::Key};
    /// let mut model: Sparse = Sparse::new(SparseConfig::new(16, 32), 0)?;
    /// let rows: Tensor = Key::new(1).uniform([50, 16]);
    /// assert_eq!(model.revive_dead(&[3, 7], &rows, 0), 2);
    /// # Ok::<(), latents_autoencoders::ConfigError>(())
    /// ```
    #[track_caller]
    pub fn revive_dead(&mut self, units: &[usize], data: &dyn Rows<T>, seed: u64) -> usize {
        let latent = self.latent_dim();
        assert!(
            units.iter().all(|&unit| unit < latent),
            "revive_dead: a unit in {units:?} is out of range; the code has {latent} units"
        );
        let key = Key::new(seed).purpose("revive");
        let rows = self.draw_rows(units.len(), data, key);
        if rows.is_empty() {
            return 0;
        }
        let directions = self.directions(&rows, data);
        let share = match self.config.penalty {
            Penalty::TopK { .. } => CHOSEN_SHARE,
            _ => SHARE,
        };
        let encoder_rows = &directions * T::from_f64(share * self.mean_length_beside(units));
        self.network
            .code
            .visit_mut(&mut |parameter| match parameter.shape().rank() {
                2 => set_rows(parameter, units, &encoder_rows),
                _ => set_rows(parameter, units, &Tensor::zeros([units.len()])),
            });
        let is_single = self.network.is_single();
        if let Some(weight) = self.network.dictionary.own_weight_mut() {
            let rows = match is_single {
                true => directions,
                false => drawn_rows(weight, units.len(), key.purpose("dictionary")),
            };
            set_rows(weight, units, &rows);
        }
        self.activity.revived(units);
        units.len()
    }

    /// Draws rows with replacement, with probability proportional to their squared errors; none if all errors are 0.
    fn draw_rows(&self, count: usize, data: &dyn Rows<T>, key: Key) -> Vec<usize> {
        let mut sum = 0.0;
        let sums: Vec<f64> = self
            .reconstruction_errors(data)
            .iter()
            .map(|error| {
                sum += error * error;
                sum
            })
            .collect();
        if !(sum > 0.0 && sum.is_finite()) {
            return Vec::new();
        }
        let draws = key.purpose("rows").uniform::<f64>([count]);
        draws
            .to_vec()
            .into_iter()
            .map(|draw| {
                sums.partition_point(|&before| before <= draw * sum)
                    .min(sums.len() - 1)
            })
            .collect()
    }

    /// The inputs of the code layer for these rows, scaled to length 1.
    fn directions(&self, rows: &[usize], data: &dyn Rows<T>) -> Tensor<T> {
        let mut batch = Tensor::zeros([rows.len(), data.features()]);
        data.gather_into(rows, &mut batch);
        let tape = Tape::new();
        tape.set_training(false);
        let hidden = self.network.hidden(tape.input(&batch)).value();
        let lengths = hidden.norm(&[1], true);
        &hidden / &lengths.clamp(T::SMALLEST_NORMAL, T::max_value())
    }

    /// The mean length of the other units' encoder rows; 1 if there are none.
    fn mean_length_beside(&self, units: &[usize]) -> f64 {
        let lengths = self.network.code.weight().value().norm(&[1], false).to_vec();
        let others = lengths
            .iter()
            .enumerate()
            .filter(|(unit, _)| !units.contains(unit));
        let (sum, count) = others.fold((0.0, 0), |(sum, count), (_, &length)| {
            (sum + length.to_f64(), count + 1)
        });
        if count == 0 { 1.0 } else { sum / f64::from(count) }
    }
}

/// New rows for a parameter.
fn drawn_rows<T: Real>(parameter: &Parameter<T>, count: usize, key: Key) -> Tensor<T> {
    let all: Tensor<T> = Init::GlorotUniform.draw(parameter.shape(), key);
    all.narrow(0, 0, count)
}

/// Replaces these rows of a parameter by the rows of `from`.
fn set_rows<T: Real>(parameter: &mut Parameter<T>, rows: &[usize], from: &Tensor<T>) {
    let width = parameter.value().len() / parameter.shape()[0];
    let from = from.elements();
    let from = from.chunks_exact(width);
    let elements = parameter.value_mut().make_mut();
    for (&row, from) in rows.iter().zip(from) {
        elements[row * width..][..width].copy_from_slice(from);
    }
}
