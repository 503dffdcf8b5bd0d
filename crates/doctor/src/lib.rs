//! The doctor: what commonly goes wrong with autoencoders, found in a run and said in plain words with a remedy.

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

/// What the doctor looks at. Only a model and its training rows are needed; what is missing is not looked for.
///
/// ```
/// use latents_autoencoders::{Undercomplete, UndercompleteConfig};
/// use latents_doctor::{FindingKind, Patient, diagnose};
/// use latents_tensor::Tensor;
/// // Three columns, the last of which never changes; codes as wide as the rows.
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
    /// The rows that it learnt.
    pub train: &'a dyn Rows,
    /// Rows that it did not learn.
    pub validation: Option<&'a dyn Rows>,
    /// The course of its training.
    pub history: Option<&'a History>,
    /// The mean squared errors of the model and of PCA with codes of the same size, both on the same rows, where they
    /// are known. Else PCA is fitted and measured on the rows that the doctor samples, and so it is for a sparse model with
    /// as many components as numbers of its code are active for a row.
    pub errors: Option<Errors>,
}

/// Mean squared errors on the same rows: Σ‖x − x̂‖² / (rows · features).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Errors {
    /// The model's.
    pub model: f64,
    /// That of PCA with codes of the same size, fitted on the training rows.
    pub pca: f64,
}

impl<'a> Patient<'a> {
    /// A model and the rows that it learnt.
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

/// Looks for what commonly goes wrong, the most serious first. A model without a [`ModelConfig`] is asked only for what
/// needs none. What the model finds in itself ([`Autoencoder::findings`]) is added.
///
/// Ranges and constant columns are those of all training rows. Everything else is looked at on at most 4,096 rows of
/// each table, evenly spaced from the first on, which takes less than a second on 60,000 rows of 784 numbers. Nothing is
/// drawn, so the findings are the same at every call.
///
/// # Panics
/// If the data has another width than the model, or no rows.
#[track_caller]
pub fn diagnose(patient: &Patient) -> Vec<Finding> {
    let Patient { model, train, .. } = *patient;
    for data in std::iter::once(train).chain(patient.validation) {
        assert_eq!(
            data.features(),
            model.input_dim(),
            "diagnose: the data has another width than the model"
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

/// What can be known before the first step: whether the data fit the model's output and its noise, whether the code
/// leaves anything out, and features that never change. Looks at rows as [`diagnose`] does.
///
/// # Panics
/// If the data has no rows.
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

/// A remedy, with the words that the model has for it.
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
