//! `Likeness`: how like clean rows others are, and `Denoised`: what a model and simpler methods make of noise.

use crate::error::Outcome;
use latents_autoencoders::{Corrupt, Corruption};
use latents_classical::Pca;
use latents_classical::median_filter;
use latents_metrics as metrics;
use latents_report::pictures::ImageShape;
use latents_tensor::Tensor;
use latents_tensor::random::Key;
use latents_text::number::counted;
use serde::Serialize;

/// The window of the median filter, in pixels.
const WINDOW: usize = 3;

/// Clean rows with noise: another one than any that is drawn in a training.
pub(crate) fn with_noise(clean: &Tensor, noise: Corruption, seed: u64) -> Tensor {
    noise.corrupt(clean, Key::new(seed).purpose("denoise"))
}

/// Compares with clean rows.
pub(crate) struct Likeness<'a> {
    clean: &'a Tensor,
    image: Option<ImageShape>,
    /// From the least to the greatest clean value.
    range: f64,
}

/// How far rows are from clean ones.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Figures {
    /// The mean squared error.
    pub mse: f64,
    /// The peak signal-to-noise ratio in decibels; null where nothing differs.
    pub psnr: f64,
    /// The structural similarity; null where rows are not images.
    pub ssim: Option<f64>,
}

impl<'a> Likeness<'a> {
    /// Of values in [0, 1] the range is 1.
    pub(crate) fn new(clean: &'a Tensor, image: Option<ImageShape>) -> Self {
        let values = clean.to_vec();
        let (low, high) = values
            .iter()
            .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &x| {
                (low.min(x), high.max(x))
            });
        let range = match low >= 0.0 && high <= 1.0 && image.is_some() {
            true => 1.0,
            false if high > low => f64::from(high) - f64::from(low),
            false => 1.0,
        };
        Self { clean, image, range }
    }

    pub(crate) fn of(&self, rows: &Tensor) -> Figures {
        let mse = metrics::mse(self.clean, rows);
        let similarity = |image| {
            let each = metrics::ssim(&planes(self.clean, image), &planes(rows, image), self.range);
            each.iter().sum::<f64>() / each.len() as f64
        };
        Figures {
            mse,
            psnr: metrics::psnr_from_mse(mse, self.range),
            ssim: self.image.map(similarity),
        }
    }

    /// Decibels of each row. Infinite where nothing differs.
    pub(crate) fn ratios(&self, rows: &Tensor) -> Vec<f64> {
        metrics::psnr(self.clean, rows, self.range)
    }

    fn median(&self, noisy: &Tensor) -> Outcome<Option<Figures>> {
        let Some(image) = self.image else { return Ok(None) };
        let filtered = median_filter(&planes(noisy, image), WINDOW)?;
        let pixels_last = filtered.permute(&[0, 2, 3, 1]).contiguous();
        Ok(Some(self.of(&pixels_last.reshape(noisy.shape()))))
    }
}

/// Rows as (images, channels, height, width); theirs have the channels of a pixel side by side.
fn planes(rows: &Tensor, image: ImageShape) -> Tensor {
    let shape = [rows.size(0), image.height, image.width, image.channels];
    rows.reshape(shape).permute(&[0, 3, 1, 2]).contiguous()
}

/// What a model makes of noisy rows, and simpler methods too.
#[derive(Clone, Debug, Serialize)]
pub struct Denoised {
    /// What was done to the rows.
    pub noise: String,
    /// Of the noise.
    pub seed: u64,
    /// How many rows there were.
    pub measured_rows: usize,
    /// The model's reconstructions.
    pub model: Figures,
    /// The noisy rows themselves.
    pub noisy: Figures,
    /// A median filter's; null where rows are not images.
    pub median: Option<Figures>,
    /// The projection on principal components; null if there is none to compare with.
    pub pca: Option<Figures>,
    /// How many components.
    pub pca_components: usize,
}

impl Denoised {
    /// Compares what was made of noisy rows with the clean ones.
    ///
    /// # Errors
    /// If images are smaller than the filter's window.
    pub(crate) fn of(
        likeness: &Likeness<'_>,
        noisy: &Tensor,
        cleaned: &Tensor,
        pca: Option<&Pca>,
        (noise, seed): (Corruption, u64),
    ) -> Outcome<Self> {
        let projected = |pca: &Pca| likeness.of(&pca.inverse_transform(&pca.transform(noisy)));
        Ok(Self {
            noise: noise.to_string(),
            seed,
            measured_rows: noisy.size(0),
            model: likeness.of(cleaned),
            noisy: likeness.of(noisy),
            median: likeness.median(noisy)?,
            pca: pca.map(projected),
            pca_components: pca.map_or(0, |pca| pca.variances().len()),
        })
    }

    /// Each method's name and figures, first those of the model, whose title it takes.
    pub fn methods(&self, title: &str) -> Vec<(String, Figures)> {
        let mut methods = vec![
            (title.to_owned(), self.model),
            ("as it was given".to_owned(), self.noisy),
        ];
        let filter = format!("median filter, {WINDOW}×{WINDOW} pixels");
        methods.extend(self.median.map(|figures| (filter, figures)));
        let projection = format!("PCA, {}", counted(self.pca_components, "component"));
        methods.extend(self.pca.map(|figures| (projection, figures)));
        methods
    }
}
