//! `Sampling`: new rows, and how far they are from those that were learnt.

use crate::density::{self, GAUSSIANS};
use crate::error::{Outcome, RunError};
use crate::passes::evenly;
use crate::run::Run;
use crate::split::Split;
use crate::text::Text;
use crate::text::setting::{DENSITY, SEED};
use latents_classical::KNearest;
use latents_data::Dataset;
use latents_tensor::Tensor;
use latents_text::number;
use serde::Serialize;
use std::fmt;
use std::str::FromStr;

/// Held-out rows whose neighbours are looked for at most.
const HELD_OUT: usize = 1000;
/// Numbers of all samples at most: 8 GiB.
const MOST_NUMBERS: usize = 1 << 31;
/// Products an iteration of the fit of a density: some seconds' worth.
const WORK: usize = 1 << 28;

/// What is drawn.
///
/// ```no_run
/// use latents_run::{Run, SampleOptions, Sampling};
/// let run = Run::open("runs/variational-digits-1")?;
/// let drawn = Sampling::of(&run, &SampleOptions::default().count(16))?;
/// assert_eq!(drawn.samples.size(0), 16);
/// # Ok::<(), latents_run::RunError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SampleOptions {
    /// How many rows.
    pub count: usize,
    /// What codes are drawn from: by default the prior where the model has one, else a mixture of 10 Gaussians.
    pub density: Option<Density>,
    /// Of the draws.
    pub seed: u64,
    /// Whether the training rows must be there, to compare with.
    pub needs_training_rows: bool,
    /// Where the run's own data are, if they have moved.
    pub run_data: Option<String>,
}

latents_error::setters! {
    SampleOptions { count: usize, seed: u64, needs_training_rows: bool }
    into { density: Option<Density>, run_data: Option<String> }
}

impl Default for SampleOptions {
    fn default() -> Self {
        Self {
            count: 64,
            density: None,
            seed: 0,
            needs_training_rows: false,
            run_data: None,
        }
    }
}

/// What codes are drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Density {
    /// The distribution that the model was trained for.
    Prior,
    /// This many Gaussians fitted to the codes of the training rows.
    Mixture(usize),
}

impl FromStr for Density {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.split_once(':')) {
            ("prior", _) => Ok(Self::Prior),
            ("gaussian", _) => Ok(Self::Mixture(1)),
            (_, Some(("mixture", count))) => match latents_autoencoders::registry::at_least_one(count) {
                Ok(count) => Ok(Self::Mixture(count)),
                Err(reason) => Err(format!("the number of Gaussians {reason}")),
            },
            _ => Err("expected prior, gaussian or mixture:K".to_owned()),
        }
    }
}

impl fmt::Display for Density {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prior => f.write_str("prior"),
            Self::Mixture(1) => f.write_str("gaussian"),
            Self::Mixture(count) => write!(f, "mixture:{count}"),
        }
    }
}

/// Euclidean distances to the nearest training row, in the units that the model sees.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Nearest {
    /// The mean over samples.
    pub samples_mean: f64,
    /// The least of a sample.
    pub samples_least: f64,
    /// The mean over held-out rows; null where none were held out.
    pub held_out_mean: Option<f64>,
}

/// What was drawn.
#[derive(Debug)]
pub struct Sampling {
    /// The rows (count, features), as the model sees them.
    pub samples: Tensor,
    /// What codes were drawn from.
    pub density: Density,
    /// The training rows; nothing where they cannot be read and are not needed.
    pub training: Option<Dataset>,
    /// How far samples are from the training rows, where these are there.
    pub nearest: Option<Nearest>,
    /// The training row nearest to each sample (count, features), where they are there.
    pub nearest_rows: Option<Tensor>,
    /// Remarks on the data and the density.
    pub notes: Vec<Text>,
}

impl Sampling {
    /// Draws rows.
    ///
    /// # Errors
    /// If the model has no prior and one is asked for, a density cannot be fitted, or the training rows that are needed
    /// cannot be read.
    pub fn of(run: &Run, options: &SampleOptions) -> Outcome<Self> {
        check_count(options.count, run)?;
        let density = density_of(run, options)?;
        let mut notes = Vec::new();
        let split = match run.own_split(options.run_data.as_deref()) {
            Err(error) if density == Density::Prior && !options.needs_training_rows => {
                notes.push(Text::from("distances to training rows are left out: ").joined(error.what()));
                None
            }
            split => Some(split?),
        };
        let (codes, density) = match (density, &split) {
            (Density::Mixture(components), Some(split)) => {
                from_density(run, &split.train, components, options, &mut notes)?
            }
            _ => (from_prior(run, options)?, density),
        };
        let samples = run.model.decode_data(&codes);
        let found = split
            .as_ref()
            .map(|split| neighbours(&samples, split))
            .transpose()?;
        let (nearest, nearest_rows) = found.unzip();
        Ok(Self {
            samples,
            density,
            training: split.map(|split| split.train),
            nearest,
            nearest_rows,
            notes,
        })
    }
}

/// Refuses more samples than a machine holds before they are drawn.
fn check_count(count: usize, run: &Run) -> Outcome {
    let model = &run.config.model;
    let most = MOST_NUMBERS / model.input_dim().max(model.latent_dim());
    match count > most {
        true => Err(
            RunError::misuse(format!("{} samples are too many", number::count(count))).hint(format!(
                "take {} or fewer, with another {SEED} each time",
                number::count(most)
            )),
        ),
        false => Ok(()),
    }
}

/// What codes are drawn from: what was asked for, or what fits the model.
fn density_of(run: &Run, options: &SampleOptions) -> Outcome<Density> {
    let has_prior = run.model.prior().is_some();
    match options.density {
        Some(Density::Prior) if !has_prior => Err(no_prior(run)),
        Some(density) => Ok(density),
        None if has_prior => Ok(Density::Prior),
        None => Ok(Density::Mixture(GAUSSIANS)),
    }
}

fn no_prior(run: &Run) -> RunError {
    let place = run.path().display();
    let title = run.config.model.title();
    RunError::misuse(format!("{place}: {title} has no prior to draw from")).hint(format!(
        "fit a density to its codes with {DENSITY} gaussian or mixture:10"
    ))
}

fn from_prior(run: &Run, options: &SampleOptions) -> Outcome<Tensor> {
    let prior = run.model.prior().ok_or_else(|| no_prior(run))?;
    Ok(prior.draw(options.count, density::key(options.seed)))
}

/// Draws from a density over the codes of the training rows. Also says how many Gaussians it has: where nobody asked for
/// more, not more than rows.
fn from_density(
    run: &Run,
    training: &Dataset,
    components: usize,
    options: &SampleOptions,
    notes: &mut Vec<Text>,
) -> Outcome<(Tensor, Density)> {
    let most = density::most_rows(run.model.latent_dim(), components, WORK);
    let chosen = training.select(&evenly(training, most));
    if chosen.rows() < training.rows() {
        let [fitted, all] = [chosen.rows(), training.rows()].map(number::count);
        notes.push(Text::from(format!(
            "the density is fitted to {fitted} of {all} rows"
        )));
    }
    let components = match options.density {
        Some(_) => components,
        None => components.min(chosen.rows()),
    };
    let drawn = density::drawn(&*run.model, &chosen, components, options.count, options.seed);
    let codes = drawn.map_err(|error| {
        let place = run.path().display();
        RunError::new(format!("{place}: no density of its codes: {error}"))
            .hint(format!("give another {DENSITY}"))
    })?;
    Ok((codes, Density::Mixture(components)))
}

/// How far samples and held-out rows are from the training row nearest to each, and those of the samples.
fn neighbours(samples: &Tensor, split: &Split) -> Outcome<(Nearest, Tensor)> {
    let known = KNearest::new(&split.train, &vec![0; split.train.rows()], 1)?;
    let mean = |distances: &[f64]| distances.iter().sum::<f64>() / distances.len() as f64;
    let (rows, distances) = known.nearest(samples, 1);
    let distances = distances.to_vec();
    let held_out = split.validation.as_ref().map(|rows| {
        let rows = rows.select(&evenly(rows, HELD_OUT));
        mean(&known.nearest(&rows, 1).1.to_vec())
    });
    let nearest = Nearest {
        samples_mean: mean(&distances),
        samples_least: distances.iter().copied().fold(f64::INFINITY, f64::min),
        held_out_mean: held_out,
    };
    Ok((nearest, split.train.gather(&rows)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn densities_are_read() {
        let density = |text: &str| text.parse::<Density>();
        assert_eq!(density("prior"), Ok(Density::Prior));
        assert_eq!(density("gaussian"), density("mixture:1"));
        assert_eq!(
            density("mixture:10").map(|kind| kind.to_string()),
            Ok("mixture:10".to_owned())
        );
        assert!(density("mixture").is_err() && density("mixture:0").is_err() && density("kde").is_err());
    }
}
