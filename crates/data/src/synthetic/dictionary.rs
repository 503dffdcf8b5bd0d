//! Sums of few atoms of a dictionary: what a sparse autoencoder should find again.

use super::{Generator, Random};
use crate::{DataError, Dataset};

const ATOMS: usize = 64;
const COLUMNS: usize = 32;
/// How many atoms a row has on average.
const ACTIVE: f64 = 4.0;
const NOISE: f64 = 0.01;

pub(super) const DICTIONARY: Generator = Generator {
    name: "dictionary",
    help: "sums of 4 of 64 unit vectors in 32 columns on average, with exponential weights and a little noise",
    draw,
};

fn draw(rows: usize, random: &mut Random) -> Result<Dataset, DataError> {
    let atoms: Vec<Vec<f64>> = (0..ATOMS).map(|_| atom(random)).collect();
    let mut values = Vec::with_capacity(rows * COLUMNS);
    for _ in 0..rows {
        let mut row: Vec<f64> = (0..COLUMNS).map(|_| NOISE * random.normal()).collect();
        for atom in &atoms {
            if random.unit() < ACTIVE / ATOMS as f64 {
                let weight: f64 = random.draw(rand_distr::Exp1);
                row.iter_mut().zip(atom).for_each(|(x, atom)| *x += weight * atom);
            }
        }
        values.extend(row);
    }
    Dataset::new("synthetic:dictionary", values, COLUMNS)
}

/// A direction, each as likely.
fn atom(random: &mut Random) -> Vec<f64> {
    let values: Vec<f64> = (0..COLUMNS).map(|_| random.normal()).collect();
    let norm = values.iter().map(|x| x * x).sum::<f64>().sqrt();
    values.iter().map(|x| x / norm).collect()
}
