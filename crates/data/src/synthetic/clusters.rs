//! Clusters around points.

use super::generator::{Generator, Random, Synthetic};
use crate::{DataError, Dataset, Labels};
use latents_tensor::Tensor;

const CLUSTERS: usize = 5;
const COLUMNS: usize = 8;
/// The standard deviation of the centres; that of rows around theirs is between 0.5 and 1.5.
const SPREAD: f64 = 5.0;

pub(super) const GAUSSIANS: Generator = Generator {
    name: "gaussians",
    help: "a mixture of 5 normal distributions in 8 columns, of different widths; the class is the component",
    truth: "the component and its standard deviation; the centres of the components",
    row_bytes: (COLUMNS + 2) * 8,
    draw,
};

fn draw(name: &str, rows: usize, random: &mut Random) -> Result<Synthetic, DataError> {
    let centres: Vec<f64> = (0..CLUSTERS * COLUMNS)
        .map(|_| SPREAD * random.normal())
        .collect();
    let widths: Vec<f64> = (0..CLUSTERS).map(|_| 0.5 + random.unit()).collect();
    let (mut values, mut classes) = (Vec::with_capacity(rows * COLUMNS), Vec::with_capacity(rows));
    let mut factors = Vec::with_capacity(2 * rows);
    for _ in 0..rows {
        let cluster = random.below(CLUSTERS);
        let centre = &centres[cluster * COLUMNS..][..COLUMNS];
        values.extend(
            centre
                .iter()
                .map(|centre| centre + widths[cluster] * random.normal()),
        );
        classes.push(cluster as f64);
        factors.extend([cluster as f64, widths[cluster]]);
    }
    let data = Dataset::new(name, values, COLUMNS)?.with_labels(Labels::from_numbers(classes))?;
    Ok(Synthetic {
        components: Some(Tensor::from_vec(centres, [CLUSTERS, COLUMNS])),
        ..Synthetic::new(data, &["component", "deviation"], factors)
    })
}
