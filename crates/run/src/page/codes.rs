//! What the codes are like: their map, and what they keep of the data's neighbourhoods.

use super::baseline::Baseline;
use super::features::Features;
use super::subject::{labels, numbers};
use super::words::chosen_rows;
use crate::passes::{self, evenly};
use crate::probing::Told;
use latents_autoencoders::Autoencoder;
use latents_classical::Pca;
use latents_data::Dataset;
use latents_metrics::{NeighbourhoodConfig, neighbour_accuracy, neighbourhood};
use latents_report::{Better, Comparison, LatentMap, Method, Metric};
use latents_tensor::Tensor;
use latents_text::number::counted;

/// Codes that are looked at: the time of neighbourhoods grows with the square.
const ROWS: usize = 2000;
/// Rows that make a neighbourhood.
pub(super) const NEIGHBOURS: usize = 5;

/// Rows evenly chosen from those that results are measured on, and their codes.
pub(super) struct Chosen {
    /// The rows as the model sees them: (rows, columns).
    pub(super) data: Tensor,
    /// (rows, latent).
    pub(super) codes: Tensor,
    /// The class of each row, none where they have none.
    pub(super) labels: Vec<String>,
    /// The number of each row in the data, from 1.
    pub(super) numbers: Vec<usize>,
    classes: Option<Vec<usize>>,
    chosen_from: usize,
}

impl Chosen {
    pub(super) fn of(model: &dyn Autoencoder, measured: &Dataset) -> Self {
        let rows = evenly(measured, ROWS);
        let class = |&row: &usize| measured.class(row);
        Self {
            data: measured.gather(&rows),
            codes: passes::codes(model, &measured.select(&rows)),
            labels: labels(measured, &rows),
            numbers: numbers(measured, &rows),
            classes: rows.iter().map(class).collect(),
            chosen_from: measured.rows(),
        }
    }

    fn rows(&self) -> usize {
        self.numbers.len()
    }

    /// The codes in the plane: as they are where they have two numbers, else their first two principal components.
    pub(super) fn map(&self, model: &dyn Autoencoder) -> Option<LatentMap> {
        let (points, axes) = match model.latent_dim() {
            0 | 1 => return None,
            2 => (
                self.codes.clone(),
                ["First latent dimension", "Second latent dimension"],
            ),
            _ if self.rows() < 3 => return None,
            _ => {
                let plane = Pca::fit(&self.codes, 2).ok()?;
                (
                    plane.transform(&self.codes),
                    [
                        "First principal component of the codes",
                        "Second principal component of the codes",
                    ],
                )
            }
        };
        Some(LatentMap {
            points,
            labels: self.labels.clone(),
            rows: self.numbers.clone(),
            chosen_from: self.chosen_from,
            axes: axes.map(str::to_owned),
        })
    }

    /// What codes keep of the neighbourhoods and the classes of the rows, compared with PCA of the same size and the rows
    /// themselves.
    pub(super) fn quality(
        &self,
        model: &dyn Autoencoder,
        pca: &Baseline,
        features: Option<&Features>,
    ) -> Option<Comparison> {
        let columns = self.data.size(1);
        let ours = (
            format!("this model, {}", counted(model.latent_dim(), "dimension")),
            true,
        );
        let mut methods = vec![self.method(ours, &self.codes, features.map(|features| features.codes))?];
        if let Some(fitted) = &pca.pca {
            let told = features.and_then(|features| features.pca);
            methods.extend(self.method((pca.name(), false), &fitted.transform(&self.data), told));
        }
        let raw = (format!("raw rows, {}", counted(columns, "column")), false);
        let classified = self.accuracies(&self.data, features.map(|features| features.raw));
        if !classified.is_empty() {
            methods.push(Method {
                name: raw.0,
                ours: raw.1,
                values: [vec![None, None], classified.clone()].concat(),
            });
        }
        let metric = |name: &str| Metric {
            name: name.to_owned(),
            better: Better::Higher,
        };
        let mut metrics = vec![metric("Trustworthiness"), metric("Continuity")];
        let accuracies = ["k-NN accuracy", "Logistic regression accuracy"];
        metrics.extend(accuracies.iter().take(classified.len()).map(|name| metric(name)));
        Some(Comparison {
            title: "Codes".to_owned(),
            about: format!(
                "{NEIGHBOURS} neighbours, {}. Trustworthiness: whether neighbours by code are neighbours by row; \
                 continuity: in reverse; both reach 1.{}",
                chosen_rows(self.rows(), self.chosen_from),
                match features {
                    Some(features) => features.about(),
                    None if classified.is_empty() => String::new(),
                    None => " k-NN accuracy: how often most neighbours have the row's class.".to_owned(),
                }
            ),
            metrics,
            methods,
        })
    }

    /// Nothing where there are too few rows.
    fn method(&self, (name, ours): (String, bool), codes: &Tensor, told: Option<Told>) -> Option<Method> {
        let config = NeighbourhoodConfig::default()
            .neighbours(NEIGHBOURS)
            .max_rows(ROWS)
            .seed(0);
        let found = neighbourhood(&self.data, codes, config).ok()?;
        Some(Method {
            name,
            ours,
            values: [
                vec![Some(found.trustworthiness), Some(found.continuity)],
                self.accuracies(codes, told),
            ]
            .concat(),
        })
    }

    /// Of nearest neighbours and of logistic regression. Where no rows were held out to test on: of the neighbours
    /// among the rows, where these have classes.
    fn accuracies(&self, codes: &Tensor, told: Option<Told>) -> Vec<Option<f64>> {
        let among = |classes| neighbour_accuracy(codes, classes, NEIGHBOURS, ROWS, 0).ok();
        match (told, &self.classes) {
            (Some(told), _) => [told.neighbours_error, told.logistic_error]
                .map(|error| Some(1.0 - error))
                .to_vec(),
            (None, Some(classes)) => among(classes).map(Some).into_iter().collect(),
            (None, None) => Vec::new(),
        }
    }
}
