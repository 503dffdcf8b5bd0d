//! Curves and surfaces in two and three dimensions.

use super::{Generator, Random, named};
use crate::{DataError, Dataset, Labels};
use latents_tensor::simd::Math;

/// The standard deviation of the noise on the moons.
const NOISE: f64 = 0.1;

pub(super) const TWO_MOONS: Generator = Generator {
    name: "two-moons",
    help: "two interleaving half circles with normal noise of deviation 0.1; the class is the moon",
    draw: two_moons,
};

pub(super) const SWISS_ROLL: Generator = Generator {
    name: "swiss-roll",
    help: "a plane that is rolled up in three dimensions (Tenenbaum et al. 2000)",
    draw: |rows, random| {
        let row = |random: &mut Random| {
            let turns = 0.75 * (1.0 + 2.0 * random.unit());
            let (sin, cos) = sin_cos(turns);
            let radius = turns * std::f64::consts::TAU;
            [radius * cos, 21.0 * random.unit(), radius * sin]
        };
        surface("synthetic:swiss-roll", rows, random, row)
    },
};

pub(super) const S_CURVE: Generator = Generator {
    name: "s-curve",
    help: "a sheet that is bent to an S in three dimensions",
    draw: |rows, random| {
        let row = |random: &mut Random| {
            let turns = 1.5 * (random.unit() - 0.5);
            let (sin, cos) = sin_cos(turns);
            let side = if turns < 0.0 { -1.0 } else { 1.0 };
            [sin, 2.0 * random.unit(), side * (cos - 1.0)]
        };
        surface("synthetic:s-curve", rows, random, row)
    },
};

fn two_moons(rows: usize, random: &mut Random) -> Result<Dataset, DataError> {
    let (mut values, mut classes) = (Vec::with_capacity(2 * rows), Vec::with_capacity(rows));
    for row in 0..rows {
        let (sin, cos) = sin_cos(0.5 * random.unit());
        let lower = row % 2 == 1;
        let [x, y] = if lower { [1.0 - cos, 0.5 - sin] } else { [cos, sin] };
        values.extend([x + NOISE * random.normal(), y + NOISE * random.normal()]);
        classes.push(if lower { "lower" } else { "upper" });
    }
    named(Dataset::new("synthetic:two-moons", values, 2)?, &["x", "y"])?
        .with_labels(Labels::from_texts(classes))
}

fn surface(
    name: &str,
    rows: usize,
    random: &mut Random,
    row: impl Fn(&mut Random) -> [f64; 3],
) -> Result<Dataset, DataError> {
    let values: Vec<f64> = (0..rows).flat_map(|_| row(random)).collect();
    named(Dataset::new(name, values, 3)?, &["x", "y", "z"])
}

/// Of an angle in turns.
fn sin_cos(turns: f64) -> (f64, f64) {
    f64::sin_cos_of_turns_lanes::<f64>(turns - turns.floor())
}
