//! Curves and surfaces in two and three dimensions.

use super::generator::{Generator, Random, Synthetic, table};
use crate::{DataError, Labels};
use latents_tensor::simd::Math;

/// The standard deviation of the noise on the moons.
const NOISE: f64 = 0.1;

pub(super) const TWO_MOONS: Generator = Generator {
    name: "two-moons",
    help: "two interleaving half circles with normal noise of deviation 0.1; the class is the moon",
    truth: "the angle on the circle, in turns",
    row_bytes: 3 * 8,
    draw: two_moons,
};

pub(super) const SWISS_ROLL: Generator = Generator {
    name: "swiss-roll",
    help: "a plane that is rolled up in three dimensions (Tenenbaum et al. 2000)",
    truth: "the angle along the roll, in turns, and the height",
    row_bytes: (3 + 2) * 8,
    draw: |name, rows, random| {
        let row = |random: &mut Random| {
            let turns = 0.75 * (1.0 + 2.0 * random.unit());
            let (sin, cos) = sin_cos(turns);
            let radius = turns * std::f64::consts::TAU;
            let height = 21.0 * random.unit();
            ([radius * cos, height, radius * sin], [turns, height])
        };
        surface(name, rows, random, row)
    },
};

pub(super) const S_CURVE: Generator = Generator {
    name: "s-curve",
    help: "a sheet that is bent to an S in three dimensions",
    truth: "the angle along the curve, in turns, and the height",
    row_bytes: (3 + 2) * 8,
    draw: |name, rows, random| {
        let row = |random: &mut Random| {
            let turns = 1.5 * (random.unit() - 0.5);
            let (sin, cos) = sin_cos(turns);
            let side = if turns < 0.0 { -1.0 } else { 1.0 };
            let height = 2.0 * random.unit();
            ([sin, height, side * (cos - 1.0)], [turns, height])
        };
        surface(name, rows, random, row)
    },
};

fn two_moons(name: &str, rows: usize, random: &mut Random) -> Result<Synthetic, DataError> {
    let mut angles = Vec::with_capacity(rows);
    let (mut values, mut classes) = (Vec::with_capacity(2 * rows), Vec::with_capacity(rows));
    for row in 0..rows {
        let turns = 0.5 * random.unit();
        let (sin, cos) = sin_cos(turns);
        angles.push(turns);
        let lower = row % 2 == 1;
        let [x, y] = if lower { [1.0 - cos, 0.5 - sin] } else { [cos, sin] };
        values.extend([x + NOISE * random.normal(), y + NOISE * random.normal()]);
        classes.push(if lower { "lower" } else { "upper" });
    }
    let data = table(name, values, &["x", "y"])?.with_labels(Labels::from_texts(classes))?;
    Ok(Synthetic::new(data, &["angle"], angles))
}

fn surface(
    name: &str,
    rows: usize,
    random: &mut Random,
    row: impl Fn(&mut Random) -> ([f64; 3], [f64; 2]),
) -> Result<Synthetic, DataError> {
    let (mut values, mut factors) = (Vec::with_capacity(3 * rows), Vec::with_capacity(2 * rows));
    for _ in 0..rows {
        let (point, factor) = row(random);
        values.extend(point);
        factors.extend(factor);
    }
    Ok(Synthetic::new(
        table(name, values, &["x", "y", "z"])?,
        &["angle", "height"],
        factors,
    ))
}

/// Of an angle in turns.
fn sin_cos(turns: f64) -> (f64, f64) {
    f64::sin_cos_of_turns_lanes::<f64>(turns - turns.floor())
}
