//! Comparison with PCA, the best linear model.

use super::sample::Sample;
use super::{Errors, Finding, FindingKind, Patient, Severity, remedy};
use latents_autoencoders::registry::{CodeKind, Facts};
use latents_autoencoders::row_errors;
use latents_classical::Pca;
use latents_tensor::Tensor;
use latents_text::number::{brief, counted};

/// The model is worse if its error exceeds PCA's by this fraction.
const WORSE: f64 = 0.01;

/// Finds an error above that of PCA with as many components as a row has active latent dimensions.
pub(super) fn look(patient: &Patient, facts: Option<&Facts>, sample: &Sample) -> Option<Finding> {
    let (latent, features) = (patient.model.latent_dim(), sample.rows.size(1));
    let components = numbers_of_a_row(patient, facts, sample)?;
    // With as many components as features, PCA copies the rows.
    if components >= features {
        return None;
    }
    let known = patient.errors.filter(|_| components == latent);
    let Errors { model, pca } = known.or_else(|| measured(patient, components, sample))?;
    let of_code = match components == latent {
        true => String::new(),
        false => format!(" (a row has this many active dimensions in its code of {latent})"),
    };
    (model > (1.0 + WORSE) * pca).then(|| Finding {
        kind: FindingKind::WorseThanPca,
        severity: if model > 2.0 * pca {
            Severity::Serious
        } else {
            Severity::Warning
        },
        what: format!(
            "The mean squared error is {}; PCA with {}{of_code} reaches {}.",
            brief(model),
            counted(components, "component"),
            brief(pca)
        ),
        remedy: remedy(facts, FindingKind::WorseThanPca, GENERAL),
    })
}

/// The number of latent dimensions that a row uses: for sparse codes, the mean number of non-zero values. `None` for a KL
/// penalty, where activations are small rather than 0 and the number is undefined.
fn numbers_of_a_row(patient: &Patient, facts: Option<&Facts>, sample: &Sample) -> Option<usize> {
    match facts.map_or(CodeKind::Dense, |facts| facts.code) {
        CodeKind::Sparse { exact_zeros: true } => {}
        // A mean activation or a codebook entry cannot be compared with a number of components.
        CodeKind::Sparse { exact_zeros: false } | CodeKind::Discrete => return None,
        _ => return Some(patient.model.latent_dim()),
    }
    let codes = patient.model.encode_data(&sample.rows).to_vec();
    let active = codes.iter().filter(|&&number| number != 0.0).count();
    let mean = active as f64 / sample.rows.size(0) as f64;
    Some((mean.round() as usize).max(1))
}

const GENERAL: &str = "Train for more `epochs`, add layers with `hidden` and set `latent_activation` to identity, or try \
                       another `learning_rate`.";

/// Both errors, on the sampled validation rows if there are any, otherwise on the sampled training rows.
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
