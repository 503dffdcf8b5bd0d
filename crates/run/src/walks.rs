//! Walks through the space of codes: between two rows, and along single latents.

use crate::choice::place;
use crate::error::{Outcome, RunError};
use crate::passes::codes;
use crate::run::Run;
use crate::text::setting::LATENTS;
use latents_autoencoders::{LatentEffect, Sweep, interpolate, latent_effects, traverse};
use latents_data::Dataset;
use latents_tensor::Tensor;

/// Latents that are moved where nobody says which.
const STRONGEST: usize = 10;

/// Decoded codes on the straight line between the codes of two rows, counted from 1: (steps, features).
///
/// # Errors
/// If there are no such rows.
pub fn between(run: &Run, data: &Dataset, from: usize, to: usize, steps: usize) -> Outcome<Tensor> {
    let ends = [place(data, from)?, place(data, to)?];
    let codes = codes(&*run.model, &data.select(&ends));
    Ok(interpolate(
        &*run.model,
        &codes.select(0, 0),
        &codes.select(0, 1),
        steps,
    ))
}

/// What is moved, and how far.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TraverseOptions {
    /// The row to start from, counted from 1; the mean code by default.
    pub row: Option<usize>,
    /// Which latent dimensions to move, counted from 1; the ten that change rows most by default.
    pub latents: Option<Vec<usize>>,
    /// Standard deviations to each side.
    pub range: f64,
    /// Values of each.
    pub steps: usize,
}

latents_error::setters! {
    TraverseOptions { range: f64, steps: usize }
    into { row: Option<usize>, latents: Option<Vec<usize>> }
}

impl Default for TraverseOptions {
    fn default() -> Self {
        Self {
            row: None,
            latents: None,
            range: 2.0,
            steps: 11,
        }
    }
}

/// Decoded codes of which one dimension at a time was moved.
#[derive(Debug)]
pub struct Traversal {
    /// (latents · steps, features): the steps of the first latent, then those of the next.
    pub rows: Tensor,
    /// The latents, in the order of the rows.
    pub effects: Vec<LatentEffect>,
    /// How far each was moved.
    pub sweeps: Vec<Sweep>,
}

/// Moves one dimension of a code at a time over its mean ± some standard deviations on the data, with the others as they are
/// in the code of a row, or at their means. `check` is asked before the rows are decoded whether this many may be decoded.
///
/// # Errors
/// If there is no such row or latent, or `check` refuses.
pub fn along(
    run: &Run,
    data: &Dataset,
    options: &TraverseOptions,
    check: impl FnOnce(usize) -> Outcome,
) -> Outcome<Traversal> {
    check_latents(run, options)?;
    let row = options.row.map(|row| place(data, row)).transpose()?;
    let codes = codes(&*run.model, data);
    let effects = chosen(latent_effects(&*run.model, &codes), options);
    check(effects.len() * options.steps)?;
    let code = match row {
        Some(row) => codes.select(0, row),
        None => mean(&codes),
    };
    let sweeps: Vec<Sweep> = effects.iter().map(|effect| effect.sweep(options.range)).collect();
    Ok(Traversal {
        rows: traverse(&*run.model, &code, &sweeps, options.steps),
        effects,
        sweeps,
    })
}

/// Refuses latents that the codes do not have.
///
/// # Errors
/// With the first.
pub fn check_latents(run: &Run, options: &TraverseOptions) -> Outcome {
    let latent = run.model.latent_dim();
    let asked = options.latents.iter().flatten();
    match asked.into_iter().find(|&&number| number > latent || number == 0) {
        None => Ok(()),
        Some(number) => Err(RunError::misuse(format!(
            "{LATENTS} has {number}, and the codes of {} have {latent} numbers",
            run.path().display()
        ))
        .hint(format!("give numbers between 1 and {latent}"))),
    }
}

/// Those asked for in their order, else the strongest.
fn chosen(effects: Vec<LatentEffect>, options: &TraverseOptions) -> Vec<LatentEffect> {
    let Some(asked) = &options.latents else {
        return effects.into_iter().take(STRONGEST).collect();
    };
    let of = |number: &usize| {
        effects
            .iter()
            .find(|effect| effect.latent + 1 == *number)
            .copied()
    };
    asked.iter().filter_map(of).collect()
}

fn mean(codes: &Tensor) -> Tensor {
    let latent = codes.size(1);
    let mut sums = vec![0.0; latent];
    for row in codes.to_vec().chunks_exact(latent) {
        sums.iter_mut()
            .zip(row)
            .for_each(|(sum, &z)| *sum += f64::from(z));
    }
    Tensor::from_fn([latent], |i| (sums[i] / codes.size(0) as f64) as f32)
}
