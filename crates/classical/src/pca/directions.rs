//! Three ways to compute the directions of largest variance, depending on the shape of the data.
//!
//! C is the covariance matrix, X the centred table, n its number of rows. An eigendecomposition of a symmetric matrix has cubic
//! cost in its size.
//!
//! * **Covariance**: the eigenvectors of C = XᵀX / n.
//! * **Gram**: if there are fewer rows than features, those of XXᵀ / n. If u is one of them, Xᵀu is an eigenvector of C with
//!   the same eigenvalue.
//! * **Subspace iteration**: if both matrices are large and few directions are requested. A basis B of slightly more
//!   directions is repeatedly multiplied by C, which turns it towards the directions of largest variance; C itself is never
//!   formed. The eigenvectors of the small matrix BCBᵀ (Rayleigh and Ritz) give the directions within it.

use super::BATCH;
use latents_tensor::for_each_batch;
use latents_tensor::random::Key;
use latents_tensor::{Rows, Tensor, parallel, pool};
use nalgebra::{DMatrix, SymmetricEigen};

/// Up to this size, an eigendecomposition takes about a second.
const SMALL: usize = 1024;
/// Subspace iteration ends when a pass changes the error by less than this fraction of it,
const TOLERANCE: f64 = 5e-8;
/// or by less than this fraction of the total variance, because the error is then almost zero,
const ROUNDING: f64 = 1e-13;
/// or after this number of passes.
const MOST_PASSES: usize = 100;

/// Directions of the largest variance.
pub(super) struct Directions {
    /// Orthonormal rows (components, features), in order of decreasing variance.
    pub(super) rows: Tensor<f64>,
    pub(super) variances: Vec<f64>,
}

/// The data, with the results of one pass over it.
pub(super) struct Table<'a> {
    pub(super) data: &'a dyn Rows,
    pub(super) mean: &'a [f64],
    /// The variance, summed over all features.
    pub(super) variance: f64,
}

impl Table<'_> {
    pub(super) fn directions(&self, components: usize) -> Directions {
        let (rows, features) = (self.data.rows(), self.data.features());
        let side = rows.min(features);
        let found = if side > SMALL && block(components) <= side / 4 {
            self.by_iteration(components)
        } else if rows < features {
            self.by_gram(components)
        } else {
            leading(self.covariance(), components)
        };
        found.with_fixed_signs()
    }

    /// C: (features, features).
    fn covariance(&self) -> Tensor<f64> {
        let features = self.mean.len();
        let mut sum = Tensor::<f64>::zeros([features, features]);
        self.for_each_batch(|centred| sum.add_assign(&centred.transpose().matmul(centred)));
        sum.scale_assign(1.0 / self.data.rows() as f64);
        sum
    }

    fn by_gram(&self, components: usize) -> Directions {
        let (rows, features) = (self.data.rows(), self.mean.len());
        let mut all = Vec::with_capacity(rows * features);
        self.for_each_batch(|centred| all.extend_from_slice(&centred.elements()));
        let all = Tensor::from_vec(all, [rows, features]);
        let mut gram = all.matmul(&all.transpose());
        gram.scale_assign(1.0 / rows as f64);
        let mut found = leading(gram, components.min(rows));
        // Directions outside the span of the rows have no variance; the orthonormal basis adds them.
        let mut directions = found.rows.matmul(&all).to_vec();
        directions.resize(components * features, 0.0);
        found.variances.resize(components, 0.0);
        Directions {
            rows: orthonormal(directions, components),
            variances: found.variances,
        }
    }

    fn by_iteration(&self, components: usize) -> Directions {
        let (width, features) = (block(components), self.mean.len());
        let start = Key::new(0).purpose("pca").normal::<f64>([width, features]);
        let mut basis = orthonormal(start.to_vec(), width);
        let (mut captured, mut passes) = (0.0, 0);
        loop {
            let image = self.through_covariance(&basis);
            let turns = leading(basis.matmul(&image.transpose()), components);
            let before = std::mem::replace(&mut captured, turns.variances.iter().sum());
            passes += 1;
            let missed = (self.variance - captured).max(0.0);
            let settled = captured - before <= TOLERANCE * missed + ROUNDING * self.variance;
            if settled || passes == MOST_PASSES {
                return Directions {
                    rows: turns.rows.matmul(&basis),
                    variances: turns.variances,
                };
            }
            basis = orthonormal(image.to_vec(), width);
        }
    }

    /// B·C for B (width, features), without forming C.
    fn through_covariance(&self, basis: &Tensor<f64>) -> Tensor<f64> {
        let mut image = Tensor::<f64>::zeros(basis.shape());
        let across = basis.transpose();
        self.for_each_batch(|centred| {
            image.add_assign(&centred.matmul(&across).transpose().matmul(centred));
        });
        image.scale_assign(1.0 / self.data.rows() as f64);
        image
    }

    fn for_each_batch(&self, mut body: impl FnMut(&Tensor<f64>)) {
        for_each_batch(self.data, BATCH, |batch| body(&centred(batch, self.mean)));
    }
}

/// The number of directions to iterate: more directions need fewer passes.
fn block(components: usize) -> usize {
    2 * components + 10
}

/// Rows (rows, features) minus the mean.
pub fn centred(rows: &Tensor<f32>, mean: &[f64]) -> Tensor<f64> {
    const ROWS: usize = 16;
    let (values, features) = (rows.elements(), mean.len());
    Tensor::build(rows.shape(), |out| {
        parallel::chunks_mut(out, ROWS * features, |chunk, part| {
            let from = values[chunk * ROWS * features..].chunks_exact(features);
            for (out, row) in part.chunks_exact_mut(features).zip(from) {
                let pairs = row.iter().zip(mean);
                out.iter_mut()
                    .zip(pairs)
                    .for_each(|(out, (&x, mean))| *out = f64::from(x) - mean);
            }
        });
    })
}

/// The first `count` eigenvectors of a covariance matrix, in order of decreasing eigenvalue.
///
/// Features without variance are handled separately, because nalgebra's eigenvalues become NaN if some hundred rows of a matrix
/// are 0. Each such feature is an eigenvector with eigenvalue 0.
fn leading(matrix: Tensor<f64>, count: usize) -> Directions {
    let size = matrix.size(0);
    let values = matrix.to_vec();
    drop(matrix);
    pool::clear::<f64>();
    let (live, still): (Vec<usize>, Vec<usize>) =
        (0..size).partition(|feature| values[feature * (size + 1)] > 0.0);
    let entry = |i: usize, j: usize| values[live[i] * size + live[j]];
    let found = eigenvectors(DMatrix::from_fn(live.len(), live.len(), entry));
    drop(values);
    let mut rows = vec![0.0; count * size];
    let mut variances = vec![0.0; count];
    let places = rows.chunks_exact_mut(size).zip(&mut variances);
    for ((row, variance), (value, vector)) in places.zip(&found) {
        *variance = value.max(0.0);
        for (&feature, &value) in live.iter().zip(vector) {
            row[feature] = value;
        }
    }
    for (row, feature) in rows.chunks_exact_mut(size).skip(found.len()).zip(still) {
        row[feature] = 1.0;
    }
    Directions {
        rows: Tensor::from_vec(rows, [count, size]),
        variances,
    }
}

/// All eigenvalues of a symmetric matrix with their eigenvectors, largest first.
fn eigenvectors(matrix: DMatrix<f64>) -> Vec<(f64, Vec<f64>)> {
    if matrix.is_empty() {
        return Vec::new();
    }
    let eigen = SymmetricEigen::new(matrix);
    let columns = eigen.eigenvectors.column_iter();
    let mut found: Vec<(f64, Vec<f64>)> = eigen
        .eigenvalues
        .iter()
        .zip(columns)
        .map(|(&value, column)| (value, column.iter().copied().collect()))
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found
}

/// `count` orthonormal rows whose first n span the first n of these rows. A row that is linearly dependent on the previous ones
/// is replaced by an arbitrary direction.
fn orthonormal(rows: Vec<f64>, count: usize) -> Tensor<f64> {
    let features = rows.len() / count;
    // nalgebra stores columns: a row here is a column there.
    let columns = DMatrix::from_vec(features, count, rows).qr().q();
    Tensor::from_slice(columns.as_slice(), [count, features])
}

impl Directions {
    /// Makes the entry of largest magnitude positive, because the sign of an eigenvector is arbitrary.
    fn with_fixed_signs(mut self) -> Self {
        let features = self.rows.size(1);
        for row in self.rows.make_mut().chunks_exact_mut(features) {
            let largest = row
                .iter()
                .copied()
                .fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
            if largest < 0.0 {
                row.iter_mut().for_each(|value| *value = -*value);
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use latents_tensor::Spread;

    /// Rows whose variance falls along hidden directions, away from the origin.
    fn sample(rows: usize, features: usize) -> Tensor {
        let codes: Tensor = Key::new(1).normal([rows, features]);
        let codes = codes.to_vec();
        let codes = Tensor::from_fn([rows, features], |i| codes[i] / (1.0 + (i % features) as f32));
        let mut data = codes.matmul(&Key::new(2).normal([features, features]));
        data.add_assign(&Tensor::scalar(3.0));
        data
    }

    fn with_table<R>(data: &Tensor, body: impl FnOnce(Table<'_>) -> R) -> R {
        let mut spread = Spread::new(data.size(1));
        spread.add(data);
        body(Table {
            data,
            mean: &spread.mean(),
            variance: spread.around_mean() / data.size(0) as f64,
        })
    }

    fn largest_difference(a: &Tensor<f64>, b: &Tensor<f64>) -> f64 {
        let pairs = a.to_vec().into_iter().zip(b.to_vec());
        pairs.fold(0.0, |most, (a, b)| (a - b).abs().max(most))
    }

    fn check_alike(a: &Directions, b: &Directions, table: &Table<'_>, tolerance: f64) {
        let missed = |found: &Directions| table.variance - found.variances.iter().sum::<f64>();
        let (left, right) = (missed(a), missed(b));
        assert!((left - right).abs() <= tolerance * right, "{left} {right}");
        assert!(largest_difference(&a.rows, &b.rows) < tolerance.sqrt());
    }

    #[test]
    fn the_rows_products_give_the_directions_of_the_covariance() {
        let data = sample(30, 50);
        with_table(&data, |table| {
            let exact = leading(table.covariance(), 6).with_fixed_signs();
            let gram = table.by_gram(6).with_fixed_signs();
            check_alike(&gram, &exact, &table, 1e-10);
        });
    }

    #[test]
    fn iteration_gives_the_directions_of_the_covariance() {
        let data = sample(600, 80);
        with_table(&data, |table| {
            let exact = leading(table.covariance(), 5).with_fixed_signs();
            let iterated = table.by_iteration(5).with_fixed_signs();
            check_alike(&iterated, &exact, &table, 1e-7);
        });
    }

    #[test]
    fn hundreds_of_features_without_variance_leave_the_others_their_directions() {
        let (features, live) = (400, 60);
        let narrow = sample(300, live).to_vec();
        // Every live feature stands where no other does, between those that are always 3.
        let place = |feature: usize| feature * 17 % features;
        let mut wide = vec![3.0; 300 * features];
        for (row, values) in wide.chunks_exact_mut(features).zip(narrow.chunks_exact(live)) {
            for (feature, &value) in values.iter().enumerate() {
                row[place(feature)] = if value > 4.0 { value } else { 0.0 };
            }
        }
        let wide = Tensor::from_vec(wide, [300, features]);
        with_table(&wide, |table| {
            let found = leading(table.covariance(), 70);
            let products = found.rows.matmul(&found.rows.transpose());
            assert!(largest_difference(&products, &Tensor::eye(70)) < 1e-12);
            let sum: f64 = found.variances.iter().sum();
            assert!(
                (sum / table.variance - 1.0).abs() < 1e-10,
                "{sum} of {}",
                table.variance
            );
            assert!(found.variances[60..].iter().all(|&variance| variance == 0.0));
        });
    }

    #[test]
    fn directions_without_variance_are_orthonormal_too() {
        let data = sample(4, 9);
        with_table(&data, |table| {
            let all = table.by_gram(9);
            let products = all.rows.matmul(&all.rows.transpose());
            assert!(largest_difference(&products, &Tensor::eye(9)) < 1e-12);
            assert!(all.variances[3..].iter().all(|&variance| variance < 1e-10));
        });
    }

    #[test]
    fn large_tables_are_iterated_to_the_same_bits_by_any_number_of_threads() {
        let data = sample(1100, 64).matmul(&Key::new(3).normal([64, 1100]));
        let with = |threads: usize| {
            latents_testing::in_pool(threads, || {
                parallel::team(|| with_table(&data, |table| table.directions(3).rows.to_vec()))
            })
        };
        let one = with(1);
        assert!((2..=3).all(|threads| with(threads) == one));
    }
}
