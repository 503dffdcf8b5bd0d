//! Densities over the codes of training rows, to draw from where a model has no prior.

use crate::passes::codes;
use latents_autoencoders::Autoencoder;
use latents_classical::{GaussianMixture, GaussianMixtureConfig};
use latents_data::Dataset;
use latents_error::ConfigError;
use latents_tensor::Tensor;
use latents_tensor::random::Key;

/// Gaussians of the density where nobody says how many (Ghosh et al. 2020, "From variational to deterministic
/// autoencoders").
pub(crate) const GAUSSIANS: usize = 10;

/// What draws of a seed come from, with a prior and without.
pub(crate) fn key(seed: u64) -> Key {
    Key::new(seed).purpose("sample")
}

/// Codes drawn from as many Gaussians fitted to the codes of `rows`, each number held within the range of theirs: a
/// decoder has met no others.
pub(crate) fn drawn(
    model: &dyn Autoencoder,
    rows: &Dataset,
    components: usize,
    count: usize,
    seed: u64,
) -> Result<Tensor, ConfigError> {
    let codes = codes(model, rows);
    let config = GaussianMixtureConfig::new(components).seed(seed);
    let density = GaussianMixture::fit(&codes, config)?;
    Ok(held_within(&density.sample(count, key(seed)), &codes))
}

/// As many rows as a density of many numbers can be fitted to with `work` products an iteration, and not too few for it.
pub(crate) fn most_rows(latent: usize, components: usize, work: usize) -> usize {
    (work / (latent * latent * components).max(1))
        .max(4 * latent)
        .max(components)
}

fn held_within(drawn: &Tensor, codes: &Tensor) -> Tensor {
    let latent = codes.size(1);
    let mut ends = vec![(f32::INFINITY, f32::NEG_INFINITY); latent];
    for row in codes.to_vec().chunks_exact(latent) {
        for (ends, &z) in ends.iter_mut().zip(row) {
            *ends = (ends.0.min(z), ends.1.max(z));
        }
    }
    let values = drawn.to_vec();
    Tensor::from_fn(drawn.shape(), |i| {
        values[i].clamp(ends[i % latent].0, ends[i % latent].1)
    })
}
