//! An encoder and a decoder with a sparse code: after selection, only the active units are processed.

use super::active_units::ActiveUnits;
use super::dictionary::Dictionary;
use crate::network::{NetworkConfig, stack};
use latents_autograd::Var;
use latents_nn::{Activation, LayerRow, Linear, Module, Sequential, join, parts};
use latents_tensor::random::Key;
use latents_tensor::{Real, Shape};

/// Hidden layers, code layer, dictionary, hidden layers.
pub(super) struct SparseNetwork<T: Real> {
    encoder: Sequential<T>,
    pub(super) code: Linear<T>,
    latent_activation: Activation,
    pub(super) dictionary: Dictionary<T>,
    dictionary_activation: Activation,
    decoder: Sequential<T>,
}

impl<T: Real> SparseNetwork<T> {
    /// Creates a network with Glorot-uniform weights drawn from `seed` and zero biases. A tied dictionary uses the weight of
    /// the code layer. The configuration must be valid.
    pub(super) fn new(config: &NetworkConfig, tied: bool, seed: u64) -> Self {
        let key = Key::new(seed).purpose("weights");
        let (encoder, decoder) = (config.encoder_sizes(), config.decoder_sizes());
        let hidden = config.hidden_activation;
        let last = encoder.len() - 1;
        let mut network = Self {
            encoder: stack(&encoder[..last], hidden, hidden, key.purpose("encoder")),
            code: Linear::new(encoder[last - 1], encoder[last], key.purpose("code")),
            latent_activation: config.code_activation(),
            dictionary: match tied {
                true => Dictionary::tied(decoder[1]),
                false => Dictionary::new(decoder[0], decoder[1], key.purpose("dictionary")),
            },
            dictionary_activation: if decoder.len() == 2 {
                config.output_activation
            } else {
                hidden
            },
            decoder: stack(
                &decoder[1..],
                hidden,
                config.output_activation,
                key.purpose("decoder"),
            ),
        };
        network.name_parameters("");
        network
    }

    /// Whether there are no hidden layers.
    pub(super) fn is_single(&self) -> bool {
        self.encoder.is_empty() && self.decoder.is_empty()
    }

    /// The input of the code layer.
    pub(super) fn hidden<'t>(&self, x: Var<'t, T>) -> Var<'t, T> {
        self.encoder.forward(x)
    }

    /// The code (batch, latent) with all units.
    pub(super) fn encode<'t>(&self, x: Var<'t, T>) -> Var<'t, T> {
        let hidden = self.hidden(x);
        let fused = self.latent_activation.fused();
        fused
            .and_then(|activation| self.code.forward_with(hidden, activation))
            .unwrap_or_else(|| self.latent_activation.forward(self.code.forward(hidden)))
    }

    /// The code with only the `k` largest units of each row.
    pub(super) fn encode_active<'t>(&self, x: Var<'t, T>, k: usize) -> ActiveUnits<'t, T> {
        let tape = x.tape();
        let bias = self.code.bias().map(|bias| bias.on(tape));
        let (sums, units) = self.hidden(x).linear_top_k(self.code.weight().on(tape), bias, k);
        let values = match self.latent_activation {
            Activation::Identity => sums,
            activation => activation.forward(sums),
        };
        ActiveUnits { values, units }
    }

    /// Decodes a code (batch, latent) to rows (batch, input).
    pub(super) fn decode<'t>(&self, code: Var<'t, T>) -> Var<'t, T> {
        self.behind_dictionary(self.dictionary.forward(code, &self.code))
    }

    /// Decodes a code stored by its active units to rows (batch, input).
    pub(super) fn decode_active<'t>(&self, code: &ActiveUnits<'t, T>) -> Var<'t, T> {
        self.behind_dictionary(self.dictionary.forward_active(code, &self.code))
    }

    fn behind_dictionary<'t>(&self, sums: Var<'t, T>) -> Var<'t, T> {
        let y = match self.dictionary_activation {
            Activation::Identity => sums,
            activation => activation.forward(sums),
        };
        self.decoder.forward(y)
    }
}

impl<T: Real> Module<T> for SparseNetwork<T> {
    fn forward<'t>(&self, x: Var<'t, T>) -> Var<'t, T> {
        self.decode(self.encode(x))
    }

    parts! { T: encoder, code, dictionary, decoder }

    fn summarize(&self, name: &str, input: Shape, rows: &mut Vec<LayerRow>) -> Shape {
        let hidden = self.encoder.summarize(&join(name, "encoder"), input, rows);
        let code = self.code.summarize(&join(name, "code"), hidden, rows);
        let (row, sums) = self.dictionary.summarize(&join(name, "dictionary"), code);
        rows.push(row);
        self.decoder.summarize(&join(name, "decoder"), sums, rows)
    }
}
