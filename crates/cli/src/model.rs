//! Models and their kinds, as the command line has them.

use clap::ValueEnum;
use clap::builder::PossibleValue;
use latents_autoencoders::{Autoencoder, ModelConfig};
use latents_data::Dataset;
use latents_nn::Loss;
use latents_tensor::{Rows, Tensor};

/// A model of any kind.
pub(crate) type Model = dyn Autoencoder;

/// A kind of autoencoder that can be trained: one of [`ModelConfig::KINDS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ModelKind(pub(crate) &'static str);

/// Every kind, what it is, and what else it is called.
const KINDS: &[(ModelKind, &str, &[&str])] = &[
    (
        ModelKind("undercomplete"),
        "The code is smaller than the data",
        &["ae"],
    ),
    (
        ModelKind("stacked"),
        "Layers are trained one by one, then together",
        &["sdae"],
    ),
    (
        ModelKind("denoising"),
        "Learns to undo noise; --noise says which",
        &["dae"],
    ),
    (
        ModelKind("sparse"),
        "Few units of the code are active; --penalty says how they are held",
        &["sae"],
    ),
    (
        ModelKind("variational"),
        "Codes are distributions; new rows can be drawn",
        &["vae"],
    ),
];

impl Default for ModelKind {
    fn default() -> Self {
        KINDS[0].0
    }
}

impl ValueEnum for ModelKind {
    fn value_variants<'a>() -> &'a [Self] {
        const NAMES: [ModelKind; KINDS.len()] = {
            let mut names = [KINDS[0].0; KINDS.len()];
            let mut index = 0;
            while index < KINDS.len() {
                names[index] = KINDS[index].0;
                index += 1;
            }
            names
        };
        &NAMES
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (_, help, aliases) = KINDS.iter().find(|(kind, ..)| kind == self)?;
        Some(PossibleValue::new(self.0).help(*help).aliases(*aliases))
    }
}

/// Whether reconstructions of the model lie in [0, 1].
pub(crate) fn yields_unit_range(config: &ModelConfig) -> bool {
    config.network().output_range() == Some((0.0, 1.0))
}

/// What the loss of a model is, for people.
pub(crate) fn loss_name(config: &ModelConfig) -> &'static str {
    let mean = |loss: &Loss| match loss {
        Loss::Mse => "Mean squared error",
        Loss::Mae => "Mean absolute error",
        Loss::Huber { .. } => "Huber's loss",
        Loss::Bce | Loss::BceWithLogits => "Cross entropy a value",
    };
    match config {
        ModelConfig::Undercomplete(config) => mean(&config.loss),
        ModelConfig::Stacked(config) => mean(&config.loss),
        ModelConfig::Denoising(config) => mean(&config.loss),
        ModelConfig::Variational(config) if config.beta == 1.0 => "−ELBO (nats a row)",
        ModelConfig::Variational(_) => "−ELBO with β (nats a row)",
        ModelConfig::Sparse(_) => "Loss a row, with the penalty",
    }
}

/// What the parts of its loss are measured in, for people.
pub(crate) fn parts_name(config: &ModelConfig) -> &'static str {
    match config {
        ModelConfig::Variational(_) => "Nats a row",
        _ => "Loss a row",
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variant_can_be_typed() {
        let typed: Vec<&str> = ModelKind::value_variants().iter().map(|kind| kind.0).collect();
        assert_eq!(typed, ModelConfig::KINDS);
    }
}
