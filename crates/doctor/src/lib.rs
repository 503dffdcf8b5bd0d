//! Detects common problems of autoencoders in a run, and suggests a remedy for each.

mod collapse;
mod columns;
mod copying;
mod course;
mod data;
mod pca;
mod sample;
mod similar;
mod units;
mod width;

pub use latents_autoencoders::{Finding, FindingKind, Severity};

use columns::Columns;
use latents_autoencoders::registry::{Facts, Remedy};
use latents_autoencoders::{Autoencoder, ModelConfig};
use latents_tensor::{Rows, parallel};
use latents_train::History;
use sample::Sample;

/// The input of [`diagnose`]. Only the model and its training rows are required; checks without their input are skipped.
///
/// ```
/// use latents_autoencoders::{Undercomplete, UndercompleteConfig};
/// use latents_doctor::{FindingKind, Patient, diagnose};
/// use latents_tensor::Tensor;
/// // Three columns, the last of which is constant; the code is as wide as the rows.
/// let rows = Tensor::from_fn([90, 3], |i| if i % 3 == 2 { 0.5 } else { (i * i % 7) as f32 / 7.0 });
/// let model = Undercomplete::new(UndercompleteConfig::new(3, 3), 1)?;
/// let findings = diagnose(&Patient::new(&model, &rows));
/// let found = |kind| findings.iter().any(|finding| finding.kind == kind);
/// assert!(found(FindingKind::ConstantFeatures) && found(FindingKind::IdentityCopying));
/// # Ok::<(), latents_autoencoders::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Patient<'a> {
    /// The trained model.
    pub model: &'a dyn Autoencoder,
    /// The training rows.
    pub train: &'a dyn Rows,
    /// Held-out rows.
    pub validation: Option<&'a dyn Rows>,
    /// The training history.
    pub history: Option<&'a History>,
    /// Mean squared errors of the model and of PCA with codes of the same size, on the same rows, if they are known. Otherwise
    /// the doctor fits and evaluates PCA on the rows that it samples. For a sparse model it always does so, with as many
    /// components as a row has active latent dimensions.
    pub errors: Option<Errors>,
}

/// Mean squared errors on the same rows: Σ‖x − x̂‖² / (rows · features).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Errors {
    /// Error of the model.
    pub model: f64,
    /// Error of PCA with codes of the same size, fitted on the training rows.
    pub pca: f64,
}

impl<'a> Patient<'a> {
    /// The input for a model and its training rows; all else is unknown.
    ///
    /// ```
    /// # use latents_autoencoders::{Undercomplete, UndercompleteConfig};
    /// # use latents_doctor::Patient;
    /// # use latents_tensor::Tensor;
    /// let model = Undercomplete::new(UndercompleteConfig::new(4, 2), 0)?;
    /// let rows = Tensor::zeros([10, 4]);
    /// assert!(Patient::new(&model, &rows).history.is_none());
    /// # Ok::<(), latents_autoencoders::ConfigError>(())
    /// ```
    pub fn new(model: &'a dyn Autoencoder, train: &'a dyn Rows) -> Self {
        Self {
            model,
            train,
            validation: None,
            history: None,
            errors: None,
        }
    }
}

/// Checks a trained model for common problems and returns the findings, most serious first. Findings of the model itself
/// ([`Autoencoder::findings`]) are included. Checks that need a [`ModelConfig`] are skipped if the model has none.
///
/// Ranges and constant columns are computed on all training rows; all other checks use at most 4,096 rows of each table, evenly
/// spaced from the first on, which takes less than a second on 60,000 rows of 784 columns. Nothing is random, so the findings
/// are the same at every call.
///
/// # Panics
/// If the width of the data differs from the input width of the model, or if there are no rows.
///
/// ```
/// # use latents_autoencoders::{Undercomplete, UndercompleteConfig};
/// # use latents_doctor::{FindingKind, Patient, diagnose};
/// # use latents_tensor::Tensor;
/// let model = Undercomplete::new(UndercompleteConfig::new(4, 2), 0)?;
/// let findings = diagnose(&Patient::new(&model, &Tensor::zeros([10, 4])));
/// assert!(findings.iter().any(|finding| finding.kind == FindingKind::ConstantFeatures));
/// # Ok::<(), latents_autoencoders::ConfigError>(())
/// ```
#[track_caller]
pub fn diagnose(patient: &Patient) -> Vec<Finding> {
    let Patient { model, train, .. } = *patient;
    for data in std::iter::once(train).chain(patient.validation) {
        assert_eq!(
            data.features(),
            model.input_dim(),
            "diagnose: the width of the data differs from the input width of the model"
        );
        assert!(data.rows() > 0, "diagnose: the data has no rows");
    }
    let config = model.config();
    let config = config.as_ref();
    let facts = config.map(ModelConfig::facts);
    let facts = facts.as_ref();
    parallel::team(|| {
        let sample = Sample::of(train);
        let mut findings = before(config, facts, train, &sample);
        findings.extend(
            patient
                .history
                .into_iter()
                .flat_map(|history| course::look(history, facts)),
        );
        findings.extend(collapse::look(model, facts, &sample));
        findings.extend(units::look(patient, config, facts, &sample));
        findings.extend(pca::look(patient, facts, &sample));
        findings.extend(model.findings(&sample.rows));
        in_order(findings)
    })
}

/// Checks what is known before training: whether the data fit the model's output and its noise, whether the code can copy the
/// rows, and constant or duplicate features. It samples rows like [`diagnose`].
///
/// # Panics
/// If there are no rows.
///
/// ```
/// # use latents_autoencoders::{ModelConfig, UndercompleteConfig};
/// # use latents_doctor::{FindingKind, diagnose_before};
/// # use latents_tensor::Tensor;
/// let config = ModelConfig::from(UndercompleteConfig::new(2, 2));
/// let findings = diagnose_before(&config, &Tensor::from_fn([9, 2], |i| (i * i % 5) as f32 / 5.0));
/// assert!(findings.iter().any(|finding| finding.kind == FindingKind::IdentityCopying));
/// ```
#[track_caller]
pub fn diagnose_before(config: &ModelConfig, train: &dyn Rows) -> Vec<Finding> {
    assert!(train.rows() > 0, "diagnose_before: the data has no rows");
    parallel::team(|| {
        in_order(before(
            Some(config),
            Some(&config.facts()),
            train,
            &Sample::of(train),
        ))
    })
}

fn before(
    config: Option<&ModelConfig>,
    facts: Option<&Facts>,
    train: &dyn Rows,
    sample: &Sample,
) -> Vec<Finding> {
    let columns = Columns::of(train);
    let mut findings: Vec<Finding> = config.and_then(copying::look).into_iter().collect();
    findings.extend(config.and_then(width::look));
    findings.extend(facts.into_iter().flat_map(|facts| data::range(facts, &columns)));
    findings.extend(facts.and_then(|facts| data::specks(facts, &columns)));
    findings.extend(data::constant(&columns));
    findings.extend(similar::look(sample));
    findings
}

/// The remedy for a finding: the general one, extended or replaced by the model's own.
fn remedy(facts: Option<&Facts>, kind: FindingKind, general: impl Into<String>) -> String {
    match facts.and_then(|facts| facts.remedy(kind)) {
        None => general.into(),
        Some(Remedy::Instead(own)) => own.clone(),
        Some(Remedy::Also(own)) => format!("{} {own}", general.into()),
    }
}

fn in_order(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}
