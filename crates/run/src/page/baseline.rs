//! PCA of the same size, for every model.

use crate::split::Split;
use latents_classical::Pca;
use latents_report::{Better, Comparison, Method, Metric, Results};
use latents_text::number::counted;

/// PCA of the model's code size, fitted on the training rows and measured on the others. With as many components as
/// columns it is exact, and does not measure a model: then there is no baseline.
#[derive(Clone, Debug)]
pub struct Baseline {
    components: usize,
    /// Where it could be fitted.
    pub(super) pca: Option<Pca>,
    /// The mean squared error, where PCA could be fitted.
    pub loss: Option<f64>,
}

impl Baseline {
    pub(crate) fn of(split: &Split, latent: usize) -> Self {
        let components = latent.min(split.train.columns()).min(split.train.rows());
        let pca = match components < split.train.columns() {
            true => Pca::fit(&split.train, components).ok(),
            false => None,
        };
        let loss = pca.as_ref().map(|pca| pca.mse(split.measured()));
        Self {
            components,
            pca,
            loss: loss.filter(|loss| loss.is_finite()),
        }
    }

    /// `PCA, 8 components`.
    pub fn name(&self) -> String {
        format!("PCA, {}", counted(self.components, "component"))
    }

    pub(super) fn for_report(&self) -> Vec<latents_report::BaselineEntry> {
        let baseline = |validation_mse| latents_report::BaselineEntry {
            name: self.name(),
            validation_mse,
        };
        self.loss.map(baseline).into_iter().collect()
    }

    /// The figures of reconstructions, the run's model first.
    pub(super) fn comparison(&self, model: &str, results: &Results) -> Option<Comparison> {
        let (mse, explained) = (results.mse?, results.explained_variance);
        // Both figures are of the same rows: they tell the rows' variance.
        let variance = explained
            .filter(|explained| *explained < 1.0)
            .map(|explained| mse / (1.0 - explained));
        let of_pca = self
            .loss
            .zip(variance)
            .map(|(loss, variance)| 1.0 - loss / variance);
        let metric = |name: &str, better| Metric {
            name: name.to_owned(),
            better,
        };
        Some(Comparison {
            title: "Reconstruction".to_owned(),
            about: "On rows that were held out, where there are any.".to_owned(),
            metrics: vec![
                metric("Mean squared error", Better::Lower),
                metric("Explained variance", Better::Higher),
            ],
            methods: std::iter::once(Method {
                name: model.to_owned(),
                ours: true,
                values: vec![Some(mse), explained],
            })
            .chain(self.loss.map(|loss| Method {
                name: self.name(),
                ours: false,
                values: vec![Some(loss), of_pca],
            }))
            .collect(),
        })
    }
}
