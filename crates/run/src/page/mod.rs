//! The page and the image of a run.

mod alarms;
mod baseline;
mod codes;
mod denoising;
mod features;
mod findings;
mod gallery;
mod parts;
mod results;
mod subject;
mod words;

pub use baseline::Baseline;
pub(crate) use findings::{before_training, diagnosed, unsaid};
pub use parts::epoch_row;
pub use results::layer_rows;
pub(crate) use results::{kept_epoch, results};
pub(crate) use subject::Subject;

use crate::error::Outcome;
use crate::folder::{PICTURE, REPORT, RunFolder};
use latents_autoencoders::{Section, row_errors};
use latents_classical::quantile;
use latents_data::Dataset;
use latents_report::pictures::{self, ImageShape};
use latents_report::{Filters, Samples};
use latents_tensor::Tensor;
use subject::{labels, numbers};

/// Rows in `reconstructions.png`, and in each group on the page.
const SHOWN: usize = 20;

impl Subject<'_> {
    /// Writes `report.html` and `reconstructions.png`.
    pub(crate) fn write(&self, folder: &RunFolder) -> Outcome {
        let measured = self.split.measured();
        let first = self.samples("First rows", measured, (0..measured.rows().min(SHOWN)).collect());
        let picture = pictures::reconstructions(&first.originals, &first.reconstructions, first.image);
        folder.write(PICTURE, &picture)?;
        folder.write(REPORT, self.run(first).to_html().as_bytes())
    }

    fn run(&self, first: Samples) -> latents_report::RunPage {
        let measured = self.split.measured();
        let errors = self.model.reconstruction_errors(measured);
        let mut worst: Vec<usize> = (0..errors.len()).collect();
        worst.sort_by(|&a, &b| errors[b].total_cmp(&errors[a]));
        worst.truncate(SHOWN);
        let (config, facts) = (self.config, &self.config.run);
        let model_facts = config.model.facts();
        let chosen = codes::Chosen::of(self.model, measured);
        latents_report::RunPage {
            title: format!("{} on {}", config.model.kind(), config.data.name()),
            model: config.model.title(),
            command: facts.command.clone(),
            created: facts.created.clone(),
            version: facts.version.clone(),
            numerics_version: facts.numerics_version.to_string(),
            seed: config.training.seed,
            threads: facts.threads,
            data: words::data_lines(self.split),
            settings: words::settings(config),
            layers: layer_rows(self.model),
            parameters: self.model.parameter_count(),
            loss_name: model_facts.loss_name.to_string(),
            epochs: self.epochs.to_vec(),
            parts_name: model_facts.parts_name.to_owned(),
            loss_parts: parts::curves(self.epochs),
            results: self.results.clone(),
            baselines: self.pca.for_report(),
            samples: vec![first, self.samples("Largest errors", measured, worst)],
            threshold: self.threshold(&errors),
            row_errors: errors,
            latent: chosen.map(self.model),
            filters: self.filters(),
            findings: findings::for_report(self.findings),
            alarms: alarms::of(self),
            denoising: denoising::of(self),
            galleries: gallery::all(self, &chosen),
            comparisons: [
                self.pca.comparison(&config.model.title(), self.results),
                chosen.quality(
                    self.model,
                    self.pca,
                    features::of(self, codes::NEIGHBOURS).as_ref(),
                ),
            ]
            .into_iter()
            .flatten()
            .collect(),
            tables: self.model.sections(&chosen.data).into_iter().map(table).collect(),
            notes: words::notes(config, self.split),
        }
    }

    /// What 95 % of the held-out rows stay below, where there are enough of them.
    fn threshold(&self, errors: &[f64]) -> Option<latents_report::ThresholdLine> {
        let held_out = self.split.validation.is_some() && errors.len() >= 20;
        let value = held_out.then(|| quantile(errors, 0.95))?.ok()?;
        Some(latents_report::ThresholdLine {
            value,
            reason: "95% of held-out rows are below".to_owned(),
        })
    }

    fn samples(&self, title: &str, data: &Dataset, rows: Vec<usize>) -> Samples {
        let originals = data.gather::<f32>(&rows);
        let reconstructions = self.model.reconstruct_data(&originals);
        // In the units of the model, like those of the whole table.
        let mean = |square: f64| square / data.columns() as f64;
        let errors = row_errors(&originals, &reconstructions)
            .into_iter()
            .map(mean)
            .collect();
        let (originals, reconstructions) = match self.image() {
            Some(_) => {
                let tones = self.tones();
                (tones.pixels(&originals), tones.shares(&reconstructions))
            }
            None => (originals, reconstructions),
        };
        Samples {
            title: title.to_owned(),
            reconstructions,
            originals,
            errors,
            labels: labels(data, &rows),
            rows: numbers(data, &rows),
            image: self.image(),
        }
    }

    /// The weights of the first layer as images, where rows are images.
    fn filters(&self) -> Option<Filters> {
        let image = self.image()?;
        let mut weights: Option<Tensor> = None;
        self.model.visit(&mut |parameter| {
            weights.get_or_insert_with(|| parameter.value().clone());
        });
        let weights = weights?;
        let shape = weights.shape();
        match shape[..] {
            [_, inputs] if inputs == image.len() => Some(Filters { weights, image }),
            // A convolution of grey images.
            [filters, 1, height, width] => Some(Filters {
                weights: weights.reshape([filters, height * width]),
                image: ImageShape::grey(height, width),
            }),
            _ => None,
        }
    }
}

fn table(section: Section) -> latents_report::Table {
    latents_report::Table {
        title: section.title,
        about: section.about,
        columns: section.columns,
        rows: section.rows,
    }
}
