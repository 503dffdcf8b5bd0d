//! What a denoising model makes of the noise that it was trained to undo.

use super::subject::{Subject, labels, numbers};
use super::words::chosen_rows;
use crate::likeness::{Denoised, Figures, Likeness, with_noise};
use crate::passes::evenly;
use latents_autoencoders::Corruption;
use latents_report::{Better, Comparison, DenoisingSection, Gallery, GalleryLine, Method, Metric};
use latents_tensor::Tensor;
use latents_text::number::{self, fixed};

/// Rows that are measured.
const ROWS: usize = 1000;
/// Rows that are drawn.
const SHOWN: usize = 9;

/// Nothing where the model was not trained to undo noise.
pub(super) fn of(page: &Subject<'_>) -> Option<DenoisingSection> {
    let (noise, seed) = (page.config.model.facts().noise?, page.config.training.seed);
    let rows = evenly(page.split.measured(), ROWS);
    let clean = page.split.measured().gather(&rows);
    let noisy = with_noise(&clean, noise, seed);
    let cleaned = page.model.reconstruct_data(&noisy);
    let likeness = Likeness::new(&clean, page.image());
    let pca = page.pca.pca.as_ref();
    let measured = Denoised::of(&likeness, &noisy, &cleaned, pca, (noise, seed)).ok()?;
    Some(DenoisingSection {
        pictures: pictures(page, &rows, [&clean, &noisy, &cleaned], &likeness),
        figures: figures(page, &measured, noise, rows.len()),
    })
}

/// The first rows, clean, noisy and cleaned, where rows are images.
fn pictures(
    page: &Subject<'_>,
    rows: &[usize],
    layers: [&Tensor; 3],
    likeness: &Likeness<'_>,
) -> Option<Gallery> {
    let image = page.image()?;
    let measured = page.split.measured();
    let shown = rows.len().min(SHOWN);
    let line = |name: &str, layer: &Tensor, captions| GalleryLine {
        name: name.to_owned(),
        pictures: page.tones().pixels(&layer.narrow(0, 0, shown)),
        captions,
    };
    let captions = |layer: &Tensor| {
        let ratios = likeness.ratios(layer).into_iter().take(shown);
        ratios.map(|ratio| format!("{} dB", fixed(ratio, 1))).collect()
    };
    let (rows, [clean, noisy, cleaned]) = (&rows[..shown], layers);
    let labels = labels(measured, rows);
    let name = |(index, &row): (usize, &usize)| match labels.get(index) {
        Some(label) => format!("{} ({label})", number::count(row)),
        None => number::count(row),
    };
    Some(Gallery {
        title: "Clean, noisy, cleaned".to_owned(),
        about: "Row numbers are at the top; below each image is its peak signal-to-noise ratio (PSNR) to the clean one."
            .to_owned(),
        columns: numbers(measured, rows).iter().enumerate().map(name).collect(),
        lines: vec![
            line("Clean", clean, Vec::new()),
            line("Noisy", noisy, captions(noisy)),
            line("Cleaned", cleaned, captions(cleaned)),
        ],
        image,
    })
}

/// The model compared with the noisy rows themselves and with simpler methods.
fn figures(page: &Subject<'_>, measured: &Denoised, noise: Corruption, rows: usize) -> Comparison {
    let pictures = page.image().is_some();
    let metric = |name: &str, better| Metric {
        name: name.to_owned(),
        better,
    };
    let mut metrics = vec![
        metric("PSNR (dB)", Better::Higher),
        metric("Mean squared error", Better::Lower),
    ];
    if pictures {
        metrics.push(metric("SSIM", Better::Higher));
    }
    let method = |(index, (name, found)): (usize, (String, Figures))| Method {
        name,
        ours: index == 0,
        values: [Some(found.psnr), Some(found.mse), found.ssim][..metrics.len()].to_vec(),
    };
    let methods = measured.methods(&page.config.model.title());
    let chosen = chosen_rows(rows, page.split.measured().rows());
    Comparison {
        title: format!("What is left of {noise}"),
        about: format!(
            "The noise of the training, drawn anew (seed {}), added to {chosen}{}, compared with the clean rows. PSNR: peak \
             signal-to-noise ratio.{}",
            page.config.training.seed,
            match page.split.validation {
                Some(_) => " that were held out",
                None => "",
            },
            match pictures {
                true => " SSIM: structural similarity; 1 for identical images.",
                false => "",
            }
        ),
        methods: methods.into_iter().enumerate().map(method).collect(),
        metrics,
    }
}
