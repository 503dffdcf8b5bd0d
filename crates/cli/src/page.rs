//! The page and the picture of a run.

use crate::failure::Outcome;
use crate::model::{self, Model};
use crate::numbers::counted;
use crate::rows::Split;
use crate::run_config::RunConfig;
use crate::run_folder::{PICTURE, REPORT, RunFolder};
use latents_autoencoders::{Autoencoder, Evaluation, Pca};
use latents_data::Dataset;
use latents_report::pictures::{self, ImageShape};
use latents_report::{EpochRow, Filters, LatentMap, LayerRow, Results, Samples};
use latents_tensor::Tensor;

/// Rows in `reconstructions.png`, and in each group on the page.
const SHOWN: usize = 20;
/// Names of columns on the page.
const NAMED: usize = 40;
/// Codes in the map of the page.
const MAPPED: usize = 2000;

/// All that the page of a run is made of.
pub(crate) struct Page<'a> {
    pub(crate) config: &'a RunConfig,
    pub(crate) model: &'a Model,
    pub(crate) split: &'a Split,
    pub(crate) epochs: &'a [EpochRow],
    pub(crate) results: Results,
    pub(crate) pca: Baseline,
}

impl Page<'_> {
    /// Writes `report.html` and `reconstructions.png`.
    pub(crate) fn write(&self, folder: &RunFolder) -> Outcome {
        let measured = self.split.measured();
        let first = self.samples("First rows", measured, (0..measured.rows().min(SHOWN)).collect());
        let picture = pictures::reconstructions(&first.originals, &first.reconstructions, first.image);
        folder.write(PICTURE, &picture)?;
        folder.write(REPORT, self.run(first).to_html().as_bytes())
    }

    fn run(&self, first: Samples) -> latents_report::Run {
        let measured = self.split.measured();
        let errors = self.model.reconstruction_errors(measured);
        let mut worst: Vec<usize> = (0..errors.len()).collect();
        worst.sort_by(|&a, &b| errors[b].total_cmp(&errors[a]));
        worst.truncate(SHOWN);
        let (config, facts) = (self.config, &self.config.run);
        latents_report::Run {
            title: format!("{} on {}", config.model.kind(), config.data.name()),
            model: config.model.title(),
            command: facts.command.clone(),
            created: facts.created.clone(),
            version: facts.version.clone(),
            numerics_version: facts.numerics_version.to_string(),
            seed: config.training.seed,
            threads: facts.threads,
            data: self.data_lines(),
            settings: settings(config),
            layers: layer_rows(self.model),
            parameters: self.model.parameter_count(),
            loss_name: "Mean squared error".to_owned(),
            epochs: self.epochs.to_vec(),
            results: self.results.clone(),
            baselines: self.pca.for_report(),
            samples: vec![first, self.samples("Largest errors", measured, worst)],
            row_errors: errors,
            latent: self.latent_map(),
            filters: self.filters(),
            notes: notes(config, self.split),
        }
    }

    /// What was read, and the names of the columns.
    fn data_lines(&self) -> Vec<String> {
        let mut lines = self.split.describe();
        if let Some(names) = self.split.train.column_names() {
            let dots = if names.len() > NAMED { ", …" } else { "" };
            let shown: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
            lines.push(format!("columns: {}{dots}", shown.join(", ")));
        }
        lines
    }

    fn samples(&self, title: &str, data: &Dataset, rows: Vec<usize>) -> Samples {
        let originals = data.gather::<f32>(&rows);
        Samples {
            title: title.to_owned(),
            reconstructions: self.model.reconstruct_data(&originals),
            originals,
            errors: Vec::new(),
            labels: labels(data, &rows),
            rows: numbers(data, &rows),
            image: image(self.config),
        }
    }

    /// The codes in the plane: as they are where they have two numbers, else their first two principal components.
    fn latent_map(&self) -> Option<LatentMap> {
        let measured = self.split.measured();
        let every = measured.rows().div_ceil(MAPPED);
        let rows: Vec<usize> = (0..measured.rows()).step_by(every).collect();
        let codes = model::codes(self.model, &measured.select(&rows));
        let (points, axes) = match self.model.latent_dim() {
            0 | 1 => return None,
            2 => (codes, ["First number of the code", "Second number of the code"]),
            _ if rows.len() < 3 => return None,
            _ => {
                let plane = Pca::fit(&codes, 2).ok()?;
                (
                    plane.transform(&codes),
                    [
                        "First principal component of the code",
                        "Second principal component of the code",
                    ],
                )
            }
        };
        Some(LatentMap {
            points,
            labels: labels(measured, &rows),
            rows: numbers(measured, &rows),
            chosen_from: measured.rows(),
            axes: axes.map(str::to_owned),
        })
    }

    /// The weights of the first layer as pictures, where rows are pictures.
    fn filters(&self) -> Option<Filters> {
        let image = image(self.config)?;
        let mut weights: Option<Tensor> = None;
        self.model.visit(&mut |parameter| {
            weights.get_or_insert_with(|| parameter.value().clone());
        });
        let weights = weights.filter(|weights| weights.rank() == 2 && weights.size(1) == image.count())?;
        Some(Filters { weights, image })
    }
}

/// The class of each row, where rows have one.
fn labels(data: &Dataset, rows: &[usize]) -> Vec<String> {
    let class = |&row: &usize| Some(data.class_names()?[data.class(row)?].clone());
    rows.iter().filter_map(class).collect()
}

/// The number of each row in the data as they were read, from 1.
fn numbers(data: &Dataset, rows: &[usize]) -> Vec<usize> {
    rows.iter().map(|&row| data.source_row(row) + 1).collect()
}

/// How a run ended. `complete` are the epochs that tell how fast it was, `train_loss` is that of the weights kept.
pub(crate) fn results(
    model: &Model,
    split: &Split,
    evaluation: &Evaluation,
    epochs: &[EpochRow],
    complete: &[EpochRow],
    train_loss: Option<f64>,
) -> Results {
    let seconds_per_epoch = median(complete.iter().map(|epoch| epoch.seconds).collect());
    let rate = |seconds: f64| split.train.rows() as f64 / seconds;
    Results {
        train_loss,
        validation_loss: split.validation.as_ref().map(|_| evaluation.loss),
        mse: Some(evaluation.mse),
        explained_variance: Some(evaluation.explained_variance),
        samples_per_second: seconds_per_epoch.filter(|&seconds| seconds > 0.0).map(rate),
        seconds_per_epoch,
        seconds: Some(epochs.iter().map(|epoch| epoch.seconds).sum()),
        parameters_sha256: Some(latents_nn::parameters_sha256(model)),
    }
}

/// The epoch whose weights the trainer kept, found again from the history: the best if it was patient, else the last.
pub(crate) fn kept_epoch(epochs: &[EpochRow], patient: bool) -> Option<&EpochRow> {
    let loss = |epoch: &EpochRow| epoch.validation_loss.unwrap_or(epoch.train_loss);
    match patient {
        true => epochs.iter().min_by(|a, b| loss(a).total_cmp(&loss(b))),
        false => epochs.last(),
    }
}

/// The model, layer by layer, as it is shown.
pub(crate) fn layer_rows(model: &Model) -> Vec<LayerRow> {
    let shape = |sizes: &[usize]| {
        let rest: Vec<String> = sizes.iter().skip(1).map(|size| size.to_string()).collect();
        format!("(batch, {})", rest.join(", "))
    };
    let rows = Autoencoder::layers(model);
    rows.iter()
        .map(|row| LayerRow {
            name: format!("{} {}", row.name, row.kind),
            output_shape: shape(&row.output_shape),
            parameters: row.parameters,
        })
        .collect()
}

/// PCA of the model's code size, fitted on the training rows and measured on the others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Baseline {
    components: usize,
    /// The mean squared error, where PCA could be fitted.
    pub(crate) loss: Option<f64>,
}

impl Baseline {
    pub(crate) fn of(split: &Split, latent: usize) -> Self {
        let components = latent.min(split.train.columns()).min(split.train.rows());
        let loss = Pca::fit(&split.train, components).map(|pca| pca.mse(split.measured()));
        Self {
            components,
            loss: loss.ok().filter(|loss| loss.is_finite()),
        }
    }

    /// `PCA, 8 components`.
    pub(crate) fn name(&self) -> String {
        format!("PCA, {}", counted(self.components, "component"))
    }

    fn for_report(&self) -> Vec<latents_report::Baseline> {
        let baseline = |validation_mse| latents_report::Baseline {
            name: self.name(),
            validation_mse,
        };
        self.loss.map(baseline).into_iter().collect()
    }
}

/// How rows make pictures that the report can draw.
pub(crate) fn image(config: &RunConfig) -> Option<ImageShape> {
    let shape = config.data.image_shape()?;
    let drawable = matches!(shape.channels, 1 | 3);
    drawable.then_some(ImageShape {
        height: shape.height,
        width: shape.width,
        channels: shape.channels,
    })
}

fn settings(config: &RunConfig) -> Vec<(String, String)> {
    let training = &config.training;
    let mut settings = vec![
        ("Epochs", training.epochs.to_string()),
        ("Batch size", training.batch_size.to_string()),
        ("Optimiser", training.optimizer.to_string()),
    ];
    if let Some(patience) = training.patience {
        settings.push((
            "Stops",
            format!("after {patience} epochs without a lower validation loss"),
        ));
    }
    settings
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn notes(config: &RunConfig, split: &Split) -> Vec<String> {
    let mut notes = Vec::new();
    if config.run.out_of_time {
        notes.push(format!(
            "The time that the training had was up; {}.",
            config.kept_when_out_of_time()
        ));
    } else if config.run.interrupted {
        let kept = match config.training.patience {
            Some(_) => "the best weights are kept",
            None => "these are the weights it had then",
        };
        notes.push(format!("The training was stopped before its end; {kept}."));
    }
    if split.validation.is_none() {
        notes.push("No rows were held out: all figures are of the rows that the model learnt.".to_owned());
    }
    notes
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() % 2 {
        _ if values.is_empty() => None,
        1 => Some(values[middle]),
        _ => Some((values[middle - 1] + values[middle]) / 2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_epoch_is_kept_with_patience() {
        let row = |epoch, train_loss, validation_loss| EpochRow {
            epoch,
            train_loss,
            validation_loss,
            seconds: 1.0,
        };
        let kept = |epochs: &[EpochRow], patient| kept_epoch(epochs, patient).map(|row| row.epoch);
        let alone = [row(1, 0.5, None), row(2, 0.2, None), row(3, 0.3, None)];
        assert_eq!((kept(&alone, true), kept(&alone, false)), (Some(2), Some(3)));
        let validated = [
            row(1, 0.5, Some(0.4)),
            row(2, 0.2, Some(0.4)),
            row(3, 0.1, Some(0.6)),
        ];
        assert_eq!((kept(&validated, true), kept(&[], true)), (Some(1), None));
    }
}
