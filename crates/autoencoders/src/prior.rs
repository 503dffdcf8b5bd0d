//! `Prior`: the distribution of codes that a model was trained for.

use latents_tensor::random::Key;
use latents_tensor::{Real, Tensor};

/// A distribution of codes from which new rows are drawn.
pub trait Prior<T: Real> {
    /// Its name, for people: `standard normal`.
    fn name(&self) -> String;

    /// So many codes (count, latent); the same for the same key.
    fn draw(&self, count: usize, key: Key) -> Tensor<T>;
}

/// The normal distribution N(0, 1) of independent numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandardNormal {
    /// Numbers of a code.
    pub latent: usize,
}

impl<T: Real> Prior<T> for StandardNormal {
    fn name(&self) -> String {
        "standard normal".to_owned()
    }

    fn draw(&self, count: usize, key: Key) -> Tensor<T> {
        key.normal([count, self.latent])
    }
}
