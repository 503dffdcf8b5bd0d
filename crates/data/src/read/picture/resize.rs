//! Resizing with a triangle filter as wide as a pixel of the coarser image, so that shrinking averages and enlarging
//! interpolates. Equal to Pillow's `BILINEAR` up to one step of 256 (Pillow rounds between its two passes).

use crate::image::ImageSize;

/// The source pixels of one output pixel.
struct Tap {
    start: usize,
    weights: Vec<f32>,
}

/// For each pixel of a line of length `to`, the pixels of a line of length `from` and their weights, which sum to 1.
fn taps(from: usize, to: usize) -> Vec<Tap> {
    let scale = from as f64 / to as f64;
    let width = scale.max(1.0);
    let tap = |index: usize| {
        let center = (index as f64 + 0.5) * scale;
        let start = (center - width + 0.5).max(0.0) as usize;
        let end = ((center + width + 0.5) as usize).min(from);
        let weight = |place: usize| (1.0 - ((place as f64 + 0.5 - center) / width).abs()).max(0.0);
        let sum: f64 = (start..end).map(weight).sum();
        Tap {
            start,
            weights: (start..end).map(|place| (weight(place) / sum) as f32).collect(),
        }
    };
    (0..to).map(tap).collect()
}

/// Resizes an image with `channels` values per pixel. Each output line is mixed from input lines first and then resized
/// horizontally, so that only one line of extra memory is needed.
pub(super) fn resize(values: &[u8], from: ImageSize, channels: usize, to: ImageSize, out: &mut [u8]) {
    let length = from.width() * channels;
    let (rows, columns) = (taps(from.height(), to.height()), taps(from.width(), to.width()));
    let mut line = vec![0.0f32; length];
    for (tap, out) in rows.iter().zip(out.chunks_exact_mut(to.width() * channels)) {
        line.fill(0.0);
        let lines = values[tap.start * length..].chunks_exact(length);
        for (weight, source) in tap.weights.iter().zip(lines) {
            line.iter_mut()
                .zip(source)
                .for_each(|(sum, &value)| *sum += weight * f32::from(value));
        }
        for (tap, out) in columns.iter().zip(out.chunks_exact_mut(channels)) {
            for (channel, out) in out.iter_mut().enumerate() {
                let pixels = line[tap.start * channels + channel..].iter().step_by(channels);
                let sum: f32 = tap
                    .weights
                    .iter()
                    .zip(pixels)
                    .map(|(weight, value)| weight * value)
                    .sum();
                *out = (sum + 0.5) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resized(values: &[u8], from: (usize, usize), channels: usize, to: (usize, usize)) -> Vec<u8> {
        let size = |(height, width)| ImageSize::found(height, width);
        let mut out = vec![0; to.0 * to.1 * channels];
        resize(values, size(from), channels, size(to), &mut out);
        out
    }

    #[test]
    fn one_color_stays_one_color() {
        for (from, to) in [
            ((5, 7), (3, 2)),
            ((2, 3), (9, 8)),
            ((100, 1), (1, 100)),
            ((1, 1), (4, 4)),
        ] {
            for value in [0, 1, 127, 254, 255] {
                let out = resized(&vec![value; from.0 * from.1 * 3], from, 3, to);
                assert!(
                    out.iter().all(|&found| found == value),
                    "{from:?} to {to:?}: {out:?}"
                );
            }
        }
    }

    #[test]
    fn channels_and_axes_do_not_mix() {
        let grey: Vec<u8> = (0..35).map(|i| (i * 37 % 256) as u8).collect();
        let inverse: Vec<u8> = grey.iter().map(|value| 255 - value).collect();
        let both: Vec<u8> = grey.iter().zip(&inverse).flat_map(|(&a, &b)| [a, b, 9]).collect();
        let (a, b) = (
            resized(&grey, (5, 7), 1, (3, 4)),
            resized(&inverse, (5, 7), 1, (3, 4)),
        );
        let expected: Vec<u8> = a.iter().zip(&b).flat_map(|(&a, &b)| [a, b, 9]).collect();
        assert_eq!(resized(&both, (5, 7), 3, (3, 4)), expected);
    }
}
