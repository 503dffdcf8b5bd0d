//! Posterior collapse: latent dimensions without information about the row.

use super::sample::{Sample, places};
use super::{Finding, FindingKind, Severity, remedy};
use latents_autoencoders::Autoencoder;
use latents_autoencoders::evaluated;
use latents_autoencoders::registry::Facts;
use latents_tensor::Tensor;
use latents_text::number::{brief, counted};

/// A latent dimension is active if the variance of its posterior means over rows is above this (Burda et al. 2016, §5.1.1).
const ACTIVE: f64 = 0.01;

/// Finds latent dimensions whose posterior mean is the same for every row.
pub(super) fn look(model: &dyn Autoencoder, facts: Option<&Facts>, sample: &Sample) -> Option<Finding> {
    let latents = Latents::of(model, &sample.rows)?;
    let all = latents.variances.len();
    let inactive: Vec<usize> = (0..all)
        .filter(|&latent| latents.variances[latent] <= ACTIVE)
        .collect();
    let active = all - inactive.len();
    if inactive.is_empty() {
        return None;
    }
    let divergence = |wanted: bool| {
        let chosen: Vec<f64> = (0..all)
            .filter(|latent| inactive.contains(latent) == wanted)
            .map(|latent| latents.divergences[latent])
            .collect();
        brief(chosen.iter().sum::<f64>() / chosen.len().max(1) as f64)
    };
    let compared = match active {
        0 => String::new(),
        _ => format!(", compared with {} for the active dimensions", divergence(false)),
    };
    Some(Finding {
        kind: FindingKind::PosteriorCollapse,
        severity: match active {
            0 => Severity::Serious,
            _ if 2 * active < all => Severity::Warning,
            _ => Severity::Note,
        },
        what: format!(
            "{active} of {} active: over rows, the posterior means of {} have a variance of {ACTIVE} or less. The mean \
             KL divergence is {} nats per inactive dimension{compared}.",
            latents_are(all),
            numbered(&inactive),
            divergence(true)
        ),
        remedy: remedy_of(facts, active),
    })
}

fn latents_are(all: usize) -> String {
    format!(
        "{} {}",
        counted(all, "latent dimension"),
        if all == 1 { "is" } else { "are" }
    )
}

fn numbered(latents: &[usize]) -> String {
    match latents.len() {
        1 => format!("dimension {}", places(latents)),
        _ => format!("dimensions {}", places(latents)),
    }
}

fn remedy_of(facts: Option<&Facts>, active: usize) -> String {
    let beta = remedy(facts, FindingKind::PosteriorCollapse, "Lower `beta`");
    let rest = "raise it gradually with `model.schedule` warm-up:0.3, or set `free_bits` to 0.1";
    match active {
        0 => format!("{beta}, {rest}. A fixed variance that is too large has the same effect; see `likelihood`."),
        _ => format!(
            "To use more dimensions: {beta}, {rest}. Otherwise set `latent` to {active}; the results will be as good."
        )
        .replace(": Lower", ": lower"),
    }
}

/// Posterior statistics of each latent dimension over rows.
struct Latents {
    /// Variance of the means.
    variances: Vec<f64>,
    /// KL(q(z|x) ‖ p(z)), averaged over rows, in nats.
    divergences: Vec<f64>,
}

impl Latents {
    fn of(model: &dyn Autoencoder, rows: &Tensor) -> Option<Self> {
        // One row shows whether the model has a posterior.
        let tape = latents_autograd::Tape::new();
        tape.set_training(false);
        model.posterior(tape.input(&rows.narrow(0, 0, 1)))?;
        let means = evaluated(rows, |x| model.posterior(x).map_or(x, |posterior| posterior.mean));
        let divergences = evaluated(rows, |x| {
            model
                .posterior(x)
                .map_or(x, |posterior| posterior.kl_divergence())
        });
        Some(Self {
            variances: moments(&means).1,
            divergences: moments(&divergences).0,
        })
    }
}

/// The mean and the variance of every column.
fn moments(table: &Tensor) -> (Vec<f64>, Vec<f64>) {
    let (rows, width) = (table.size(0) as f64, table.size(1));
    let table = table.to_vec();
    let rows_of = || table.chunks_exact(width.max(1));
    let mut means = vec![0.0; width];
    for row in rows_of() {
        means
            .iter_mut()
            .zip(row)
            .for_each(|(mean, &x)| *mean += f64::from(x) / rows);
    }
    let mut variances = vec![0.0; width];
    for row in rows_of() {
        for ((variance, mean), &x) in variances.iter_mut().zip(&means).zip(row) {
            let distance = f64::from(x) - mean;
            *variance += distance * distance / rows;
        }
    }
    (means, variances)
}
