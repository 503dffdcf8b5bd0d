//! How like clean rows others are, and what stands beside the model.

use crate::failure::Outcome;
use crate::numbers::{counted, fixed, short};
use crate::tables;
use latents_autoencoders::{Corrupt, Corruption};
use latents_classical::Pca;
use latents_classical::median_filter;
use latents_metrics as metrics;
use latents_report::pictures::ImageShape;
use latents_tensor::Tensor;
use latents_tensor::random::Key;
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

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Figures {
    pub(crate) mse: f64,
    /// Decibels. Null where nothing differs.
    pub(crate) psnr: f64,
    /// Null where rows are no pictures.
    pub(crate) ssim: Option<f64>,
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

/// What `--noise` measures.
#[derive(Serialize)]
pub(crate) struct Measured {
    noise: String,
    seed: u64,
    measured_rows: usize,
    model: Figures,
    noisy: Figures,
    median: Option<Figures>,
    /// Null where there is none to compare with.
    pca: Option<Figures>,
    pca_components: usize,
}

impl Measured {
    pub(crate) fn of(
        likeness: &Likeness<'_>,
        noisy: &Tensor,
        cleaned: &Tensor,
        pca: Option<&Pca>,
        noise: Corruption,
        seed: u64,
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
    pub(crate) fn methods(&self, title: &str) -> Vec<(String, Figures)> {
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

    pub(crate) fn table(&self, title: &str) -> String {
        let head = [
            &format!("{} of {}", self.noise, counted(self.measured_rows, "row")),
            "PSNR (dB)",
            "SSIM",
            "MSE",
        ];
        let line = |(name, figures): (String, Figures)| {
            vec![
                name,
                fixed(figures.psnr, 2),
                figures.ssim.map_or("–".to_owned(), |ssim| fixed(ssim, 4)),
                short(figures.mse),
            ]
        };
        let lines: Vec<_> = self.methods(title).into_iter().map(line).collect();
        tables::rows(&head, 1, &lines)
    }
}
