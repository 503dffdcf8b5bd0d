//! Cleaning rows, and measuring what is left of noise that is added to clean ones.

use crate::error::Outcome;
use crate::likeness::{Denoised, Likeness, with_noise};
use crate::run::Run;
use latents_autoencoders::Corruption;
use latents_classical::Pca;
use latents_data::Dataset;
use latents_tensor::Tensor;

/// Rows before and after.
#[derive(Debug)]
pub struct Cleaned {
    /// The rows before noise was added to them; nothing where none was.
    pub clean: Option<Tensor>,
    /// The rows with noise; those that were given where none was added.
    pub noisy: Tensor,
    /// What the model makes of them.
    pub cleaned: Tensor,
    /// How well it does, where noise was added to clean rows.
    pub measured: Option<Denoised>,
}

impl Cleaned {
    /// The rows as they were given, those with noise that was added, and the cleaned ones last.
    pub fn layers(&self) -> Vec<&Tensor> {
        self.clean.iter().chain([&self.noisy, &self.cleaned]).collect()
    }
}

/// What the model makes of rows that are noisy.
pub fn clean(run: &Run, data: &Dataset) -> Cleaned {
    let noisy = data.to_tensor::<f32>();
    Cleaned {
        cleaned: run.model.reconstruct_data(&noisy),
        clean: None,
        noisy,
        measured: None,
    }
}

/// Adds noise to clean rows, in the units that the model sees, and measures what the model, a median filter and PCA make of
/// it. PCA is fitted to the run's own training rows, which are at `run_data` if they have moved.
///
/// # Errors
/// If the run's data cannot be read, or images are smaller than the filter's window.
pub fn denoise(
    run: &Run,
    data: &Dataset,
    noise: Corruption,
    seed: u64,
    run_data: Option<&str>,
) -> Outcome<Cleaned> {
    let clean = data.to_tensor::<f32>();
    let noisy = with_noise(&clean, noise, seed);
    let cleaned = run.model.reconstruct_data(&noisy);
    let training = run.own_split(run_data)?.train;
    let components = run.config.model.latent_dim();
    let components = components.min(training.columns()).min(training.rows());
    let pca = Pca::fit(&training, components)?;
    let likeness = Likeness::new(&clean, run.config.data.drawable_image());
    let measured = Denoised::of(&likeness, &noisy, &cleaned, Some(&pca), (noise, seed))?;
    Ok(Cleaned {
        clean: Some(clean),
        noisy,
        cleaned,
        measured: Some(measured),
    })
}
