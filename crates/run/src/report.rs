//! `Report`: what a run came to, and the files that show it.

use crate::error::{Outcome, RunError};
use crate::folder::{PICTURE, REPORT, RunFolder};
use crate::page::{self, Baseline, Subject};
use crate::run::Run;
use crate::split::Split;
use latents_autoencoders::{Evaluation, try_evaluate};
use latents_doctor::Finding;
use latents_report::{EpochRow, Results};
use latents_text::number::{self, counted};
use std::path::PathBuf;

/// How a run did, how PCA of the same size does, and what the doctor finds.
#[derive(Debug)]
pub struct Report {
    /// The figures of the run.
    pub results: Results,
    /// PCA with as many components as a code has numbers.
    pub pca: Baseline,
    /// What went wrong, the most serious first.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Measures and diagnoses a run, and writes its page and the image of reconstructions.
    pub(crate) fn written(
        run: &Run,
        folder: &RunFolder,
        split: &Split,
        epochs: &[EpochRow],
        evaluation: &Evaluation,
        kept_loss: Option<f64>,
    ) -> Outcome<Self> {
        let (config, model) = (&run.config, &*run.model);
        let results = page::results(config, model, split, evaluation, epochs, kept_loss);
        let pca = Baseline::of(split, config.model.latent_dim());
        let findings = page::diagnosed(config, model, split, epochs, results.mse, &pca);
        Subject {
            config,
            model,
            split,
            epochs,
            results: &results,
            pca: &pca,
            findings: &findings,
        }
        .write(folder)?;
        Ok(Self {
            results,
            pca,
            findings,
        })
    }

    /// The findings to show: those that matter and were not said before the training, nor by the figure of PCA.
    pub fn unsaid(&self) -> Vec<&Finding> {
        page::unsaid(&self.findings, &self.pca)
    }
}

/// A report that was written again.
#[derive(Debug)]
pub struct Reported {
    /// What it shows.
    pub report: Report,
    /// The page.
    pub page: PathBuf,
    /// The image of reconstructions.
    pub picture: PathBuf,
}

/// Writes the page and the image of a run anew from its files and the rows of its data.
///
/// # Errors
/// If the history cannot be read, other rows would have been learnt from these data, a loss is not finite, or the files
/// cannot be written.
pub fn report(run: &Run, split: &Split) -> Outcome<Reported> {
    check_rows(run, split)?;
    let (epochs, folder) = (run.history()?, run.folder()?);
    let training = &run.config.training;
    let evaluation = try_evaluate(&*run.model, split.measured(), training.batch_size)?;
    let kept = page::kept_epoch(&epochs, training.patience.is_some());
    let kept_loss = kept.map(|epoch| epoch.train_loss);
    Ok(Reported {
        report: Report::written(run, &folder, split, &epochs, &evaluation, kept_loss)?,
        page: run.path().join(REPORT),
        picture: run.path().join(PICTURE),
    })
}

/// Refuses data of which other rows would have been learnt: the page would show them as the run's.
fn check_rows(run: &Run, split: &Split) -> Outcome {
    let rows = split.train.rows();
    match run.config.run.train_rows {
        Some(learnt) if learnt != rows => Err(RunError::new(format!(
            "the run learnt {}, and these data have {} to learn",
            counted(learnt, "row"),
            number::count(rows)
        ))
        .hint("give the data that the run was trained on; eval and detect look at others")),
        _ => Ok(()),
    }
}
