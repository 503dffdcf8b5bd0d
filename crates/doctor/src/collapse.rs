//! Latents that carry no information about the row.

use super::sample::{Sample, places};
use super::{Finding, FindingKind, Severity, remedy};
use latents_autoencoders::Autoencoder;
use latents_autoencoders::evaluated;
use latents_autoencoders::registry::Facts;
use latents_tensor::Tensor;
use latents_text::number::{brief, counted};

/// A latent is active where the variance of its posterior means over rows is above this (Burda et al. 2016, §5.1.1).
const ACTIVE: f64 = 0.01;

/// Posterior means that are the same for every row.
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
        _ => format!(", compared with {} for the active ones", divergence(false)),
    };
    Some(Finding {
        kind: FindingKind::PosteriorCollapse,
        severity: match active {
            0 => Severity::Serious,
            _ if 2 * active < all => Severity::Warning,
            _ => Severity::Note,
        },
        what: format!(
            "{active} of {} active: the posterior means of {} vary by {ACTIVE} or less over rows. They carry {} nats \
             of divergence each on average{compared}.",
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
        counted(all, "latent"),
        if all == 1 { "is" } else { "are" }
    )
}

fn numbered(latents: &[usize]) -> String {
    match latents.len() {
        1 => format!("number {}", places(latents)),
        _ => format!("numbers {}", places(latents)),
    }
}

fn remedy_of(facts: Option<&Facts>, active: usize) -> String {
    let beta = remedy(facts, FindingKind::PosteriorCollapse, "Lower --beta");
    let rest = "let it rise with --beta-schedule warm-up:0.3, or give --free-bits 0.1";
    match active {
        0 => format!("{beta}, {rest}; a noise that is fixed too large does it too, see --likelihood."),
        _ => format!(
            "If more is wanted of the code: {beta}, {rest}. Else a --latent of {active} does as well."
        )
        .replace(": Lower", ": lower"),
    }
}

/// What the posterior of each latent does over rows.
struct Latents {
    /// Of the means.
    variances: Vec<f64>,
    /// KL(q(z|x) ‖ p(z)), the mean over rows, in nats.
    divergences: Vec<f64>,
}

impl Latents {
    fn of(model: &dyn Autoencoder, rows: &Tensor) -> Option<Self> {
        // One row tells whether codes are distributed.
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
