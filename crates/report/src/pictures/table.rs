//! Tabular rows as strips of coloured cells.

use super::canvas::Canvas;
use super::color::{Palette, Range, share};
use latents_tensor::{ShapeError, Tensor};

/// Approximate width of a heat map, in pixels.
const WIDTH: usize = 640;
/// Height of a strip, in pixels.
const STRIP: usize = 14;
/// Pixels between pairs of strips.
const GAP: usize = 6;

/// Draws the matrix `rows` `(rows, columns)` as a heat map, one strip per row and one cell per column, and encodes it as PNG.
///
/// # Panics
/// If `rows` is empty or not a matrix.
///
/// ```
/// # use latents_report::pictures::{Palette, Range, heat_map};
/// # use latents_tensor::Tensor;
/// let png = heat_map(&Tensor::zeros([2, 3]), Palette::Viridis, Range::Fixed(0.0, 1.0));
/// assert!(png.starts_with(b"\x89PNG"));
/// ```
#[track_caller]
pub fn heat_map(rows: &Tensor, palette: Palette, range: Range) -> Vec<u8> {
    if rows.rank() != 2 || rows.is_empty() {
        ShapeError::new("heat_map", "expected a non-empty matrix", &[rows.shape()]).raise();
    }
    let columns = rows.size(1);
    let values = rows.to_vec();
    let common = range.ends(&values);
    let mut canvas = Canvas::new(columns * cell(columns), rows.size(0) * STRIP, [255; 3]);
    for (index, row) in values.chunks_exact(columns).enumerate() {
        let ends = match range {
            Range::SymmetricEach => vec![range.ends(row); columns],
            _ => vec![common; columns],
        };
        strip(&mut canvas, index * STRIP, 0, row, &ends, palette);
    }
    canvas.png()
}

/// Originals with their reconstructions directly below, each column in the range of its originals.
#[track_caller]
pub(super) fn pairs(originals: &Tensor, reconstructions: &Tensor) -> Vec<u8> {
    if originals.is_empty() {
        let shapes = [originals.shape(), reconstructions.shape()];
        ShapeError::new("images", "expected a non-empty matrix", &shapes).raise();
    }
    let columns = originals.size(1);
    let (above, below) = (originals.to_vec(), reconstructions.to_vec());
    let ends = column_ends(&above, columns);
    let width = columns * cell(columns) + 2 * GAP;
    let height = originals.size(0) * (2 * STRIP + GAP) + GAP;
    let mut canvas = Canvas::new(width, height, [255; 3]);
    let rows = above.chunks_exact(columns).zip(below.chunks_exact(columns));
    for (index, (original, copy)) in rows.enumerate() {
        let top = GAP + index * (2 * STRIP + GAP);
        strip(&mut canvas, top, GAP, original, &ends, Palette::Viridis);
        strip(&mut canvas, top + STRIP, GAP, copy, &ends, Palette::Viridis);
    }
    canvas.png()
}

/// The minimum and the maximum of each column.
fn column_ends(values: &[f32], columns: usize) -> Vec<(f32, f32)> {
    let column = |index| {
        values
            .iter()
            .skip(index)
            .step_by(columns)
            .copied()
            .collect::<Vec<f32>>()
    };
    (0..columns)
        .map(|index| Range::Data.ends(&column(index)))
        .collect()
}

/// The width of a cell.
fn cell(columns: usize) -> usize {
    (WIDTH / columns).max(1)
}

fn strip(canvas: &mut Canvas, top: usize, left: usize, row: &[f32], ends: &[(f32, f32)], palette: Palette) {
    let width = cell(row.len());
    for (column, (&value, &ends)) in row.iter().zip(ends).enumerate() {
        let corner = (left + column * width, top);
        canvas.fill(corner, (width, STRIP), palette.color(share(value, ends)));
    }
}
