//! The comparison with the best linear model.

use super::sample::{Sample, short};
use super::{Errors, Finding, FindingKind, Patient, Severity};
use crate::evaluate::row_errors;
use crate::{ModelConfig, Pca};
use latents_tensor::Tensor;

/// Errors that are larger than PCA's by this part are worse.
const WORSE: f64 = 0.01;

/// A larger error than PCA's with codes of the same size.
pub(super) fn look(patient: &Patient, config: Option<&ModelConfig>, sample: &Sample) -> Option<Finding> {
    let (latent, features) = (patient.model.latent_dim(), sample.rows.size(1));
    // As many components as features copy rows, and a sparse code uses few of its numbers at a time.
    let comparable = latent < features && config.is_none_or(|config| config.kind() != "sparse");
    if !comparable {
        return None;
    }
    let errors = patient.errors.or_else(|| measured(patient, latent, sample))?;
    let Errors { model, pca } = errors;
    (model > (1.0 + WORSE) * pca).then(|| Finding {
        kind: FindingKind::WorseThanPca,
        severity: if model > 2.0 * pca {
            Severity::Serious
        } else {
            Severity::Warning
        },
        what: format!(
            "The mean squared error is {}, and PCA with {latent} components reaches {}.",
            short(model),
            short(pca)
        ),
        remedy: remedy(config),
    })
}

fn remedy(config: Option<&ModelConfig>) -> String {
    let also = match config {
        Some(ModelConfig::Variational(_)) => {
            " A variational model gives up some error for codes that can be drawn: a lower --beta gives up less."
        }
        Some(ModelConfig::Denoising(_)) => " Less --noise leaves more to reproduce.",
        _ => "",
    };
    format!(
        "Train longer with --epochs, give hidden layers with --hidden and --latent-activation identity, or try another \
         --learning-rate.{also}"
    )
}

/// Both on the validation rows that are sampled, else on the training rows that are.
fn measured(patient: &Patient, latent: usize, sample: &Sample) -> Option<Errors> {
    let held_out = patient.validation.map(Sample::of);
    let rows: &Tensor = held_out.as_ref().map_or(&sample.rows, |held_out| &held_out.rows);
    let pca = Pca::fit(&sample.rows, latent.min(sample.rows.size(0))).ok()?;
    let squares: f64 = row_errors(rows, &patient.model.reconstruct_data(rows))
        .iter()
        .sum();
    Some(Errors {
        model: squares / rows.len() as f64,
        pca: pca.mse(rows),
    })
}
