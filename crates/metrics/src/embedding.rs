//! How well codes preserve the neighbourhoods of the data.

use latents_classical::KNearest;
use latents_error::ConfigError;
use latents_tensor::gemm::{self, MatMut, MatRef, Nothing, Start};
use latents_tensor::random::Key;
use latents_tensor::simd::Isa;
use latents_tensor::{Rows, Tensor, parallel};

/// Configuration of [`neighbourhood`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NeighbourhoodConfig {
    /// Number of neighbours. Default: 5, as in scikit-learn.
    pub neighbours: usize,
    /// If there are more rows, a random subset of this size is used as if there were no others. Default: 5000. The time grows
    /// with its square.
    pub max_rows: usize,
    /// Seed of the random subset.
    pub seed: u64,
}

latents_error::setters! {
    NeighbourhoodConfig { neighbours: usize, max_rows: usize, seed: u64 }
}

impl Default for NeighbourhoodConfig {
    fn default() -> Self {
        Self {
            neighbours: 5,
            max_rows: 5000,
            seed: 0,
        }
    }
}

/// Result of [`neighbourhood`]; 1 is best for both values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbourhood {
    /// Whether neighbours among the codes are neighbours in the data.
    pub trustworthiness: f64,
    /// Whether neighbours in the data are neighbours among the codes.
    pub continuity: f64,
    /// Number of rows used.
    pub rows: usize,
}

/// Trustworthiness and continuity (Venna & Kaski 2001) of the codes of data, by Euclidean distances:
///
/// ```text
/// 1 − 2 / (n·k·(2n − 3k − 1)) · Σᵢ Σⱼ (r(i, j) − k)
/// ```
///
/// For trustworthiness, the inner sum runs over the rows j that are among the k nearest of i by codes but not by data, and r(i,
/// j) is the rank of j by distance from i in the data. For continuity, the roles of codes and data are exchanged. Ties are
/// ranked in row order.
///
/// # Errors
/// If data and codes have different numbers of rows, if `neighbours` is not between 1 and (rows − 1) / 2, or if a value is not
/// finite.
///
/// ```
/// # use latents_metrics::{NeighbourhoodConfig, neighbourhood};
/// # use latents_tensor::{Tensor, random::Key};
/// let rows: Tensor = Key::new(1).normal([30, 4]);
/// assert_eq!(neighbourhood(&rows, &rows, NeighbourhoodConfig::default())?.trustworthiness, 1.0);
/// # Ok::<(), latents_error::ConfigError>(())
/// ```
pub fn neighbourhood(
    data: &dyn Rows,
    codes: &dyn Rows,
    config: NeighbourhoodConfig,
) -> Result<Neighbourhood, ConfigError> {
    if data.rows() != codes.rows() {
        let requirement = format!("must equal the number of data rows, {}", data.rows());
        return Err(ConfigError::new("the codes' rows", codes.rows(), requirement));
    }
    let chosen = subsample(data.rows(), config.max_rows, config.seed);
    let (n, k) = (chosen.len(), config.neighbours);
    if k == 0 || 2 * k >= n {
        let requirement = format!("must be at least 1 and less than half of the {n} rows");
        return Err(ConfigError::new("neighbours", k, requirement));
    }
    let (data, codes) = (Space::new(data, &chosen)?, Space::new(codes, &chosen)?);
    let mut penalties = vec![[0u64; 2]; n];
    parallel::chunks_mut(&mut penalties, GROUP, |chunk, penalties| {
        let first = chunk * GROUP;
        let by_data = data.distances(first, penalties.len());
        let by_codes = codes.distances(first, penalties.len());
        for (index, penalties) in penalties.iter_mut().enumerate() {
            let row = first + index;
            let (in_data, in_codes) = (&by_data[index * n..][..n], &by_codes[index * n..][..n]);
            *penalties = [
                penalty(in_data, in_codes, row, k),
                penalty(in_codes, in_data, row, k),
            ];
        }
    });
    let [untrusted, torn] = penalties
        .iter()
        .fold([0, 0], |[a, b]: [u64; 2], [c, d]| [a + c, b + d]);
    let share =
        |penalty: u64| 1.0 - 2.0 * penalty as f64 / (n as f64 * k as f64 * (2 * n - 3 * k - 1) as f64);
    Ok(Neighbourhood {
        trustworthiness: share(untrusted),
        continuity: share(torn),
        rows: n,
    })
}

/// Leave-one-out accuracy of a k-nearest-neighbour classifier: the fraction of rows whose class is the majority class among
/// their `neighbours` nearest other rows.
///
/// If there are more than `max_rows` rows, a random subset is classified by all other rows.
///
/// # Errors
/// If the numbers of classes and rows differ, if `neighbours` is not between 1 and rows − 1, if `max_rows` is 0, or if a value
/// is not finite.
///
/// ```
/// # use latents_metrics::neighbour_accuracy;
/// # use latents_tensor::Tensor;
/// let codes = Tensor::from_slice(&[0.0f32, 0.1, 0.2, 5.0, 5.1, 5.2], [6, 1]);
/// assert_eq!(neighbour_accuracy(&codes, &[0, 0, 0, 1, 1, 1], 1, 100, 0)?, 1.0);
/// # Ok::<(), latents_error::ConfigError>(())
/// ```
pub fn neighbour_accuracy(
    codes: &dyn Rows,
    classes: &[usize],
    neighbours: usize,
    max_rows: usize,
    seed: u64,
) -> Result<f64, ConfigError> {
    let rows = codes.rows();
    if neighbours == 0 || neighbours >= rows {
        let requirement = format!("must be at least 1 and less than the number of rows, {rows}");
        return Err(ConfigError::new("neighbours", neighbours, requirement));
    }
    if max_rows == 0 {
        return Err(ConfigError::new(
            "max_rows",
            0,
            "at least one row must be classified",
        ));
    }
    let known = KNearest::new(codes, classes, neighbours)?;
    let chosen = subsample(rows, max_rows, seed);
    let predicted = known.predict_left_out(codes, &chosen);
    let right = predicted
        .iter()
        .zip(&chosen)
        .filter(|&(&class, &row)| class == classes[row]);
    Ok(right.count() as f64 / chosen.len() as f64)
}

/// All row indices, or a random subset of `most` in increasing order.
fn subsample(rows: usize, most: usize, seed: u64) -> Vec<usize> {
    if rows <= most {
        return (0..rows).collect();
    }
    let mut chosen = Key::new(seed).purpose("neighbourhood").permutation(rows);
    chosen.truncate(most);
    chosen.sort_unstable();
    chosen
}

/// Rows whose distances one thread holds at a time.
const GROUP: usize = 16;

/// Squared distances below this fraction of the rows' squared norms lose too many digits when computed from products.
const CANCELLED: f64 = 1e-4;

/// Centred rows, in f64.
struct Space {
    /// The rows as given (rows, features).
    values: Vec<f32>,
    /// (rows, features).
    table: Tensor<f64>,
    /// (features, rows).
    transposed: Tensor<f64>,
    squares: Vec<f64>,
}

impl Space {
    fn new(data: &dyn Rows, chosen: &[usize]) -> Result<Self, ConfigError> {
        let (rows, features) = (chosen.len(), data.features());
        let mut values = Tensor::zeros([rows, features]);
        data.gather_into(chosen, &mut values);
        let values = values.to_vec();
        let table = Tensor::from_fn([rows, features], |i| f64::from(values[i]));
        let mean = table.mean(&[0], true);
        let table = Tensor::from_fn([rows, features], |i| {
            f64::from(values[i]) - mean.at(&[0, i % features])
        });
        let squares: Vec<f64> = (0..rows)
            .map(|row| {
                table.elements()[row * features..][..features]
                    .iter()
                    .map(|x| x * x)
                    .sum()
            })
            .collect();
        if !squares.iter().all(|square: &f64| square.is_finite()) {
            return Err(ConfigError::new("the data", "not finite", "must be finite"));
        }
        let transposed = table.transpose().contiguous();
        Ok(Self {
            values,
            table,
            transposed,
            squares,
        })
    }

    /// Squared distances from `count` rows to all rows.
    fn distances(&self, first: usize, count: usize) -> Vec<f64> {
        let (rows, features) = (self.squares.len(), self.table.size(1));
        let mut distances = vec![0.0; count * rows];
        let (table, transposed) = (self.table.elements(), self.transposed.elements());
        let a = MatRef::row_major(&table[first * features..][..count * features], count, features);
        let b = MatRef::row_major(&transposed, features, rows);
        let c = MatMut::row_major(&mut distances, count, rows);
        gemm::gemm(Isa::active(), a, b, c, Start::Zero, &Nothing);
        for (row, distances) in (first..).zip(distances.chunks_exact_mut(rows)) {
            for (other, distance) in distances.iter_mut().enumerate() {
                let squares = self.squares[row] + self.squares[other];
                *distance = squares - 2.0 * *distance;
                if *distance < CANCELLED * squares {
                    *distance = self.squared_distance(row, other);
                }
            }
        }
        distances
    }

    /// Squared distance from differences of the rows as given, for close rows, where the formula with products cancels.
    fn squared_distance(&self, row_number: usize, other: usize) -> f64 {
        let features = self.table.size(1);
        let row = |row: usize| {
            self.values[row * features..][..features]
                .iter()
                .copied()
                .map(f64::from)
        };
        let differences = row(row_number).zip(row(other)).map(|(x, y)| x - y);
        differences.map(|difference| difference * difference).sum()
    }
}

/// Σ (rank − k) by `truth` over the k nearest by `claim` that are not among the k nearest by `truth`.
fn penalty(truth: &[f64], claim: &[f64], row: usize, k: usize) -> u64 {
    let mut penalty = 0;
    for claimed in nearest(claim, row, k) {
        let distance = truth[claimed];
        // Two loops instead of an index test in one: this is the hot path.
        let before = truth[..claimed]
            .iter()
            .filter(|&&other| other <= distance)
            .count();
        let after = truth[claimed + 1..]
            .iter()
            .filter(|&&other| other < distance)
            .count();
        let itself = match row < claimed {
            true => truth[row] <= distance,
            false => truth[row] < distance,
        };
        let rank = 1 + before + after - usize::from(itself);
        penalty += rank.saturating_sub(k) as u64;
    }
    penalty
}

/// The k nearest other rows; ties keep the first.
fn nearest(distances: &[f64], row: usize, k: usize) -> Vec<usize> {
    let mut kept: Vec<(f64, usize)> = Vec::with_capacity(k + 1);
    for (other, &distance) in distances.iter().enumerate() {
        let near = kept.len() < k || kept.last().is_some_and(|last| distance < last.0);
        if near && other != row {
            let at = kept.partition_point(|kept| kept.0 <= distance);
            kept.insert(at, (distance, other));
            kept.truncate(k);
        }
    }
    kept.into_iter().map(|(_, other)| other).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(neighbours: usize) -> NeighbourhoodConfig {
        NeighbourhoodConfig {
            neighbours,
            ..NeighbourhoodConfig::default()
        }
    }

    #[test]
    fn a_rotation_keeps_neighbourhoods_and_noise_does_not() {
        let data: Tensor = Key::new(1).normal([300, 2]);
        let turn = Tensor::from_slice(&[0.6, 0.8, -0.8, 0.6], [2, 2]);
        let turned = neighbourhood(&data, &data.matmul(&turn), config(7)).unwrap();
        assert!(
            turned.trustworthiness > 0.9999 && turned.continuity > 0.9999,
            "{turned:?}"
        );
        let noise: Tensor = Key::new(2).normal([300, 2]);
        let lost = neighbourhood(&data, &noise, config(7)).unwrap();
        assert!((lost.trustworthiness - 0.5).abs() < 0.03, "{lost:?}");
        assert!((lost.continuity - 0.5).abs() < 0.03, "{lost:?}");
    }

    #[test]
    fn folding_loses_trust_and_tearing_loses_continuity() {
        // A line folded in two: far points meet. A line cut and its halves drawn apart: neighbours part.
        let line = Tensor::from_fn([101, 1], |i| i as f32);
        let folded = Tensor::from_fn([101, 1], |i| (i as f32 - 50.3).abs());
        let found = neighbourhood(&line, &folded, config(4)).unwrap();
        assert!(
            found.trustworthiness < 0.8 && found.continuity > 0.95,
            "{found:?}"
        );
        // The code of a plane by one of its two axes keeps neighbours near and brings others in between.
        let swapped = neighbourhood(&folded, &line, config(4)).unwrap();
        assert_eq!(
            (swapped.trustworthiness, swapped.continuity),
            (found.continuity, found.trustworthiness)
        );
    }

    #[test]
    fn large_sets_are_measured_on_a_choice_of_the_seed() {
        let data: Tensor = Key::new(1).normal([400, 3]);
        let codes = data.narrow(1, 0, 2);
        let with = |seed| {
            let config = NeighbourhoodConfig {
                max_rows: 200,
                seed,
                ..NeighbourhoodConfig::default()
            };
            neighbourhood(&data, &codes, config).unwrap()
        };
        assert_eq!(with(1).rows, 200);
        assert_eq!(with(1), with(1));
        assert_ne!(with(1), with(2));
        let whole = neighbourhood(&data, &codes, config(5)).unwrap();
        assert_eq!(whole.rows, 400);
        assert!((with(1).trustworthiness - whole.trustworthiness).abs() < 0.05);
    }

    #[test]
    fn classes_that_lie_apart_are_found_by_their_neighbours() {
        let noise: Vec<f32> = Key::new(4).normal([600, 2]).to_vec();
        let codes = Tensor::from_fn([600, 2], |i| noise[i] + 20.0 * (i / 2 % 3) as f32);
        let classes: Vec<usize> = (0..600).map(|row| row % 3).collect();
        assert_eq!(neighbour_accuracy(&codes, &classes, 5, 100, 0), Ok(1.0));
        let unrelated: Vec<usize> = (0..600).map(|row| row / 3 % 2).collect();
        let accuracy = neighbour_accuracy(&codes, &unrelated, 5, 1000, 0).unwrap();
        assert!((accuracy - 0.5).abs() < 0.1, "{accuracy}");
    }

    #[test]
    fn what_has_no_neighbourhood_is_an_error() {
        let data = Tensor::zeros([10, 2]);
        let message = |codes: &Tensor, k| neighbourhood(&data, codes, config(k)).unwrap_err().to_string();
        assert_eq!(
            message(&data, 5),
            "neighbours is 5: must be at least 1 and less than half of the 10 rows"
        );
        assert_eq!(
            message(&Tensor::zeros([9, 2]), 2),
            "the codes' rows is 9: must equal the number of data rows, 10"
        );
        assert!(message(&Tensor::full([10, 2], f32::INFINITY), 2).contains("not finite"));
        assert!(neighbour_accuracy(&data, &[0; 10], 10, 5, 0).is_err());
        assert!(neighbour_accuracy(&data, &[0; 10], 3, 0, 0).is_err());
    }
}
