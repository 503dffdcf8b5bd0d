//! The comparison with the best linear model.

use super::sample::Sample;
use super::{Errors, Finding, FindingKind, Patient, Severity, remedy};
use latents_autoencoders::registry::{CodeKind, Facts};
use latents_autoencoders::row_errors;
use latents_classical::Pca;
use latents_tensor::Tensor;
use latents_text::number::{brief, counted};

/// Errors that are larger than PCA's by this part are worse.
const WORSE: f64 = 0.01;

/// A larger error than PCA's with as many components as a row has numbers in its code.
pub(super) fn look(patient: &Patient, facts: Option<&Facts>, sample: &Sample) -> Option<Finding> {
    let (latent, features) = (patient.model.latent_dim(), sample.rows.size(1));
    let components = numbers_of_a_row(patient, facts, sample)?;
    // As many components as features copy rows.
    if components >= features {
        return None;
    }
    let known = patient.errors.filter(|_| components == latent);
    let Errors { model, pca } = known.or_else(|| measured(patient, components, sample))?;
    let of_code = match components == latent {
        true => String::new(),
        false => format!(", as many as a row has active numbers in its code of {latent},"),
    };
    (model > (1.0 + WORSE) * pca).then(|| Finding {
        kind: FindingKind::WorseThanPca,
        severity: if model > 2.0 * pca {
            Severity::Serious
        } else {
            Severity::Warning
        },
        what: format!(
            "The mean squared error is {}, and PCA with {}{of_code} reaches {}.",
            brief(model),
            counted(components, "component"),
            brief(pca)
        ),
        remedy: remedy(facts, FindingKind::WorseThanPca, GENERAL),
    })
}

/// How many numbers a code has for a row: of a sparse one the mean number of those that are not 0. Nothing under a KL
/// penalty, whose units are small rather than 0: how many of them a row uses cannot be said.
fn numbers_of_a_row(patient: &Patient, facts: Option<&Facts>, sample: &Sample) -> Option<usize> {
    match facts.map_or(CodeKind::Dense, |facts| facts.code) {
        CodeKind::Sparse { exact_zeros: true } => {}
        // A mean activation or an entry of a codebook is no number of a row to compare by.
        CodeKind::Sparse { exact_zeros: false } | CodeKind::Discrete => return None,
        _ => return Some(patient.model.latent_dim()),
    }
    let codes = patient.model.encode_data(&sample.rows).to_vec();
    let active = codes.iter().filter(|&&number| number != 0.0).count();
    let mean = active as f64 / sample.rows.size(0) as f64;
    Some((mean.round() as usize).max(1))
}

const GENERAL: &str = "Train longer with --epochs, give hidden layers with --hidden and --latent-activation identity, or try \
                       another --learning-rate.";

/// Both on the validation rows that are sampled, else on the training rows that are.
fn measured(patient: &Patient, components: usize, sample: &Sample) -> Option<Errors> {
    let held_out = patient.validation.map(Sample::of);
    let rows: &Tensor = held_out.as_ref().map_or(&sample.rows, |held_out| &held_out.rows);
    let pca = Pca::fit(&sample.rows, components.min(sample.rows.size(0))).ok()?;
    let squares: f64 = row_errors(rows, &patient.model.reconstruct_data(rows))
        .iter()
        .sum();
    Some(Errors {
        model: squares / rows.len() as f64,
        pca: pca.mse(rows),
    })
}
