//! Synthetic training data.

use latents_tensor::Tensor;
use latents_tensor::random::Key;

/// Rows on a curved surface in [0, 1]⁸, the same in every call.
///
/// ```
/// assert_eq!(latents_testing::sheet(10).shape()[..], [10, 8]);
/// ```
pub fn sheet(rows: usize) -> Tensor {
    let place: Tensor = Key::new(5).uniform([rows, 2]);
    Tensor::from_fn([rows, 8], |i| {
        let (u, v) = (place.at(&[i / 8, 0]), place.at(&[i / 8, 1]));
        let k = (i % 8) as f32 / 8.0;
        0.1 + 0.4 * (u * k + v * (1.0 - k)) + 0.4 * (u - v) * (u - v) * k * k
    })
}
