//! Models by their configuration: the one place that knows the kinds.

use crate::failure::{Failure, Outcome};
use clap::ValueEnum;
use latents_autoencoders::{Autoencoder, Undercomplete, UndercompleteConfig};
use latents_data::Dataset;
use latents_nn::Activation;
use latents_tensor::{Rows, Tensor};
use serde::{Deserialize, Serialize};

/// The kinds of autoencoder that can be trained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ModelKind {
    /// The code is smaller than the data: encoder and decoder of fully connected layers
    #[default]
    Undercomplete,
}

/// A kind with its settings, as `config.toml` has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum ModelConfig {
    /// See [`UndercompleteConfig`].
    Undercomplete(UndercompleteConfig),
}

impl ModelConfig {
    /// The kind's name, as it is typed.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Undercomplete(_) => "undercomplete",
        }
    }

    /// Values of a row.
    pub(crate) fn input(&self) -> usize {
        match self {
            Self::Undercomplete(config) => config.input,
        }
    }

    /// Numbers of a code.
    pub(crate) fn latent(&self) -> usize {
        match self {
            Self::Undercomplete(config) => config.latent,
        }
    }

    /// Whether reconstructions lie in [0, 1].
    pub(crate) fn yields_unit_range(&self) -> bool {
        let Self::Undercomplete(config) = self;
        matches!(
            config.output_activation,
            Activation::Sigmoid | Activation::Softmax
        )
    }

    /// Trained numbers, in a type that no configuration overflows unnoticed.
    pub(crate) fn parameter_count(&self) -> u128 {
        match self {
            Self::Undercomplete(config) => config.parameters(),
        }
    }

    /// Name and sizes: `undercomplete 784-32-784`.
    pub(crate) fn title(&self) -> String {
        let Self::Undercomplete(config) = self;
        let down = std::iter::once(config.input).chain(config.hidden.iter().copied());
        let down: Vec<String> = down.map(|size| size.to_string()).collect();
        let up: Vec<String> = down.iter().rev().cloned().collect();
        format!(
            "{} {}-{}-{}",
            self.name(),
            down.join("-"),
            config.latent,
            up.join("-")
        )
    }

    /// A new model with weights drawn from `seed`.
    pub(crate) fn build(&self, seed: u64) -> Outcome<Model> {
        match self {
            Self::Undercomplete(config) => {
                let model = Undercomplete::new(config.clone(), seed);
                model.map_err(|error| Failure::of_key("model", error))
            }
        }
    }
}

/// A model of any kind.
pub(crate) type Model = Undercomplete;

/// Rows that are put through a model at once.
const BATCH: usize = 1024;

/// `f` of all rows of `data`, a batch at a time, one below the other: (rows, `width`).
pub(crate) fn map_rows(data: &Dataset, width: usize, mut f: impl FnMut(&Tensor) -> Tensor) -> Tensor {
    let mut values = Vec::with_capacity(data.rows() * width);
    for batch in data.batches::<f32>(BATCH) {
        values.extend(f(&batch).to_vec());
    }
    Tensor::from_vec(values, [data.rows(), width])
}

/// The codes of all rows: (rows, latent).
pub(crate) fn codes(model: &Model, data: &Dataset) -> Tensor {
    map_rows(data, model.latent_dim(), |batch| model.encode_data(batch))
}

/// What the model makes of all rows, scaled as it sees them: (rows, columns).
pub(crate) fn reconstructions(model: &Model, data: &Dataset) -> Tensor {
    map_rows(data, data.features(), |batch| model.reconstruct_data(batch))
}
