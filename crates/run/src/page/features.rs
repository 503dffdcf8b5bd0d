//! How well the classes of held-out rows are predicted from codes, compared with PCA and the rows themselves.

use super::subject::Subject;
use crate::passes::{self, evenly};
use crate::probing::{Classes, Told};
use latents_classical::LogisticRegressionConfig;
use latents_data::Dataset;
use latents_text::number::counted;

/// Rows to fit on and to test on at most.
const ROWS: [usize; 2] = [2000, 1000];
/// Numbers in the rows to fit on at most: of images with many pixels fewer rows are taken.
const VALUES: usize = 1 << 24;
/// With more classes than these, regressions take longer than trainings.
const CLASSES: usize = 100;
/// Of a regression: the caption says where it was ended by them.
const ITERATIONS: usize = 50;

/// What classes are predicted from, and on how many rows.
pub(super) struct Features {
    rows: [usize; 2],
    pub(super) codes: Told,
    pub(super) pca: Option<Told>,
    pub(super) raw: Told,
}

/// Nothing where rows have no classes, or none were held out.
pub(super) fn of(page: &Subject<'_>, neighbours: usize) -> Option<Features> {
    let held_out = page.split.validation.as_ref()?;
    if !matches!(held_out.class_names()?.len(), 2..=CLASSES) {
        return None;
    }
    let most = VALUES / held_out.columns();
    let few = |data: &Dataset, rows: usize| data.select(&evenly(data, rows.min(most)));
    let parts = [few(&page.split.train, ROWS[0]), few(held_out, ROWS[1])];
    let [fitted, tested] = &parts;
    if fitted.rows() < neighbours {
        return None;
    }
    let classes = Classes::of(fitted, tested, neighbours);
    let regression = LogisticRegressionConfig::default().max_iterations(ITERATIONS);
    let told = |rows| classes.told_from(rows, regression).ok();
    let raw = [fitted, tested].map(|data| data.to_tensor::<f32>());
    let pca = page.pca.pca.as_ref();
    Some(Features {
        rows: [fitted.rows(), tested.rows()],
        codes: told([fitted, tested].map(|data| passes::codes(page.model, data)))?,
        pca: match pca {
            Some(pca) => Some(told([&raw[0], &raw[1]].map(|rows| pca.transform(rows)))?),
            None => None,
        },
        raw: told(raw)?,
    })
}

impl Features {
    /// Which rows the figures are of, for people.
    pub(super) fn about(&self) -> String {
        let ended = match [Some(self.codes), self.pca, Some(self.raw)]
            .into_iter()
            .flatten()
            .all(|told| told.converged)
        {
            true => String::new(),
            false => format!(" A regression was ended after {ITERATIONS} iterations."),
        };
        format!(
            " Accuracy: of k-NN and of logistic regression, both fitted to {} of the training, tested on {} held out.{ended}",
            counted(self.rows[0], "row"),
            counted(self.rows[1], "row"),
        )
    }
}
