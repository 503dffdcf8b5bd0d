//! Sprites: images with known factors, drawn by a formula.

use super::generator::{Generator, Random, Synthetic};
use crate::{DataError, Dataset, ImageShape, Labels, Scaling};
use latents_tensor::simd::Math;

/// Pixels of an edge.
const EDGE: usize = 64;
const SHAPES: [&str; 3] = ["square", "ellipse", "heart"];
const SCALES: usize = 6;
const ORIENTATIONS: usize = 40;
const POSITIONS: usize = 32;
const FACTORS: [&str; 5] = ["shape", "scale", "orientation", "x", "y"];

pub(super) const SPRITES: Generator = Generator {
    name: "sprites",
    help: "white shapes on 64×64 pixels: 3 shapes (the class), 6 scales, 40 orientations, 32×32 positions",
    truth: "the shape, the scale, the orientation and the position, as numbers from 0",
    row_bytes: EDGE * EDGE + FACTORS.len() * 8,
    draw,
};

/// The factors of an image, as numbers of their values.
struct Factors {
    shape: usize,
    scale: usize,
    orientation: usize,
    x: usize,
    y: usize,
}

impl Factors {
    /// In the order of their names.
    fn numbers(&self) -> [f64; 5] {
        [self.shape, self.scale, self.orientation, self.x, self.y].map(|number| number as f64)
    }
}

fn draw(name: &str, rows: usize, random: &mut Random) -> Result<Synthetic, DataError> {
    let (mut pixels, mut classes) = (Vec::with_capacity(rows * EDGE * EDGE), Vec::with_capacity(rows));
    let mut all_factors = Vec::with_capacity(rows * FACTORS.len());
    for _ in 0..rows {
        let factors = Factors {
            shape: random.below(SHAPES.len()),
            scale: random.below(SCALES),
            orientation: random.below(ORIENTATIONS),
            x: random.below(POSITIONS),
            y: random.below(POSITIONS),
        };
        image(&factors, &mut pixels);
        classes.push(SHAPES[factors.shape]);
        all_factors.extend(factors.numbers());
    }
    let shape = ImageShape {
        height: EDGE,
        width: EDGE,
        channels: 1,
    };
    let data = Dataset::new(name, pixels, EDGE * EDGE)?
        .with_image_shape(shape)?
        .with_labels(Labels::from_texts(classes))?
        .with_scaling(Scaling::Divide { by: 255.0 })?;
    Ok(Synthetic::new(data, &FACTORS, all_factors))
}

/// Appends the pixels of an image: white where the middle of a pixel lies in the shape.
fn image(factors: &Factors, pixels: &mut Vec<u8>) {
    let place = |number: usize, of: usize| number as f64 / (of - 1) as f64;
    let radius = EDGE as f64 * (0.1 + 0.08 * place(factors.scale, SCALES));
    let centre = |number| EDGE as f64 * (0.25 + 0.5 * place(number, POSITIONS));
    let (cx, cy) = (centre(factors.x), centre(factors.y));
    let turns = factors.orientation as f64 / ORIENTATIONS as f64;
    let (sin, cos) = f64::sin_cos_of_turns_lanes::<f64>(turns);
    for row in 0..EDGE {
        for column in 0..EDGE {
            let (dx, dy) = (
                (column as f64 + 0.5 - cx) / radius,
                (row as f64 + 0.5 - cy) / radius,
            );
            let (u, v) = (cos * dx + sin * dy, cos * dy - sin * dx);
            pixels.push(if is_inside(factors.shape, u, v) { 255 } else { 0 });
        }
    }
}

/// Whether a point lies in a shape of about unit radius around the origin.
fn is_inside(shape: usize, u: f64, v: f64) -> bool {
    match shape {
        0 => u.abs() <= 0.8 && v.abs() <= 0.8,
        1 => u * u + 3.0 * v * v <= 1.2,
        // (x² + y² − 1)³ = x² y³, upright and a little smaller.
        _ => {
            let (x, y) = (1.25 * u, -1.25 * v);
            let disc = x * x + y * y - 1.0;
            disc * disc * disc <= x * x * y * y * y
        }
    }
}
