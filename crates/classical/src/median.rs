//! Median filter.

use latents_error::ConfigError;
use latents_tensor::{Tensor, parallel};

/// Replaces each pixel by the median of the `size`×`size` pixels around it (Tukey 1977), per channel.
///
/// Images are (images, height, width) or (images, channels, height, width). The border is mirrored including the edge pixels (d
/// c b a | a b c d | d c b a). NaN counts as the largest number.
///
/// # Errors
/// If `size` is even.
///
/// # Panics
/// If the images do not have three or four axes.
///
/// ```
/// # use latents_classical::median_filter;
/// # use latents_tensor::Tensor;
/// let image = Tensor::from_slice(&[0.0, 0.0, 0.0, 0.0, 9.0, 0.0, 0.0, 0.0, 0.0], [1, 3, 3]);
/// assert_eq!(median_filter(&image, 3)?, Tensor::zeros([1, 3, 3]));
/// # Ok::<(), latents_classical::ConfigError>(())
/// ```
#[track_caller]
pub fn median_filter(images: &Tensor, size: usize) -> Result<Tensor, ConfigError> {
    let shape = images.shape();
    assert!(
        matches!(shape.len(), 3 | 4),
        "median_filter: expected images (images, height, width) or (images, channels, height, width), found {shape}"
    );
    if size.is_multiple_of(2) {
        return Err(ConfigError::new(
            "size",
            size,
            "the window of the median filter must be odd",
        ));
    }
    let (height, width) = (shape[shape.len() - 2], shape[shape.len() - 1]);
    let values = images.elements();
    let plane = height * width;
    Ok(Tensor::build(shape, |out| {
        parallel::chunks_mut(out, plane.max(1), |chunk, out| {
            let source = &values[chunk * plane..][..plane];
            let mut window = Vec::with_capacity(size * size);
            for (place, out) in out.iter_mut().enumerate() {
                around(
                    source,
                    [height, width],
                    [place / width, place % width],
                    size,
                    &mut window,
                );
                let middle = window.len() / 2;
                *out = *window.select_nth_unstable_by(middle, f32::total_cmp).1;
            }
        });
    }))
}

/// The pixels of the window around (y, x).
fn around(
    source: &[f32],
    [height, width]: [usize; 2],
    [y, x]: [usize; 2],
    size: usize,
    window: &mut Vec<f32>,
) {
    window.clear();
    for dy in 0..size {
        let row = mirrored(y + dy, size / 2, height) * width;
        window.extend((0..size).map(|dx| source[row + mirrored(x + dx, size / 2, width)]));
    }
}

/// The position `place − back`, mirrored into 0 .. `length` as often as needed.
fn mirrored(place: usize, back: usize, length: usize) -> usize {
    let period = 2 * length;
    let inside = (place + period - back % period) % period;
    if inside < length {
        inside
    } else {
        period - 1 - inside
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_repeat_the_edge() {
        let places: Vec<usize> = (0..14).map(|place| mirrored(place, 5, 4)).collect();
        assert_eq!(places, [3, 3, 2, 1, 0, 0, 1, 2, 3, 3, 2, 1, 0, 0]);
        assert!((0..9).all(|place| mirrored(place, 4, 1) == 0));
    }

    #[test]
    fn specks_go_and_edges_stay() {
        // Left half dark, right half bright, with single specks.
        let clean = Tensor::from_fn([2, 1, 8, 8], |i| if i % 8 < 4 { 0.2 } else { 0.9 });
        let mut specked = clean.copied();
        for place in [9, 22, 43, 64, 100] {
            specked.make_mut()[place] = (place % 2) as f32;
        }
        assert_ne!(specked, clean);
        assert_eq!(median_filter(&specked, 3).unwrap(), clean);
        assert_eq!(median_filter(&specked, 1).unwrap(), specked);
    }

    #[test]
    fn an_even_window_has_no_middle() {
        let message = median_filter(&Tensor::zeros([1, 4, 4]), 2)
            .unwrap_err()
            .to_string();
        assert_eq!(message, "size is 2: the window of the median filter must be odd");
        assert_eq!(median_filter(&Tensor::zeros([0, 4, 4]), 3).unwrap().len(), 0);
        assert_eq!(
            median_filter(&Tensor::full([1, 1, 1], 3.0), 5).unwrap().to_vec(),
            [3.0]
        );
    }
}
