//! Rows as small images, each a separate PNG that a reader can enlarge or save.

use super::markup::data_uri;
use crate::pictures::{Grid, ImageShape, Palette, Range, image_grid};
use latents_tensor::Tensor;
use minijinja::Value;

/// Approximate size of an image on the page, in pixels.
const SIDE: usize = 72;

/// Displayed width and height of an image. Small images are enlarged by whole factors, so that all pixels have the same size.
pub(super) fn shown_size(shape: ImageShape) -> (usize, usize) {
    let longest = shape.height.max(shape.width);
    match SIDE / longest {
        0 => (
            (SIDE * shape.width / longest).max(1),
            (SIDE * shape.height / longest).max(1),
        ),
        scale => (shape.width * scale, shape.height * scale),
    }
}

/// The images of some rows, one PNG each.
pub(super) fn pictures(
    rows: &Tensor,
    which: std::ops::Range<usize>,
    shape: ImageShape,
    palette: Palette,
    range: Range,
) -> Vec<Value> {
    let grid = Grid {
        columns: Some(1),
        scale: Some(1),
        padding: 0,
        palette,
        range,
        ..Grid::default()
    };
    which
        .map(|row| data_uri(&image_grid(&rows.narrow(0, row, row + 1), shape, &grid)))
        .collect()
}
