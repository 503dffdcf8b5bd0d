//! Image similarity: mean squared error, peak signal-to-noise ratio, structural similarity.

use latents_tensor::{Algebra, Tensor, parallel};

/// The window of [`ssim`] and its standard deviation, in pixels (Wang et al. 2004, section III).
const WINDOW: usize = 11;
const DEVIATION: f64 = 1.5;

#[track_caller]
fn same_shape(measure: &str, original: &Tensor, other: &Tensor) {
    let (a, b) = (original.shape(), other.shape());
    assert!(
        a == b,
        "{measure}: expected two tensors of the same shape, found {a} and {b}"
    );
}

/// The mean squared error Σ(x − y)² / elements of two tensors of the same shape, in f64; 0 if they are empty.
///
/// # Panics
/// If the shapes differ.
///
/// ```
/// # use latents_tensor::Tensor;
/// assert_eq!(latents_metrics::mse(&Tensor::zeros([2, 3]), &Tensor::full([2, 3], 0.5)), 0.25);
/// ```
#[track_caller]
pub fn mse(original: &Tensor, other: &Tensor) -> f64 {
    same_shape("mse", original, other);
    let images = original.rank().min(1) * original.shape().first().copied().unwrap_or(1);
    let errors = errors(original, other, images.max(1));
    errors.iter().sum::<f64>() / errors.len() as f64
}

/// The mean squared error of each of `images` equal parts.
fn errors(original: &Tensor, other: &Tensor, images: usize) -> Vec<f64> {
    let (original, other) = (original.contiguous(), other.contiguous());
    let (x, y) = (original.elements(), other.elements());
    let size = x.len() / images.max(1);
    let mut errors = vec![0.0; images];
    parallel::chunks_mut(&mut errors, 32, |chunk, part| {
        for (index, error) in (chunk * 32..).zip(part) {
            let pairs = x[index * size..][..size].iter().zip(&y[index * size..][..size]);
            let squares = pairs.map(|(&x, &y)| (f64::from(x) - f64::from(y)) * (f64::from(x) - f64::from(y)));
            *error = squares.sum::<f64>() / size.max(1) as f64;
        }
    });
    errors
}

/// The PSNR from a mean squared error: 10·log₁₀(range² / MSE) decibels; infinite if the error is 0.
///
/// ```
/// assert_eq!(latents_metrics::psnr_from_mse(0.01, 1.0), 20.0);
/// ```
pub fn psnr_from_mse(mse: f64, data_range: f64) -> f64 {
    10.0 * Algebra::ln(data_range * data_range / mse) / std::f64::consts::LN_10
}

/// The peak signal-to-noise ratio (PSNR) of each image in decibels, for originals and reconstructions (images, …).
///
/// `data_range` is the difference between the largest and the smallest possible pixel value: 1 or 255. The PSNR of an exact
/// copy is infinite. To summarise a set that may contain exact copies, use [`psnr_from_mse`] of the mean error.
///
/// # Panics
/// If the shapes differ.
///
/// ```
/// # use latents_tensor::Tensor;
/// let ratios = latents_metrics::psnr(&Tensor::zeros([2, 4]), &Tensor::full([2, 4], 0.5), 1.0);
/// assert!((ratios[0] - 6.0206).abs() < 1e-4);
/// ```
#[track_caller]
pub fn psnr(original: &Tensor, other: &Tensor, data_range: f64) -> Vec<f64> {
    same_shape("psnr", original, other);
    let images = original.shape().first().copied().unwrap_or(1);
    let ratio = |error| psnr_from_mse(error, data_range);
    errors(original, other, images).into_iter().map(ratio).collect()
}

/// The structural similarity (SSIM) of each image (Wang, Bovik, Sheikh & Simoncelli 2004, "Image quality assessment"), for
/// originals and reconstructions (images, height, width) or (images, channels, height, width):
///
/// ```text
/// (2·μx·μy + C₁)·(2·σxy + C₂) / ((μx² + μy² + C₁)·(σx² + σy² + C₂)),  C₁ = (0.01·range)², C₂ = (0.03·range)²
/// ```
///
/// averaged over all positions of an 11×11 window inside the image and over the channels. The window weights are Gaussian with
/// σ = 1.5. For images with a side below 11, the window side is the largest odd number that fits, with the same σ and
/// renormalised weights; such values are only comparable with each other.
///
/// # Panics
/// If the shapes differ, if they do not have three or four axes, or if the images have no pixels.
///
/// ```
/// # use latents_tensor::{Tensor, random::Key};
/// let images: Tensor = Key::new(1).normal([2, 16, 16]);
/// assert_eq!(latents_metrics::ssim(&images, &images, 1.0), [1.0, 1.0]);
/// ```
#[track_caller]
pub fn ssim(original: &Tensor, other: &Tensor, data_range: f64) -> Vec<f64> {
    same_shape("ssim", original, other);
    let shape = original.shape();
    assert!(
        matches!(shape.len(), 3 | 4),
        "ssim: expected images (images, height, width) or (images, channels, height, width), found {shape}"
    );
    let (images, height, width) = (shape[0], shape[shape.len() - 2], shape[shape.len() - 1]);
    let channels = if shape.len() == 4 { shape[1] } else { 1 };
    assert!(
        channels * height * width > 0 || images == 0,
        "ssim: images of shape {shape} have no pixels"
    );
    let (original, other) = (original.contiguous(), other.contiguous());
    let (x, y) = (original.elements(), other.elements());
    let plane = height * width;
    let mut similarities = vec![0.0; images];
    parallel::chunks_mut(&mut similarities, CHUNK, |chunk, part| {
        let mut window = Window::new(height, width, data_range);
        for (image, similarity) in (chunk * CHUNK..).zip(part) {
            let of_channel = |channel| {
                let start = (image * channels + channel) * plane;
                window.similarity(&x[start..][..plane], &y[start..][..plane])
            };
            *similarity = (0..channels).map(of_channel).sum::<f64>() / channels as f64;
        }
    });
    similarities
}

/// Images that one thread processes with one set of buffers.
const CHUNK: usize = 16;

/// The weights of the window along one side, and the buffers of one pair of planes.
struct Window {
    width: usize,
    weights: Vec<f64>,
    constants: [f64; 2],
    /// (x, y, x², y², xy) of every pixel, then averaged along rows, then along columns.
    moments: Vec<[f64; 5]>,
    along_rows: Vec<[f64; 5]>,
}

impl Window {
    fn new(height: usize, width: usize, data_range: f64) -> Self {
        let side = height.min(width).min(WINDOW);
        let side = side - (side + 1) % 2;
        let weight = |place: usize| {
            let distance = (place as f64 - (side / 2) as f64) / DEVIATION;
            Algebra::exp(-0.5 * distance * distance)
        };
        let sum: f64 = (0..side).map(weight).sum();
        Self {
            width,
            weights: (0..side).map(|place| weight(place) / sum).collect(),
            constants: [0.01, 0.03].map(|k| (k * data_range) * (k * data_range)),
            moments: Vec::new(),
            along_rows: Vec::new(),
        }
    }

    fn similarity(&mut self, x: &[f32], y: &[f32]) -> f64 {
        let side = self.weights.len();
        // Moments around the means of the planes: if a mean is large compared with the contrast, moments around 0 would lose
        // the variance.
        let pivots =
            [x, y].map(|plane| plane.iter().map(|&x| f64::from(x)).sum::<f64>() / plane.len() as f64);
        self.moments.clear();
        self.moments.extend(x.iter().zip(y).map(|(&x, &y)| {
            let (x, y) = (f64::from(x) - pivots[0], f64::from(y) - pivots[1]);
            [x, y, x * x, y * y, x * y]
        }));
        self.along_rows.clear();
        for row in self.moments.chunks_exact(self.width) {
            let places = row.windows(side).map(|window| average(window, &self.weights, 1));
            self.along_rows.extend(places);
        }
        let across = self.width - side + 1;
        let places = self.along_rows.len() - (side - 1) * across;
        let similarities = (0..places).map(|start| {
            let moments = average(&self.along_rows[start..], &self.weights, across);
            similarity(moments, pivots, self.constants)
        });
        similarities.sum::<f64>() / places as f64
    }
}

/// Σ weight·moments of every `stride`th pixel.
fn average(pixels: &[[f64; 5]], weights: &[f64], stride: usize) -> [f64; 5] {
    let mut sums = [0.0; 5];
    for (pixel, weight) in pixels.iter().step_by(stride).zip(weights) {
        sums.iter_mut().zip(pixel).for_each(|(sum, x)| *sum += weight * x);
    }
    sums
}

/// SSIM from moments around the pivots.
fn similarity([x, y, xx, yy, xy]: [f64; 5], pivots: [f64; 2], [c1, c2]: [f64; 2]) -> f64 {
    let (var_x, var_y, covariance) = (xx - x * x, yy - y * y, xy - x * y);
    let (mean_x, mean_y) = (pivots[0] + x, pivots[1] + y);
    let above = (2.0 * mean_x * mean_y + c1) * (2.0 * covariance + c2);
    let below = (mean_x * mean_x + mean_y * mean_y + c1) * (var_x + var_y + c2);
    above / below
}

#[cfg(test)]
mod tests {
    use super::*;
    use latents_tensor::random::Key;

    #[test]
    fn pictures_are_like_themselves() {
        let x: Tensor = Key::new(3).uniform([20, 3, 13, 17]);
        let similarities = ssim(&x, &x, 1.0);
        assert_eq!(similarities.len(), 20);
        assert!(
            similarities
                .iter()
                .all(|similarity| (similarity - 1.0).abs() < 1e-12)
        );
        assert_eq!(mse(&x, &x), 0.0);
        assert_eq!(psnr(&x, &x, 1.0)[19], f64::INFINITY);
    }

    #[test]
    fn noise_of_a_tenth_is_twenty_decibels() {
        let x = Tensor::zeros([5, 8, 9]);
        let y = Tensor::full([5, 8, 9], 0.1);
        assert!((mse(&x, &y) - 0.01).abs() < 1e-9);
        assert!(psnr(&x, &y, 1.0).iter().all(|ratio| (ratio - 20.0).abs() < 1e-5));
        let wide = psnr_from_mse(0.01, 255.0) - 20.0;
        assert!((wide - 48.130_803_608_679_1).abs() < 1e-9, "{wide}");
    }

    #[test]
    fn small_pictures_have_a_window_that_fits() {
        let x: Tensor = Key::new(3).uniform([4, 8, 30]);
        let noise: Tensor = Key::new(4).normal([4, 8, 30]);
        let mut last = ssim(&x, &x, 1.0);
        for scale in [0.05, 0.2, 0.8] {
            let mut y = x.copied();
            y.axpy(scale, &noise);
            let now = ssim(&x, &y, 1.0);
            assert!(
                now.iter().zip(&last).all(|(now, last)| now < last),
                "{now:?} {last:?}"
            );
            last = now;
        }
        // A window of one pixel compares means alone.
        let (one, two) = (Tensor::full([1, 1, 1], 0.5), Tensor::full([1, 1, 1], 0.25));
        let expected = (2.0 * 0.125 + 1e-4) / (0.25 + 0.0625 + 1e-4);
        assert!((ssim(&one, &two, 1.0)[0] - expected).abs() < 1e-12);
    }

    /// The definition, with each window's own means subtracted first.
    fn ssim_in_two_passes(x: &[f64], y: &[f64], width: usize, range: f64) -> f64 {
        let weights = Window::new(width, width, range).weights;
        let places = width + 1 - weights.len();
        let mut total = 0.0;
        for corner in 0..places * places {
            let pixels: Vec<(f64, f64, f64)> = (0..weights.len() * weights.len())
                .map(|k| {
                    let (row, column) = (k / weights.len(), k % weights.len());
                    let pixel = (corner / places + row) * width + corner % places + column;
                    (weights[row] * weights[column], x[pixel], y[pixel])
                })
                .collect();
            let sum = |f: &dyn Fn(f64, f64) -> f64| pixels.iter().map(|&(w, x, y)| w * f(x, y)).sum::<f64>();
            let (mx, my) = (sum(&|x, _| x), sum(&|_, y| y));
            let (xx, yy) = (sum(&|x, _| (x - mx) * (x - mx)), sum(&|_, y| (y - my) * (y - my)));
            let xy = sum(&|x, y| (x - mx) * (y - my));
            let [c1, c2] = [0.01 * range, 0.03 * range].map(|c| c * c);
            total += (2.0 * mx * my + c1) * (2.0 * xy + c2) / ((mx * mx + my * my + c1) * (xx + yy + c2));
        }
        total / (places * places) as f64
    }

    #[test]
    fn a_large_mean_hides_no_structure() {
        for (offset, range) in [(0.0, 1.0), (1e4, 0.01), (-1e4, 0.01), (1e6, 1.0)] {
            let image = |key: u64| -> Tensor {
                let noise: Tensor = Key::new(key).uniform([1, 16, 16]);
                let values = noise.to_vec();
                Tensor::from_fn([1, 16, 16], |i| (offset + range * f64::from(values[i])) as f32)
            };
            let (x, y) = (image(7), image(8));
            let [p, q] = [&x, &y].map(|image| image.to_vec().into_iter().map(f64::from).collect::<Vec<_>>());
            let expected = ssim_in_two_passes(&p, &q, 16, range);
            let got = ssim(&x, &y, range)[0];
            assert!((got - expected).abs() < 1e-7, "{offset}: {got}, not {expected}");
        }
    }

    #[test]
    fn channels_are_averaged() {
        let (x, y): (Tensor, Tensor) = (
            Key::new(5).uniform([2, 3, 12, 12]),
            Key::new(6).uniform([2, 3, 12, 12]),
        );
        let both = ssim(&x, &y, 1.0);
        let single = |channel| ssim(&x.select(1, channel), &y.select(1, channel), 1.0)[1];
        let mean = (0..3).map(single).sum::<f64>() / 3.0;
        assert!((both[1] - mean).abs() < 1e-14);
    }

    #[test]
    #[should_panic(expected = "ssim: expected two tensors of the same shape, found [2, 8, 8] and [2, 8, 9]")]
    fn shapes_must_agree() {
        let _ = ssim(&Tensor::zeros([2, 8, 8]), &Tensor::zeros([2, 8, 9]), 1.0);
    }
}
