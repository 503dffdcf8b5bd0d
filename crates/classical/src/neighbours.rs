//! Nearest neighbours, and classification by them.

use latents_error::ConfigError;
use latents_tensor::gemm::{self, MatMut, MatRef, Nothing, Start};
use latents_tensor::simd::Isa;
use latents_tensor::{Rows, Tensor, parallel};

/// Known rows whose distances are computed at a time, for a group of queries.
const BLOCK: usize = 1024;
/// Queries that one thread works on at a time.
const QUERIES: usize = 64;
/// Candidates beyond those asked for, whose distances are computed again without the rounding of products.
const SPARE: usize = 8;

/// Nearest neighbours in Euclidean distance by exhaustive search, and a classifier by majority (Cover & Hart 1967).
///
/// Distances come blockwise from matrix products in `f32` of rows around their mean, and the nearest few are then
/// measured again in `f64`. Among rows of equal distance the first comes first.
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
    mean: Vec<f32>,
    /// (features, rows), around the mean: products read it along the rows.
    table: Tensor,
    /// ‖row‖² / 2.
    half_norms: Vec<f32>,
    classes: Vec<usize>,
    neighbours: usize,
}

/// A row and its squared distance.
type Near = (f64, usize);

impl KNearest {
    /// Remembers rows and their classes, one a row, from 0.
    ///
    /// # Errors
    /// If there are no rows, not as many classes as rows, a number is not finite, or not between 1 and as many neighbours
    /// as rows.
    pub fn new(data: &dyn Rows, classes: &[usize], neighbours: usize) -> Result<Self, ConfigError> {
        let (rows, features) = (data.rows(), data.features());
        if classes.len() != rows {
            let requirement = format!("the data have {rows} rows; each needs a class");
            return Err(ConfigError::new("classes", classes.len(), requirement));
        }
        if neighbours == 0 || neighbours > rows {
            let requirement = format!("must be between 1 and the number of rows, {rows}");
            return Err(ConfigError::new("neighbours", neighbours, requirement));
        }
        let mut table = gathered(data);
        let mean = column_means(&table);
        subtract(&mut table, &mean);
        let half_norms = half_norms(&table);
        if !half_norms.iter().all(|norm| norm.is_finite()) {
            let requirement = "distances need finite numbers whose squares are finite";
            return Err(ConfigError::new("the data", "not finite", requirement));
        }
        let table = match features {
            0 => table.transpose(),
            _ => table.transpose().contiguous(),
        };
        Ok(Self {
            mean,
            table,
            half_norms,
            classes: classes.to_vec(),
            neighbours,
        })
    }

    /// The number of rows that are known.
    pub fn rows(&self) -> usize {
        self.classes.len()
    }

    /// The class that most of the nearest rows have, for each query; of equally many the one of the nearest row.
    ///
    /// # Panics
    /// If the queries have another number of features than the known rows.
    #[track_caller]
    pub fn predict(&self, queries: &dyn Rows) -> Vec<usize> {
        self.search(queries, self.neighbours, &[])
            .chunks_exact(self.neighbours)
            .map(|near| self.majority(near))
            .collect()
    }

    /// The share of queries whose class is predicted wrongly.
    ///
    /// # Panics
    /// If there are not as many classes as queries, or the features differ in number.
    #[track_caller]
    pub fn error(&self, queries: &dyn Rows, classes: &[usize]) -> f64 {
        wrong(&self.predict(queries), classes)
    }

    /// The `count` nearest known rows of each query, nearest first, and their distances: both (queries, count).
    ///
    /// # Panics
    /// If there are fewer known rows than `count`, or the features differ in number.
    #[track_caller]
    pub fn nearest(&self, queries: &dyn Rows, count: usize) -> (Vec<usize>, Tensor<f64>) {
        assert!(
            count <= self.rows(),
            "nearest: {count} neighbours of {} rows",
            self.rows()
        );
        let near = self.search(queries, count, &[]);
        let distances = Tensor::from_fn([queries.rows(), count], |i| near[i].0.sqrt());
        (near.into_iter().map(|(_, row)| row).collect(), distances)
    }

    /// The classes that the other rows predict for some of the known rows.
    pub fn predict_left_out(&self, data: &dyn Rows, rows: &[usize]) -> Vec<usize> {
        let mut queries = Tensor::zeros([rows.len(), data.features()]);
        data.gather_into(rows, &mut queries);
        self.search(&queries, self.neighbours, rows)
            .chunks_exact(self.neighbours)
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

    /// The `count` nearest of each query, without the row `left_out` of each where that is not empty.
    #[track_caller]
    fn search(&self, queries: &dyn Rows, count: usize, left_out: &[usize]) -> Vec<Near> {
        let (features, rows) = (self.mean.len(), queries.rows());
        assert!(
            queries.features() == features,
            "the queries have {} features, the known rows {features}",
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
            subtract(&mut group, &self.mean);
            let left_out = left_out.get(chunk * QUERIES..).unwrap_or(&[]);
            self.search_group(&group, count, left_out, near);
        });
        near
    }

    fn search_group(&self, group: &Tensor, count: usize, left_out: &[usize], near: &mut [Near]) {
        let (size, rows, features) = (group.size(0), self.rows(), self.mean.len());
        let mut candidates = vec![Candidates::new(count + SPARE); size];
        let mut products = vec![0.0; size * BLOCK.min(rows)];
        let table = self.table.as_slice().unwrap_or(&[]);
        for start in (0..rows).step_by(BLOCK) {
            let width = BLOCK.min(rows - start);
            let products = &mut products[..size * width];
            let a = MatRef::row_major(group.as_slice().unwrap_or(&[]), size, features);
            let b = MatRef::new(table, start, [features, width], [rows as isize, 1]);
            let c = MatMut::row_major(products, size, width);
            gemm::gemm(Isa::active(), a, b, c, Start::Zero, &Nothing);
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
        let queries = group.as_slice().unwrap_or(&[]);
        for (query, (candidates, near)) in candidates.iter().zip(near.chunks_exact_mut(count)).enumerate() {
            let query = &queries[query * features..][..features];
            let mut exact: Vec<Near> = candidates
                .kept
                .iter()
                .map(|&(_, row)| (self.squared_distance(query, row), row))
                .collect();
            exact.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            near.iter_mut().zip(exact).for_each(|(near, exact)| *near = exact);
        }
    }

    fn squared_distance(&self, query: &[f32], row: usize) -> f64 {
        let table = self.table.as_slice().unwrap_or(&[]);
        let column = table[row..].iter().step_by(self.rows());
        let differences = query
            .iter()
            .zip(column)
            .map(|(&x, &y)| f64::from(x) - f64::from(y));
        differences.map(|difference| difference * difference).sum()
    }
}

/// The rows that seem nearest so far, nearest first, by ‖y‖²/2 − x·y.
#[derive(Clone)]
struct Candidates {
    kept: Vec<(f32, usize)>,
    limit: usize,
}

impl Candidates {
    fn new(limit: usize) -> Self {
        Self {
            kept: Vec::with_capacity(limit + 1),
            limit,
        }
    }

    fn offer(&mut self, products: &[f32], half_norms: &[f32], start: usize, left_out: usize) {
        for (place, (product, half_norm)) in products.iter().zip(half_norms).enumerate() {
            let score = half_norm - product;
            let full = self.kept.len() == self.limit;
            if place == left_out || full && self.kept.last().is_some_and(|last| score >= last.0) {
                continue;
            }
            let at = self.kept.partition_point(|kept| kept.0 <= score);
            self.kept.insert(at, (score, start + place));
            self.kept.truncate(self.limit);
        }
    }
}

/// The share of predictions that are wrong.
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

/// All rows, (rows, features).
fn gathered(data: &dyn Rows) -> Tensor {
    let mut table = Tensor::zeros([data.rows(), data.features()]);
    let indices: Vec<usize> = (0..data.rows()).collect();
    data.gather_into(&indices, &mut table);
    table
}

fn column_means(table: &Tensor) -> Vec<f32> {
    let (rows, features) = (table.size(0), table.size(1));
    let mut sums = vec![0.0f64; features];
    for row in table.as_slice().unwrap_or(&[]).chunks_exact(features.max(1)) {
        sums.iter_mut()
            .zip(row)
            .for_each(|(sum, &x)| *sum += f64::from(x));
    }
    sums.iter().map(|sum| (sum / rows as f64) as f32).collect()
}

fn subtract(table: &mut Tensor, mean: &[f32]) {
    for row in table.make_mut().chunks_exact_mut(mean.len().max(1)) {
        row.iter_mut().zip(mean).for_each(|(x, mean)| *x -= mean);
    }
}

fn half_norms(table: &Tensor) -> Vec<f32> {
    let (rows, features) = (table.size(0), table.size(1));
    let values = table.as_slice().unwrap_or(&[]);
    let norm = |row: usize| {
        let row = &values[row * features..][..features];
        row.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>() / 2.0
    };
    (0..rows).map(|row| norm(row) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use latents_tensor::random::Key;

    fn by_hand(known: &[f32], query: &[f32], features: usize, left_out: usize) -> Vec<Near> {
        let distance = |row: &[f32]| {
            row.iter()
                .zip(query)
                .map(|(x, y)| f64::from(x - y) * f64::from(x - y))
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
            "classes is 1: the data have 2 rows; each needs a class"
        );
        assert_eq!(
            message(&data, &[0, 0], 3),
            "neighbours is 3: must be between 1 and the number of rows, 2"
        );
        assert_eq!(
            message(&Tensor::full([2, 3], f32::NAN), &[0, 0], 1),
            "the data is not finite: distances need finite numbers whose squares are finite"
        );
    }
}
