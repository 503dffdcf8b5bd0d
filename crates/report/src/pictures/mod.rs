//! Images of rows as PNG bytes. The caller writes the files.

mod canvas;
mod color;
mod table;

pub use color::{Palette, Range};
pub use latents_data::ImageShape;
pub use table::heat_map;

use canvas::Canvas;
use color::{Rgb, byte, share};
use latents_tensor::{ShapeError, Tensor};

/// Layout and colours of a grid of images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Images per line. If `None`, the grid is about twice as wide as high.
    pub columns: Option<usize>,
    /// Output pixels per image pixel, in each direction. If `None`, chosen so that small images are visible.
    pub scale: Option<usize>,
    /// Pixels between and around the images.
    pub padding: usize,
    /// Colour of the padding.
    pub background: [u8; 3],
    /// Palette of single-channel images; images with three channels keep their colours.
    pub palette: Palette,
    /// Values at the ends of the palette.
    pub range: Range,
}

impl Default for Grid {
    fn default() -> Self {
        Self {
            columns: None,
            scale: None,
            padding: 4,
            background: [255, 255, 255],
            palette: Palette::Gray,
            range: Range::Data,
        }
    }
}

/// Images are enlarged to about this many pixels.
const VISIBLE: usize = 56;
/// Grids are not enlarged beyond about this many pixels in total.
const LARGE: usize = 1 << 24;

impl Grid {
    /// Output pixels per image pixel for a grid of `images` images.
    fn scale_for(&self, images: usize, shape: ImageShape) -> usize {
        self.scale.map(|scale| scale.max(1)).unwrap_or_else(|| {
            let visible = (VISIBLE / shape.height.max(shape.width)).max(1);
            let area = images * shape.height * shape.width;
            let fits = |scale: &usize| area.saturating_mul(scale * scale) <= LARGE;
            (1..=visible).rev().find(fits).unwrap_or(1)
        })
    }

    /// Blocks per line, so that blocks of `stacked` images make a grid about twice as wide as high.
    fn columns_for(&self, blocks: usize, stacked: usize) -> usize {
        let columns = self.columns.unwrap_or_else(|| (2 * blocks * stacked).isqrt());
        columns.clamp(1, blocks.max(1))
    }
}

/// Draws the rows of `images` `(images, pixels)` in a grid, line by line, and encodes it as PNG.
///
/// # Panics
/// If there are no rows, or if the row length does not match `shape`.
///
/// ```
/// # use latents_report::pictures::{Grid, ImageShape, image_grid};
/// # use latents_tensor::Tensor;
/// let png = image_grid(&Tensor::zeros([6, 64]), ImageShape::grey(8, 8), &Grid::default());
/// assert!(png.starts_with(b"\x89PNG"));
/// ```
#[track_caller]
pub fn image_grid(images: &Tensor, shape: ImageShape, grid: &Grid) -> Vec<u8> {
    check(images, shape);
    let rows = images.to_vec();
    let blocks: Vec<Block> = rows.chunks_exact(shape.len()).map(|row| vec![row]).collect();
    draw(&blocks, shape, grid, &rows)
}

/// Draws originals with their reconstructions below, both `(rows, columns)`, and encodes them as PNG.
///
/// Images are drawn in a grid, in the range of the originals (0…1 if all their values are in it). Without an image shape, rows
/// are drawn as strips of a heat map: each original above its reconstruction, each column in the range of its originals.
///
/// # Panics
/// If there are no rows, if the shapes differ, or if the row length does not match `image`.
///
/// ```
/// # use latents_report::pictures::reconstructions;
/// # use latents_tensor::Tensor;
/// let png = reconstructions(&Tensor::zeros([3, 4]), &Tensor::full([3, 4], 0.1), None);
/// assert!(png.starts_with(b"\x89PNG"));
/// ```
#[track_caller]
pub fn reconstructions(originals: &Tensor, reconstructions: &Tensor, image: Option<ImageShape>) -> Vec<u8> {
    check_pair(originals, reconstructions);
    let Some(shape) = image else {
        return table::pairs(originals, reconstructions);
    };
    check(originals, shape);
    let (above, below) = (originals.to_vec(), reconstructions.to_vec());
    let pairs = above
        .chunks_exact(shape.len())
        .zip(below.chunks_exact(shape.len()));
    let blocks: Vec<Block> = pairs.map(|(original, copy)| vec![original, copy]).collect();
    draw(&blocks, shape, &Grid::default(), &above)
}

/// Panics at the caller's line unless both are matrices of the same shape.
#[track_caller]
pub(crate) fn check_pair(originals: &Tensor, reconstructions: &Tensor) {
    let shapes = [originals.shape(), reconstructions.shape()];
    if originals.rank() != 2 || shapes[0] != shapes[1] {
        let reason = "originals and reconstructions must be matrices (rows, columns) of the same shape";
        ShapeError::new("report", reason, &shapes).raise();
    }
}

/// Panics at the caller's line unless there are rows and each is an image of `shape`.
#[track_caller]
pub(crate) fn check(images: &Tensor, shape: ImageShape) {
    let drawable = matches!(shape.channels, 1 | 3) && !shape.is_empty();
    if images.rank() != 2 || images.is_empty() || images.size(1) != shape.len() || !drawable {
        let reason = format!("the rows cannot be drawn as images of {shape:?} (1 or 3 channels)");
        let hint = "pass at least one image, one per row: (rows, height · width · channels)";
        ShapeError::new("images", reason, &[images.shape()])
            .hint(hint)
            .raise();
    }
}

/// Images drawn directly below each other.
type Block<'a> = Vec<&'a [f32]>;

/// Draws blocks with equal numbers of images; `ranged` are the values that determine the range.
fn draw(blocks: &[Block], shape: ImageShape, grid: &Grid, ranged: &[f32]) -> Vec<u8> {
    let stacked = blocks[0].len();
    let scale = grid.scale_for(blocks.len() * stacked, shape);
    let columns = grid.columns_for(blocks.len(), stacked);
    let lines = blocks.len().div_ceil(columns);
    // Half the padding separates the images within a block.
    let level_y = shape.height * scale + grid.padding / 2;
    let step_x = shape.width * scale + grid.padding;
    let step_y = level_y * stacked + grid.padding - grid.padding / 2;
    let mut canvas = Canvas::new(
        columns * step_x + grid.padding,
        lines * step_y + grid.padding,
        grid.background,
    );
    let common = grid.range.ends(ranged);
    for (index, block) in blocks.iter().enumerate() {
        let left = index % columns * step_x + grid.padding;
        let top = index / columns * step_y + grid.padding;
        for (level, image) in block.iter().enumerate() {
            let ends = match grid.range {
                Range::SymmetricEach => grid.range.ends(image),
                _ => common,
            };
            let top = top + level * level_y;
            paint(&mut canvas, (left, top), image, shape, scale, &|pixel| {
                color_of(pixel, ends, grid.palette)
            });
        }
    }
    canvas.png()
}

/// Draws one image; each of its pixels becomes a square of `scale` pixels.
fn paint(
    canvas: &mut Canvas,
    (left, top): (usize, usize),
    image: &[f32],
    shape: ImageShape,
    scale: usize,
    color: &dyn Fn(&[f32]) -> Rgb,
) {
    for (index, pixel) in image.chunks_exact(shape.channels).enumerate() {
        let (column, row) = (index % shape.width, index / shape.width);
        let corner = (left + column * scale, top + row * scale);
        canvas.fill(corner, (scale, scale), color(pixel));
    }
}

fn color_of(pixel: &[f32], ends: (f32, f32), palette: Palette) -> Rgb {
    match *pixel {
        [gray] => palette.color(share(gray, ends)),
        [red, green, blue] if !(red + green + blue).is_nan() => {
            [red, green, blue].map(|value| byte(share(value, ends)))
        }
        _ => color::NOT_A_NUMBER,
    }
}
