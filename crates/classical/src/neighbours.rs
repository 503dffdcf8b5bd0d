//! Nearest neighbours and k-nearest-neighbour classification.
//!
//! The search is exact: matrix products in `f32` only exclude rows that cannot be among the nearest, given a bound on their
//! rounding errors; the remaining rows are measured in `f64` from the original values. Rows far from all others make the bound
//! large and the search slow, but never wrong.

mod candidates;

use candidates::{Bound, Candidates};
use latents_error::ConfigError;
use latents_tensor::gemm::{self, MatMut, MatRef, Nothing, Start};
use latents_tensor::simd::Isa;
use latents_tensor::{Rows, Tensor, parallel};

/// Known rows whose distances are computed at a time, for a group of queries.
const BLOCK: usize = 1024;
/// Queries that one thread processes at a time.
const QUERIES: usize = 64;

/// Exhaustive nearest-neighbour search with Euclidean distances, and a majority classifier (Cover & Hart 1967).
///
/// Distances are differences of the `f32` values, squared and summed in `f64`. Ties are ordered by row index.
/// first.
///
/// ```
/// use latents_classical::KNearest;
/// use latents_tensor::Tensor;
/// let rows = Tensor::from_slice(&[0.0, 1.0, 10.0, 11.0], [4, 1]);
/// let known = KNearest::new(&rows, &[0, 0, 1, 1], 1)?;
/// assert_eq!(known.predict(&Tensor::from_slice(&[2.0, 9.0], [2, 1])), [0, 1]);
/// # Ok::<(), latents_classical::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct KNearest {
    /// (rows, features).
    table: Vec<f32>,
    /// Mean of each column of the known rows.
    mean: Vec<f32>,
    /// ‖row − mean‖² / 2; infinite if it overflows `f32`.
    half_norms: Vec<f32>,
    classes: Vec<usize>,
    neighbours: usize,
}

/// A squared distance and its row.
type Near = (f64, usize);

impl KNearest {
    /// Stores rows and their classes, one per row, numbered from 0.
    ///
    /// # Errors
    /// If there are no rows, if the numbers of classes and rows differ, if a value is not finite, or if `neighbours` is not
    /// between 1 and the number of rows.
    ///
    /// ```
    /// # use latents_classical::KNearest;
    /// # use latents_tensor::Tensor;
    /// let rows = Tensor::from_slice(&[0.0, 1.0, 10.0, 11.0], [4, 1]);
    /// assert!(KNearest::new(&rows, &[0, 0, 1, 1], 3).is_ok());
    /// assert!(KNearest::new(&rows, &[0, 0, 1, 1], 5).is_err());
    /// ```
    pub fn new(data: &dyn Rows, classes: &[usize], neighbours: usize) -> Result<Self, ConfigError> {
        let rows = data.rows();
        if classes.len() != rows {
            let requirement = format!("must equal the number of rows, {rows}");
            return Err(ConfigError::new("classes", classes.len(), requirement));
        }
        if neighbours == 0 || neighbours > rows {
            let requirement = format!("must be between 1 and the number of rows, {rows}");
            return Err(ConfigError::new("neighbours", neighbours, requirement));
        }
        let table = gathered(data);
        let mean = column_means(&table, data.features());
        if !table.iter().all(|x| x.is_finite()) {
            let requirement = "must be finite for distances";
            return Err(ConfigError::new("the data", "not finite", requirement));
        }
        Ok(Self {
            half_norms: half_norms(&table, rows, &mean),
            table,
            mean,
            classes: classes.to_vec(),
            neighbours,
        })
    }

    /// The number of stored rows.
    ///
    /// ```
    /// # use latents_classical::KNearest;
    /// # use latents_tensor::Tensor;
    /// assert_eq!(KNearest::new(&Tensor::zeros([4, 2]), &[0, 0, 1, 1], 1)?.rows(), 4);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    pub fn rows(&self) -> usize {
        self.classes.len()
    }

    /// The majority class among the nearest rows of each query. Ties choose the class of the nearest row.
    ///
    /// # Panics
    /// If the number of features differs from that of the stored rows.
    ///
    /// ```
    /// # use latents_classical::KNearest;
    /// # use latents_tensor::Tensor;
    /// # let rows = Tensor::from_slice(&[0.0, 1.0, 10.0, 11.0], [4, 1]);
    /// let known = KNearest::new(&rows, &[0, 0, 1, 1], 3)?;
    /// assert_eq!(known.predict(&Tensor::from_slice(&[4.0, 7.0], [2, 1])), [0, 1]);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    #[track_caller]
    pub fn predict(&self, queries: &dyn Rows) -> Vec<usize> {
        self.search(queries, self.neighbours, &[])
            .chunks_exact(self.neighbours)
            .map(|near| self.majority(near))
            .collect()
    }

    /// The fraction of misclassified queries.
    ///
    /// # Panics
    /// If the numbers of classes and queries differ, or if the number of features differs.
    ///
    /// ```
    /// # use latents_classical::KNearest;
    /// # use latents_tensor::Tensor;
    /// # let rows = Tensor::from_slice(&[0.0, 1.0, 10.0, 11.0], [4, 1]);
    /// # let known = KNearest::new(&rows, &[0, 0, 1, 1], 1)?;
    /// assert_eq!(known.error(&Tensor::from_slice(&[2.0, 9.0], [2, 1]), &[0, 0]), 0.5);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    #[track_caller]
    pub fn error(&self, queries: &dyn Rows, classes: &[usize]) -> f64 {
        wrong(&self.predict(queries), classes)
    }

    /// The `count` nearest stored rows of each query, nearest first, and their distances: both (queries, count).
    ///
    /// # Panics
    /// If there are fewer stored rows than `count`, or if the number of features differs.
    ///
    /// ```
    /// # use latents_classical::KNearest;
    /// # use latents_tensor::Tensor;
    /// # let rows = Tensor::from_slice(&[0.0, 1.0, 10.0, 11.0], [4, 1]);
    /// # let known = KNearest::new(&rows, &[0, 0, 1, 1], 1)?;
    /// let (nearest, distances) = known.nearest(&Tensor::from_slice(&[2.0], [1, 1]), 2);
    /// assert_eq!(nearest, [1, 0]);
    /// assert_eq!(distances.to_vec(), [1.0, 2.0]);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    #[track_caller]
    pub fn nearest(&self, queries: &dyn Rows, count: usize) -> (Vec<usize>, Tensor<f64>) {
        assert!(
            count <= self.rows(),
            "nearest: cannot find {count} neighbours among {} rows",
            self.rows()
        );
        let near = self.search(queries, count, &[]);
        let distances = Tensor::from_fn([queries.rows(), count], |i| near[i].0.sqrt());
        (near.into_iter().map(|(_, row)| row).collect(), distances)
    }

    /// Predicts the classes of some of the stored rows from all other rows (leave-one-out). If there are fewer other rows than
    /// neighbours, all of them vote.
    ///
    /// ```
    /// # use latents_classical::KNearest;
    /// # use latents_tensor::Tensor;
    /// # let rows = Tensor::from_slice(&[0.0, 1.0, 10.0, 11.0], [4, 1]);
    /// # let known = KNearest::new(&rows, &[0, 0, 1, 1], 1)?;
    /// assert_eq!(known.predict_left_out(&rows, &[0, 3]), [0, 1]);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    ///
    /// # Panics
    /// If there is no other row, a row number is out of range, or the number of features differs.
    #[track_caller]
    pub fn predict_left_out(&self, data: &dyn Rows, rows: &[usize]) -> Vec<usize> {
        assert!(
            self.rows() > 1,
            "predict_left_out: there is no other row to predict from"
        );
        let outside = rows.iter().find(|row| **row >= self.rows());
        assert!(
            outside.is_none(),
            "predict_left_out: row {outside:?} of {}",
            self.rows()
        );
        let count = self.neighbours.min(self.rows() - 1);
        let mut queries = Tensor::zeros([rows.len(), data.features()]);
        data.gather_into(rows, &mut queries);
        self.search(&queries, count, rows)
            .chunks_exact(count)
            .map(|near| self.majority(near))
            .collect()
    }

    fn majority(&self, near: &[Near]) -> usize {
        let class = |&(_, row): &Near| self.classes[row];
        let votes = |class_asked: usize| near.iter().filter(|near| class(near) == class_asked).count();
        let mut best = (0, 0);
        for class in near.iter().map(class) {
            let votes = votes(class);
            if votes > best.0 {
                best = (votes, class);
            }
        }
        best.1
    }

    /// The `count` nearest rows of each query, excluding the corresponding row of `left_out` unless that is empty.
    #[track_caller]
    fn search(&self, queries: &dyn Rows, count: usize, left_out: &[usize]) -> Vec<Near> {
        let (features, rows) = (self.mean.len(), queries.rows());
        assert!(
            queries.features() == features,
            "the queries have {} features, but the stored rows have {features}",
            queries.features()
        );
        let mut near = vec![(f64::INFINITY, 0); rows * count];
        if near.is_empty() {
            return near;
        }
        parallel::chunks_mut(&mut near, QUERIES * count, |chunk, near| {
            let size = near.len() / count;
            let indices: Vec<usize> = (chunk * QUERIES..).take(size).collect();
            let mut group = Tensor::zeros([size, features]);
            queries.gather_into(&indices, &mut group);
            let group = group.elements();
            let left_out = left_out.get(chunk * QUERIES..).unwrap_or(&[]);
            self.search_group(&group, count, left_out, near);
        });
        near
    }

    fn search_group(&self, group: &[f32], count: usize, left_out: &[usize], near: &mut [Near]) {
        let (size, features) = (near.len() / count, self.mean.len());
        let candidates = self.candidates(group, size, count, left_out);
        for (query, (candidates, near)) in candidates
            .into_iter()
            .zip(near.chunks_exact_mut(count))
            .enumerate()
        {
            let query = &group[query * features..][..features];
            let measured = candidates.into_rows().map(|row| {
                (
                    squared_distance(query, &self.table[row * features..][..features]),
                    row,
                )
            });
            let mut exact: Vec<Near> = measured.collect();
            exact.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            near.iter_mut().zip(exact).for_each(|(near, exact)| *near = exact);
        }
    }

    /// For each query of a group, the rows that may be among its `count` nearest.
    fn candidates(&self, group: &[f32], size: usize, count: usize, left_out: &[usize]) -> Vec<Candidates> {
        let (rows, features) = (self.rows(), self.mean.len());
        let queries = centred(group, &self.mean);
        let bound = Bound::of(features);
        let mut candidates: Vec<Candidates> = half_norms(group, size, &self.mean)
            .iter()
            .map(|&half_norm| Candidates::new(count, bound, half_norm))
            .collect();
        let mut products = vec![0.0; size * BLOCK.min(rows)];
        for start in (0..rows).step_by(BLOCK) {
            let width = BLOCK.min(rows - start);
            let products = &mut products[..size * width];
            let block = centred(&self.table[start * features..][..width * features], &self.mean);
            let a = MatRef::row_major(&queries, size, features);
            let b = MatRef::row_major(&block, width, features).transpose();
            gemm::gemm(
                Isa::active(),
                a,
                b,
                MatMut::row_major(products, size, width),
                Start::Zero,
                &Nothing,
            );
            let half_norms = &self.half_norms[start..][..width];
            for (query, (candidates, products)) in candidates
                .iter_mut()
                .zip(products.chunks_exact(width))
                .enumerate()
            {
                let left_out = left_out
                    .get(query)
                    .map_or(usize::MAX, |row| row.wrapping_sub(start));
                candidates.offer(products, half_norms, start, left_out);
            }
        }
        candidates
    }
}

/// The fraction of wrong predictions.
#[track_caller]
pub(super) fn wrong(predicted: &[usize], classes: &[usize]) -> f64 {
    assert_eq!(
        predicted.len(),
        classes.len(),
        "{} classes for {} rows",
        classes.len(),
        predicted.len()
    );
    let wrong = predicted
        .iter()
        .zip(classes)
        .filter(|(predicted, class)| predicted != class);
    wrong.count() as f64 / classes.len() as f64
}

/// All values, row by row.
fn gathered(data: &dyn Rows) -> Vec<f32> {
    let mut table = Tensor::zeros([data.rows(), data.features()]);
    let indices: Vec<usize> = (0..data.rows()).collect();
    data.gather_into(&indices, &mut table);
    table.to_vec()
}

fn column_means(table: &[f32], features: usize) -> Vec<f32> {
    let mut sums = vec![0.0f64; features];
    let rows = table.chunks_exact(features.max(1));
    let count = rows.len() as f64;
    for row in rows {
        let pairs = sums.iter_mut().zip(row);
        pairs.for_each(|(sum, &x)| *sum += f64::from(x));
    }
    sums.iter().map(|sum| (sum / count) as f32).collect()
}

/// Values minus the column means.
fn centred(values: &[f32], mean: &[f32]) -> Vec<f32> {
    let columns = mean.iter().cycle();
    values.iter().zip(columns).map(|(x, mean)| x - mean).collect()
}

/// ‖row − mean‖² / 2 of each row.
fn half_norms(table: &[f32], rows: usize, mean: &[f32]) -> Vec<f32> {
    let row = |row: usize| &table[row * mean.len()..][..mean.len()];
    let half_norm = |number| (squared_distance(row(number), mean) / 2.0) as f32;
    (0..rows).map(half_norm).collect()
}

fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
    let differences = a.iter().zip(b).map(|(&x, &y)| f64::from(x) - f64::from(y));
    differences.map(|difference| difference * difference).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use latents_tensor::random::Key;

    fn by_hand(known: &[f32], query: &[f32], features: usize, left_out: usize) -> Vec<Near> {
        let distance = |row: &[f32]| {
            row.iter()
                .zip(query)
                .map(|(&x, &y)| f64::from(x) - f64::from(y))
                .map(|difference| difference * difference)
                .sum::<f64>()
        };
        let mut near: Vec<Near> = known
            .chunks_exact(features)
            .enumerate()
            .filter(|&(row, _)| row != left_out)
            .map(|(row, values)| (distance(values), row))
            .collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0));
        near
    }

    #[test]
    fn the_nearest_are_those_of_the_definition() {
        for (rows, features, queries) in [(1, 1, 3), (7, 2, 1), (2500, 9, 150)] {
            // Far from the origin, where norms would swallow the distances.
            let offset = |mut table: Tensor| {
                table.add_assign(&Tensor::scalar(1000.0));
                table
            };
            let known = offset(Key::new(1).normal([rows, features]));
            let asked = offset(Key::new(2).normal([queries, features]));
            let classes: Vec<usize> = (0..rows).map(|row| row % 3).collect();
            let count = rows.min(5);
            let model = KNearest::new(&known, &classes, count).unwrap();
            let (found, distances) = model.nearest(&asked, count);
            for query in 0..queries {
                let expected = by_hand(
                    &known.to_vec(),
                    &asked.to_vec()[query * features..][..features],
                    features,
                    usize::MAX,
                );
                for place in 0..count {
                    assert_eq!(found[query * count + place], expected[place].1);
                    let distance = distances.at(&[query, place]);
                    let expected = expected[place].0.sqrt();
                    assert!((distance - expected).abs() < 1e-4, "{distance} {expected}");
                }
            }
        }
    }

    /// Rows close to each other, except for a few so far away that products in `f32` cannot rank the others.
    #[test]
    fn far_rows_do_not_hide_the_nearest() {
        let close = |count: usize| (0..count).map(|i| i as f32 / 1000.0);
        for far in [1e4f32, -1e4, 1e8, 1e15, 1e20, -3e38] {
            for features in [1, 3] {
                let values = close(11).chain([far]).chain(close(11).map(|x| x + far));
                let values: Vec<f32> = values.flat_map(|x| vec![x; features]).collect();
                let rows = values.len() / features;
                let known = Tensor::from_vec(values.clone(), [rows, features]);
                let model = KNearest::new(&known, &vec![0; rows], 1).unwrap();
                let (found, distances) = model.nearest(&known, 3);
                for query in 0..rows {
                    let expected = by_hand(
                        &values,
                        &values[query * features..][..features],
                        features,
                        usize::MAX,
                    );
                    let rows: Vec<usize> = expected[..3].iter().map(|near| near.1).collect();
                    assert_eq!(found[3 * query..][..3], rows, "{far} {query}");
                    assert_eq!(distances.at(&[query, 2]), expected[2].0.sqrt());
                }
            }
        }
        // Without features all rows are equal.
        let empty = Tensor::zeros([3, 0]);
        assert_eq!(
            KNearest::new(&empty, &[0; 3], 1).unwrap().nearest(&empty, 2).0,
            [0, 1, 0, 1, 0, 1]
        );
        // Row 8's nearest is itself.
        let known: Vec<f32> = close(11).chain([1e4]).collect();
        let known = Tensor::from_vec(known, [12, 1]);
        let model = KNearest::new(&known, &(0..12).collect::<Vec<_>>(), 1).unwrap();
        assert_eq!(model.predict(&known), (0..12).collect::<Vec<_>>());
    }

    #[test]
    fn a_row_left_out_does_not_vote_for_itself() {
        let known: Tensor = Key::new(3).normal([90, 2]);
        let classes: Vec<usize> = (0..90).map(|row| row % 4).collect();
        let model = KNearest::new(&known, &classes, 1).unwrap();
        assert_eq!(model.predict(&known), classes);
        let rows: Vec<usize> = (0..90).rev().collect();
        let predicted = model.predict_left_out(&known, &rows);
        for (predicted, row) in predicted.into_iter().zip(rows) {
            let near = by_hand(&known.to_vec(), &known.to_vec()[row * 2..][..2], 2, row);
            assert_eq!(predicted, classes[near[0].1]);
        }
    }

    #[test]
    fn all_other_rows_vote_where_they_are_fewer_than_neighbours() {
        let known = Tensor::from_slice(&[0.0, 1.0, 2.1], [3, 1]);
        let model = KNearest::new(&known, &[0, 1, 0], 3).unwrap();
        assert_eq!(model.predict_left_out(&known, &[0, 1, 2]), [1, 0, 1]);
    }

    #[test]
    #[should_panic(expected = "predict_left_out: there is no other row to predict from")]
    fn a_single_row_has_no_other_rows() {
        let known = Tensor::zeros([1, 1]);
        KNearest::new(&known, &[0], 1)
            .unwrap()
            .predict_left_out(&known, &[0]);
    }

    #[test]
    fn the_majority_wins_and_ties_go_to_the_nearest() {
        let known = Tensor::from_slice(&[0.0, 1.0, 2.0, 3.0, 4.0], [5, 1]);
        let query = Tensor::from_slice(&[-1.0], [1, 1]);
        let predict = |classes: [usize; 5], k| KNearest::new(&known, &classes, k).unwrap().predict(&query)[0];
        assert_eq!(predict([2, 1, 1, 0, 0], 3), 1);
        assert_eq!(predict([2, 1, 1, 2, 0], 4), 2);
        assert_eq!(predict([0, 1, 1, 0, 7], 5), 0);
        assert_eq!(
            KNearest::new(&known, &[0; 5], 1).unwrap().error(&query, &[3]),
            1.0
        );
    }

    #[test]
    fn what_cannot_be_searched_is_an_error() {
        let message =
            |data: &Tensor, classes: &[usize], k| KNearest::new(data, classes, k).unwrap_err().to_string();
        let data = Tensor::zeros([2, 3]);
        assert_eq!(
            message(&data, &[0], 1),
            "classes is 1: must equal the number of rows, 2"
        );
        assert_eq!(
            message(&data, &[0, 0], 3),
            "neighbours is 3: must be between 1 and the number of rows, 2"
        );
        assert_eq!(
            message(&Tensor::full([2, 3], f32::NAN), &[0, 0], 1),
            "the data is not finite: must be finite for distances"
        );
    }
}
