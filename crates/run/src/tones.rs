//! `Tones`: which stored values are black and white in an image.

use crate::config::RunConfig;
use crate::run::Run;
use latents_data::{Dataset, ElementType, Scaling, ScalingRule, embedded};
use latents_tensor::Tensor;

/// The stored values that are black and white, and how rows as the model sees them become stored ones.
///
/// Regardless of the scaling of a model, its images look like those that it was given: rows in the model's units would not,
/// where each pixel has a mean and a deviation of its own.
pub(crate) struct Tones<'a> {
    scaling: &'a Scaling,
    /// Nothing where nobody knows: the least and the greatest value of what is drawn are taken.
    ends: Option<(f64, f64)>,
}

impl<'a> Tones<'a> {
    /// As rows of these data, which the run was trained on, are stored: bytes from 0 to 255, other numbers by their range.
    pub(crate) fn of(config: &'a RunConfig, data: &Dataset) -> Self {
        let scaling = &config.data.scaling;
        let known = from_scaling(config);
        let ends = match data.element_type() {
            _ if config.data.scale == ScalingRule::Automatic && known.is_some() => known,
            _ if data.range().0 >= 0.0 && data.range().1 <= 1.0 => Some((0.0, 1.0)),
            // The bytes of the embedded digits end at 16.
            ElementType::U8 if embedded(&config.data.source).is_none() => Some((0.0, 255.0)),
            _ => Some(data.range()),
        };
        Self { scaling, ends }
    }

    /// For what a run makes of `data`, which need not be those that it was trained on: noise may have taken them beyond
    /// the range of these.
    pub(crate) fn of_run(run: &'a Run, data: Option<&Dataset>) -> Self {
        let config = &run.config;
        let automatic = config.data.scale == ScalingRule::Automatic && from_scaling(config).is_some();
        match data {
            Some(data) if automatic || data.element_type() == ElementType::U8 => Self::of(config, data),
            _ if !automatic && let Ok(split) = run.split(None) => Self::of(config, &split.train),
            _ => Self {
                scaling: &config.data.scaling,
                ends: from_scaling(config).or(data.map(Dataset::range)),
            },
        }
    }

    /// Rows as the model sees them as shares: 0 is black and 1 is white. Values beyond the ends stay beyond.
    pub(crate) fn shares(&self, rows: &Tensor) -> Tensor {
        if matches!((self.scaling, self.ends), (Scaling::Divide { by }, Some((0.0, high))) if *by == high) {
            return rows.contiguous();
        }
        let values = self.scaling.invert(rows).to_vec();
        let (low, high) = self.ends.unwrap_or_else(|| range(&values));
        let span = if high > low { high - low } else { 1.0 };
        Tensor::from_fn(rows.shape(), |i| ((values[i] - low) / span) as f32)
    }

    /// As `shares`, from 0 to 1.
    pub(crate) fn pixels(&self, rows: &Tensor) -> Tensor {
        let values = self.shares(rows).to_vec();
        Tensor::from_fn(rows.shape(), |i| values[i].clamp(0.0, 1.0))
    }
}

/// What a scaling says of the values that it was fitted on.
fn from_scaling(config: &RunConfig) -> Option<(f64, f64)> {
    match &config.data.scaling {
        Scaling::Divide { by } if *by > 0.0 => Some((0.0, *by)),
        Scaling::MinMax(affine) => {
            let columns = affine.shift.iter().zip(&affine.scale);
            Some(columns.fold(
                (f64::INFINITY, f64::NEG_INFINITY),
                |(low, high), (shift, scale)| (low.min(*shift), high.max(shift + scale)),
            ))
        }
        _ => None,
    }
}

/// 0 and 1 where all values lie between them, else the least and the greatest of those that are finite.
fn range(values: &[f64]) -> (f64, f64) {
    let finite = values.iter().filter(|value| value.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &value| {
        (low.min(value), high.max(value))
    });
    if low > high || (low >= 0.0 && high <= 1.0) {
        (0.0, 1.0)
    } else {
        (low, high)
    }
}
