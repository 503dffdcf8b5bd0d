//! `Compared`: runs, measured alike.

use crate::choice::DataChoice;
use crate::error::Outcome;
use crate::run::Run;
use crate::text::Text;
use latents_autoencoders::try_evaluate;
use latents_classical::Pca;
use latents_data::Dataset;
use serde::Serialize;

/// Runs, and whether their figures compare.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// Whether all runs learnt from the same data.
    pub same_data: bool,
    /// Whether all were measured on the same rows.
    pub same_rows: bool,
    /// Whether all see the rows in the same units, so that their errors compare.
    pub same_scaling: bool,
    /// In the order that they were given.
    pub runs: Vec<ComparedRun>,
    /// Remarks on the data.
    #[serde(skip)]
    pub notes: Vec<Text>,
}

/// A run and its figures.
#[derive(Clone, Debug, Serialize)]
pub struct ComparedRun {
    /// Its folder.
    pub run: String,
    /// The kind of its model.
    pub kind: String,
    /// `64-8-64`.
    pub sizes: String,
    /// Of the model.
    pub parameters: usize,
    /// What it learnt from.
    pub data: String,
    /// Of its training.
    pub seed: u64,
    /// Of its training.
    pub epochs: usize,
    /// Of its training.
    pub seconds: f64,
    /// Rows that it was measured on.
    pub rows: usize,
    /// Its own loss.
    pub loss: f64,
    /// The mean squared error.
    pub mse: f64,
    /// See [`Evaluation`](latents_autoencoders::Evaluation).
    pub explained_variance: f64,
    /// Components of the PCA that it is compared with.
    pub pca_components: usize,
    /// Null where PCA cannot be fitted, or the run's own data cannot be read.
    pub pca_mse: Option<f64>,
}

impl Compared {
    /// Measures runs on the rows that each held out, or all on the rows of `data`.
    ///
    /// # Errors
    /// If rows cannot be read or do not fit a model.
    pub fn of(runs: &[Run], data: &DataChoice) -> Outcome<Self> {
        let mut notes = Vec::new();
        let measured = runs.iter().map(|run| measure(run, data, &mut notes));
        let measured = measured.collect::<Outcome<Vec<ComparedRun>>>()?;
        let same = |alike: &dyn Fn(&Run, &Run) -> bool| runs.windows(2).all(|pair| alike(&pair[0], &pair[1]));
        let same_data = same(&|a, b| a.config.data.source == b.config.data.source);
        let same_split = same(&|a, b| held_out(a) == held_out(b));
        Ok(Self {
            same_data,
            same_rows: data.source.is_some() || (same_data && same_split),
            same_scaling: same(&|a, b| a.config.data.scaling == b.config.data.scaling),
            runs: measured,
            notes,
        })
    }
}

fn held_out(run: &Run) -> Option<(u64, u64)> {
    let fraction = run.config.data.validation;
    fraction.map(|fraction| (fraction.to_bits(), run.config.training.seed))
}

fn measure(run: &Run, data: &DataChoice, notes: &mut Vec<Text>) -> Outcome<ComparedRun> {
    let epochs = run.history()?;
    let (training, measured) = rows(run, data, notes)?;
    let measured = &measured;
    let evaluation = try_evaluate(&*run.model, measured, run.config.training.batch_size)?;
    let model = &run.config.model;
    let most = training.as_ref().map_or(usize::MAX, Dataset::rows);
    let components = model.latent_dim().min(model.input_dim()).min(most);
    Ok(ComparedRun {
        run: run.path().display().to_string(),
        kind: model.kind().to_owned(),
        sizes: model.sizes_text(),
        parameters: run.model.parameter_count(),
        data: run.config.data.source.clone(),
        seed: run.config.training.seed,
        epochs: epochs.len(),
        seconds: run.config.seconds(&epochs),
        rows: evaluation.rows,
        loss: evaluation.loss,
        mse: evaluation.mse,
        explained_variance: evaluation.explained_variance,
        pca_components: components,
        pca_mse: training.and_then(|training| pca_mse(&training, measured, components)),
    })
}

/// The rows that PCA is fitted to, and those that all is measured on.
fn rows(run: &Run, data: &DataChoice, notes: &mut Vec<Text>) -> Outcome<(Option<Dataset>, Dataset)> {
    let own = run.split(None);
    if data.source.is_none() {
        let split = own?;
        let measured = split.measured().clone();
        return Ok((Some(split.train), measured));
    }
    let training = match own {
        Ok(split) => Some(split.train),
        Err(error) => {
            let place = run.path().display();
            notes.push(Text::from(format!("{place}: not compared with PCA: ")).joined(error.what()));
            None
        }
    };
    let chosen = data.read(run)?;
    notes.extend(chosen.notes);
    Ok((training, chosen.data))
}

fn pca_mse(training: &Dataset, measured: &Dataset, components: usize) -> Option<f64> {
    let mse = Pca::fit(training, components).ok()?.mse(measured);
    mse.is_finite().then_some(mse)
}
