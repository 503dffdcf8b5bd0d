//! `Prior`: the distribution of codes that a model was trained for.

use latents_tensor::random::Key;
use latents_tensor::{Real, Tensor};

/// A distribution of codes; decoding its samples generates new rows.
pub trait Prior<T: Real> {
    /// The name for people: `standard normal`.
    fn name(&self) -> String;

    /// Draws `count` codes (count, latent). The same key gives the same codes.
    fn draw(&self, count: usize, key: Key) -> Tensor<T>;
}

/// The normal distribution N(0, 1), independent for each latent dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandardNormal {
    /// Number of latent dimensions.
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
