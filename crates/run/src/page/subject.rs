//! `Subject`: all that the page of a run is made of.

use super::baseline::Baseline;
use crate::config::RunConfig;
use crate::split::Split;
use crate::tones::Tones;
use latents_autoencoders::Autoencoder;
use latents_data::Dataset;
use latents_doctor::Finding;
use latents_report::pictures::ImageShape;
use latents_report::{EpochRow, Results};

/// All that the page of a run is made of.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) config: &'a RunConfig,
    pub(crate) model: &'a dyn Autoencoder,
    pub(crate) split: &'a Split,
    pub(crate) epochs: &'a [EpochRow],
    pub(crate) results: &'a Results,
    pub(crate) pca: &'a Baseline,
    pub(crate) findings: &'a [Finding],
}

impl Subject<'_> {
    /// How rows of the training data are drawn.
    pub(super) fn tones(&self) -> Tones<'_> {
        Tones::of(self.config, &self.split.train)
    }

    /// How rows make images, if they do.
    pub(super) fn image(&self) -> Option<ImageShape> {
        self.config.data.drawable_image()
    }
}

/// The class of each row, where rows have one.
pub(super) fn labels(data: &Dataset, rows: &[usize]) -> Vec<String> {
    let class = |&row: &usize| Some(data.class_names()?[data.class(row)?].clone());
    rows.iter().filter_map(class).collect()
}

/// The number of each row in the data as they were read, from 1.
pub(super) fn numbers(data: &Dataset, rows: &[usize]) -> Vec<usize> {
    rows.iter().map(|&row| data.source_row(row) + 1).collect()
}
