//! Sums of few atoms of a dictionary: what a sparse autoencoder should find again.

use super::generator::{Generator, Random, Synthetic};
use crate::{DataError, Dataset};
use latents_tensor::Tensor;

const ATOMS: usize = 64;
const COLUMNS: usize = 32;
/// How many atoms a row has on average.
const ACTIVE: f64 = 4.0;
const NOISE: f64 = 0.01;

pub(super) const DICTIONARY: Generator = Generator {
    name: "dictionary",
    help: "sums of 4 of 64 unit vectors in 32 columns on average, with exponential weights and a little noise",
    truth: "the weight of every vector; the vectors",
    row_bytes: (COLUMNS + ATOMS) * 8,
    draw,
};

fn draw(name: &str, rows: usize, random: &mut Random) -> Result<Synthetic, DataError> {
    let atoms: Vec<Vec<f64>> = (0..ATOMS).map(|_| atom(random)).collect();
    let mut values = Vec::with_capacity(rows * COLUMNS);
    let mut weights = vec![0.0; rows * ATOMS];
    for weights in weights.chunks_exact_mut(ATOMS) {
        let mut row: Vec<f64> = (0..COLUMNS).map(|_| NOISE * random.normal()).collect();
        for (atom, weight) in atoms.iter().zip(weights) {
            if random.unit() < ACTIVE / ATOMS as f64 {
                *weight = random.draw(rand_distr::Exp1);
                row.iter_mut()
                    .zip(atom)
                    .for_each(|(x, atom)| *x += *weight * atom);
            }
        }
        values.extend(row);
    }
    let names: Vec<String> = (1..=ATOMS).map(|atom| format!("weight{atom}")).collect();
    Ok(Synthetic {
        data: Dataset::new(name, values, COLUMNS)?,
        factor_names: names,
        factors: Tensor::from_vec(weights, [rows, ATOMS]),
        components: Some(Tensor::from_vec(atoms.concat(), [ATOMS, COLUMNS])),
    })
}

/// A direction, each as likely.
fn atom(random: &mut Random) -> Vec<f64> {
    let values: Vec<f64> = (0..COLUMNS).map(|_| random.normal()).collect();
    let norm = values.iter().map(|x| x * x).sum::<f64>().sqrt();
    values.iter().map(|x| x / norm).collect()
}
