//! Rows with their reconstructions: as tables of images, or as small charts for tabular rows.

use super::markup::safe;
use super::thumbnails::{pictures, shown_size};
use crate::Samples;
use crate::chart::Profile;
use crate::pictures::{ImageShape, Palette, Range, check, check_pair};
use latents_tensor::{ShapeError, Tensor};
use latents_text::{number, printable};
use minijinja::{Value, context};

/// Largest number of rows shown.
const ROWS: usize = 60;
/// Width available for the images of one strip, in pixels.
const STRIP: usize = 840;

/// One group of rows; `None` if it is empty.
#[track_caller]
pub(super) fn view(samples: &Samples) -> Option<Value> {
    check_pair(&samples.originals, &samples.reconstructions);
    let rows = samples.originals.size(0);
    if !samples.errors.is_empty() && samples.errors.len() != rows {
        let reason = format!("{} errors for these rows", samples.errors.len());
        ShapeError::new("samples", reason, &[samples.originals.shape()]).raise();
    }
    if samples.originals.is_empty() {
        return None;
    }
    let shown = rows.min(ROWS);
    let row = |index: usize| Row {
        number: number::count(samples.rows.get(index).copied().unwrap_or(index + 1)),
        class: samples.labels.get(index).map(|label| printable(label)),
    };
    let parts = Parts {
        rows: (0..shown).map(row).collect(),
        originals: samples.originals.narrow(0, 0, shown),
        reconstructions: samples.reconstructions.narrow(0, 0, shown),
        errors: errors(samples),
    };
    Some(match samples.image {
        Some(shape) => {
            check(&samples.originals, shape);
            let (strips, differs) = strips(&parts, shape);
            context! { title => printable(&samples.title), strips, differs }
        }
        None => context! { title => printable(&samples.title), profiles => profiles(&parts) },
    })
}

/// A row's number in the data and its class.
struct Row {
    number: String,
    class: Option<String>,
}

impl Row {
    /// `1,234 (seven)`.
    fn name(&self) -> String {
        match &self.class {
            Some(class) => format!("{} ({class})", self.number),
            None => self.number.clone(),
        }
    }
}

/// The rows to show.
struct Parts {
    rows: Vec<Row>,
    originals: Tensor,
    reconstructions: Tensor,
    errors: Vec<f64>,
}

/// The mean squared error of each row, given or computed.
fn errors(samples: &Samples) -> Vec<f64> {
    if !samples.errors.is_empty() {
        return samples.errors.clone();
    }
    let columns = samples.originals.size(1);
    let (originals, copies) = (samples.originals.to_vec(), samples.reconstructions.to_vec());
    let rows = originals.chunks_exact(columns).zip(copies.chunks_exact(columns));
    let square = |(a, b): (&f32, &f32)| (f64::from(*a) - f64::from(*b)) * (f64::from(*a) - f64::from(*b));
    rows.map(|(row, copy)| row.iter().zip(copy).map(square).sum::<f64>() / columns as f64)
        .collect()
}

/// Strips of images, and the largest difference between a pixel and its reconstruction.
fn strips(parts: &Parts, shape: ImageShape) -> (Vec<Value>, String) {
    let (width, height) = shown_size(shape);
    let columns = (STRIP / (width.max(56) + 12)).clamp(1, 12);
    let common = Range::Data.ends(&parts.originals.to_vec());
    let range = Range::Fixed(common.0, common.1);
    let (differences, largest) = differences(parts, shape);
    let gray = ImageShape { channels: 1, ..shape };
    let rows = parts.originals.size(0);
    let starts = (0..rows).step_by(columns);
    let strips = starts.map(|start| {
        let end = (start + columns).min(rows);
        let names: Vec<String> = parts.rows[start..end].iter().map(Row::name).collect();
        context! {
            names, width, height,
            originals => pictures(&parts.originals, start..end, shape, Palette::Gray, range),
            reconstructions => pictures(&parts.reconstructions, start..end, shape, Palette::Gray, range),
            differences => pictures(&differences, start..end, gray, Palette::Heat, Range::Fixed(0.0, largest)),
            errors => parts.errors[start..end].iter().map(|&error| number::significant(error, 2)).collect::<Vec<_>>(),
        }
    });
    (strips.collect(), number::significant(largest.into(), 2))
}

/// The absolute difference of each pixel (maximum over its channels), `(rows, pixels)`, and the maximum over all pixels.
fn differences(parts: &Parts, shape: ImageShape) -> (Tensor, f32) {
    let (originals, copies) = (parts.originals.to_vec(), parts.reconstructions.to_vec());
    let magnitudes: Vec<f32> = originals
        .iter()
        .zip(&copies)
        .map(|(a, b)| (a - b).abs())
        .collect();
    // `f32::max` would drop NaN.
    let larger = |a: f32, b: f32| if b.is_nan() || b > a { b } else { a };
    let pixels: Vec<f32> = magnitudes
        .chunks_exact(shape.channels)
        .map(|pixel| pixel.iter().copied().fold(0.0, larger))
        .collect();
    let largest = pixels
        .iter()
        .copied()
        .filter(|value| value.is_finite())
        .fold(0.0, f32::max);
    let rows = parts.originals.size(0);
    (
        Tensor::from_vec(pixels, [rows, shape.height * shape.width]),
        largest,
    )
}

/// Small charts of the rows, on a common axis.
fn profiles(parts: &Parts) -> Vec<Value> {
    let columns = parts.originals.size(1);
    let double = |tensor: &Tensor| tensor.to_vec().into_iter().map(f64::from).collect::<Vec<f64>>();
    let (originals, copies) = (double(&parts.originals), double(&parts.reconstructions));
    let finite = originals
        .iter()
        .chain(&copies)
        .copied()
        .filter(|value| value.is_finite());
    let ends = finite.fold(None, |ends: Option<(f64, f64)>, value| {
        let (low, high) = ends.unwrap_or((value, value));
        Some((low.min(value), high.max(value)))
    });
    let rows = originals.chunks_exact(columns).zip(copies.chunks_exact(columns));
    let charts = rows
        .zip(&parts.errors)
        .enumerate()
        .map(|(index, ((row, copy), &error))| Profile {
            title: format!(
                "Row {}, error {}",
                parts.rows[index].name(),
                number::significant(error, 2)
            ),
            original: row.to_vec(),
            reconstruction: copy.to_vec(),
            ends,
            ..Profile::default()
        });
    charts.map(|chart| safe(chart.svg())).collect()
}
