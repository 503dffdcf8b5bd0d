//! The Fréchet distance between two samples, from their means and covariances.

use latents_error::ConfigError;
use latents_tensor::random::Key;
use latents_tensor::{Real, Rows, Tensor, for_each_batch};
use nalgebra::{DMatrix, SymmetricEigen};

/// Rows in memory at once in f64.
const BATCH: usize = 1024;

/// The Fréchet distance between two tables of rows, (rows, features) each, under the assumption that both are normally
/// distributed (Dowson & Landau 1982):
///
/// ```text
/// ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁^½ Σ₂ Σ₁^½)^½)
/// ```
///
/// with the means μ and the covariances Σ = Σᵢ (xᵢ − μ)(xᵢ − μ)ᵀ / (rows − 1), all in f64. Its unit is that of a squared value.
/// It depends on the features: for images use [`random_projection`], and report which features were used. (The FID is this
/// distance between features of one specific trained network; values for other features are not comparable with it.) The time
/// grows with the cube of the number of features.
///
/// ```
/// use latents_metrics::frechet_distance;
/// use latents_tensor::Tensor;
/// let rows = Tensor::from_slice(&[0.0f32, 1.0, 2.0, 5.0], [4, 1]);
/// let moved = &rows + &Tensor::scalar(3.0);
/// assert!((frechet_distance(&rows, &moved)? - 9.0).abs() < 1e-12);
/// # Ok::<(), latents_error::ConfigError>(())
/// ```
///
/// # Errors
/// If a table has fewer than 2 rows, if the numbers of features differ, if a value is not finite, or if a sum of squares exceeds
/// the range of f64.
pub fn frechet_distance<T: Real>(first: &dyn Rows<T>, second: &dyn Rows<T>) -> Result<f64, ConfigError> {
    check(first, second)?;
    let (first, second) = (Moments::of("first", first)?, Moments::of("second", second)?);
    let means = first.mean.iter().zip(&second.mean);
    let shift: f64 = means.map(|(a, b)| (a - b) * (a - b)).sum();
    let traces = first.covariance.trace() + second.covariance.trace();
    let distance = shift + traces - 2.0 * overlap(&first.covariance, &second.covariance);
    if !distance.is_finite() {
        return Err(too_large("the difference of the tables"));
    }
    Ok(distance.max(0.0))
}

fn check<T: Real>(first: &dyn Rows<T>, second: &dyn Rows<T>) -> Result<(), ConfigError> {
    for (name, rows) in [("first", first.rows()), ("second", second.rows())] {
        if rows < 2 {
            let name = format!("the rows of the {name} table");
            return Err(ConfigError::new(name, rows, "a covariance needs at least 2"));
        }
    }
    if first.features() != second.features() {
        let requirement = format!("must equal those of the first table, {}", first.features());
        let name = "the features of the second table";
        return Err(ConfigError::new(name, second.features(), requirement));
    }
    Ok(())
}

/// Random-projection features: rows (rows, features) · R, where the entries of R (features, columns) are drawn from `key` as
/// normal with variance 1 / columns. The expected squared distance between rows is preserved (Johnson & Lindenstrauss 1984).
/// These features need no trained network and weight all input features equally.
///
/// ```
/// # use latents_metrics::random_projection;
/// # use latents_tensor::{Tensor, random::Key};
/// let features: Tensor = random_projection(&Tensor::ones([5, 64]), 8, Key::new(1));
/// assert_eq!(features.shape()[..], [5, 8]);
/// ```
pub fn random_projection<T: Real>(rows: &Tensor<T>, columns: usize, key: Key) -> Tensor<T> {
    let mut directions = key.purpose("random projection").normal([rows.size(1), columns]);
    directions.scale_assign(T::from_f64(1.0 / (columns as f64).sqrt()));
    rows.matmul(&directions)
}

/// Mean and covariance of a table.
struct Moments {
    mean: Vec<f64>,
    covariance: DMatrix<f64>,
}

impl Moments {
    fn of<T: Real>(name: &str, data: &dyn Rows<T>) -> Result<Self, ConfigError> {
        let (rows, features) = (data.rows(), data.features());
        let (mut mean, mut is_finite) = (vec![0.0; features], true);
        for_each_batch(data, BATCH, |batch| {
            let values = batch.to_vec();
            is_finite &= values.iter().all(|x| x.to_f64().is_finite());
            for row in values.chunks_exact(features.max(1)) {
                mean.iter_mut().zip(row).for_each(|(sum, x)| *sum += x.to_f64());
            }
        });
        mean.iter_mut().for_each(|sum| *sum /= rows as f64);
        let mut products = Tensor::<f64>::zeros([features, features]);
        for_each_batch(data, BATCH, |batch| {
            let centred = centred(batch, &mean);
            products.add_assign(&centred.transpose().matmul(&centred));
        });
        let scale = 1.0 / (rows - 1) as f64;
        let products = products.to_vec();
        let name = format!("the {name} table");
        if !is_finite {
            let requirement = "the distance needs finite numbers";
            return Err(ConfigError::new(name, "not finite", requirement));
        }
        if !products.iter().chain(&mean).all(|x| x.is_finite()) {
            return Err(too_large(name));
        }
        let covariance = DMatrix::from_fn(features, features, |i, j| scale * products[i * features + j]);
        Ok(Self { mean, covariance })
    }
}

fn too_large(name: impl Into<String>) -> ConfigError {
    let requirement = "squares of its numbers exceed the range of f64; scale the data down";
    ConfigError::new(name.into(), "too large", requirement)
}

/// Rows (rows, features) minus the mean, in f64.
fn centred<T: Real>(rows: &Tensor<T>, mean: &[f64]) -> Tensor<f64> {
    let values = rows.to_vec();
    Tensor::from_fn(rows.shape(), |i| values[i].to_f64() - mean[i % mean.len()])
}

/// tr (Σ₁^½ Σ₂ Σ₁^½)^½, computed as the sum of the singular values of F₁ᵀ F₂ where Σ = F Fᵀ. This avoids square roots of
/// eigenvalues that are 0 up to rounding. Features that are constant in one of the tables contribute 0.
fn overlap(first: &DMatrix<f64>, second: &DMatrix<f64>) -> f64 {
    let varies = |feature: &usize| first[(*feature, *feature)] > 0.0 && second[(*feature, *feature)] > 0.0;
    let live: Vec<usize> = (0..first.nrows()).filter(varies).collect();
    let entries = |matrix: &DMatrix<f64>| {
        factor(DMatrix::from_fn(live.len(), live.len(), |i, j| {
            matrix[(live[i], live[j])]
        }))
    };
    let (first, second) = (entries(first), entries(second));
    let product = first.transpose() * second;
    if product.is_empty() {
        return 0.0;
    }
    product.singular_values().iter().sum()
}

/// F with F Fᵀ = Σ, with one column for each eigenvalue that is not 0 up to rounding.
fn factor(covariance: DMatrix<f64>) -> DMatrix<f64> {
    let size = covariance.nrows();
    if size == 0 {
        return covariance;
    }
    let SymmetricEigen {
        mut eigenvectors,
        eigenvalues,
    } = SymmetricEigen::new(covariance);
    let rounding = size as f64 * f64::EPSILON * eigenvalues.max();
    let rank: Vec<usize> = (0..size).filter(|&i| eigenvalues[i] > rounding).collect();
    for &column in &rank {
        eigenvectors
            .column_mut(column)
            .scale_mut(eigenvalues[column].sqrt());
    }
    eigenvectors.select_columns(&rank)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All corners of a box of these half widths around a centre: exactly uncorrelated columns.
    fn corners(half: &[f64], centre: &[f64]) -> Tensor<f64> {
        let columns = half.len();
        Tensor::from_fn([1 << columns, columns], |i| {
            let (row, column) = (i / columns, i % columns);
            let sign = if row >> column & 1 == 1 { 1.0 } else { -1.0 };
            centre[column] + sign * half[column]
        })
    }

    fn turned(rows: &Tensor<f64>, seed: u64) -> Tensor<f64> {
        let size = rows.size(1);
        let drawn: Tensor<f64> = Key::new(seed).normal([size, size]);
        let q = DMatrix::from_vec(size, size, drawn.to_vec()).qr().q();
        rows.matmul(&Tensor::from_slice(q.as_slice(), [size, size]))
    }

    #[track_caller]
    fn near(distance: Result<f64, ConfigError>, expected: f64) {
        let distance = distance.unwrap();
        assert!(
            (distance - expected).abs() <= 1e-10 * (1.0 + expected),
            "{distance} instead of {expected}"
        );
    }

    /// Σ (μ₁ − μ₂)² + (σ₁ − σ₂)² where covariances are diagonal, in any axes that both tables share.
    #[test]
    fn diagonal_covariances_have_a_closed_form() {
        let (first, second) = ([1.0, 2.0, 0.5, 3.0], [1.5, 2.0, 4.0, 0.0]);
        let (from, to) = ([0.0, 1.0, -2.0, 0.0], [1.0, 1.0, 2.0, 0.25]);
        let (a, b) = (corners(&first, &from), corners(&second, &to));
        let square = |x: f64| x * x;
        let unbiased = 16.0 / 15.0;
        let expected: f64 = (0..4)
            .map(|i| square(from[i] - to[i]) + unbiased * square(first[i] - second[i]))
            .sum();
        near(frechet_distance(&a, &b), expected);
        near(frechet_distance(&b, &a), expected);
        near(frechet_distance(&turned(&a, 3), &turned(&b, 3)), expected);
    }

    /// Of covariances that share no axes: tr of the root of a product of 2×2 matrices, √(tr P + 2 √det P).
    #[test]
    fn correlated_columns_have_a_closed_form() {
        let rows = |x: [f64; 8]| Tensor::from_slice(&x, [4, 2]);
        let a = rows([1., 0., -1., 0., 0., 2., 0., -2.]);
        let b = rows([1., 1., -1., -1., 1., -1., -1., 1.]);
        let c = rows([2., 1., -2., -1., 0., 1., 0., -1.]);
        for (first, second) in [(&a, &b), (&a, &c), (&b, &c)] {
            let (m, n) = (Moments::of("", first).unwrap(), Moments::of("", second).unwrap());
            let product = &m.covariance * &n.covariance;
            let overlap = (product.trace() + 2.0 * product.determinant().sqrt()).sqrt();
            let expected = m.covariance.trace() + n.covariance.trace() - 2.0 * overlap;
            near(frechet_distance(first, second), expected);
        }
    }

    #[test]
    fn a_table_is_at_no_distance_from_itself_and_at_its_shift_from_a_moved_one() {
        let rows: Tensor<f64> = Key::new(1).normal([40, 7]);
        let shift = Tensor::from_slice(&[1.0, 0.0, -2.0, 0.5, 0.0, 3.0, 0.0], [1, 7]);
        near(frechet_distance(&rows, &rows), 0.0);
        near(frechet_distance(&rows, &(&rows + &shift)), 1.0 + 4.0 + 0.25 + 9.0);
        // Twice the table: (σ₁ − σ₂)² = σ₁² in every direction.
        let trace = Moments::of("", &rows).unwrap().covariance.trace();
        let mean = Moments::of("", &rows).unwrap().mean;
        let moved: f64 = mean.iter().map(|x| x * x).sum();
        near(frechet_distance(&rows, &(&rows * 2.0)), trace + moved);
    }

    /// Fewer rows than columns, repeated columns, columns that do not vary: hundreds of eigenvalues are 0.
    #[test]
    fn covariances_need_not_have_full_rank() {
        let few: Tensor<f64> = Key::new(2).normal([5, 300]);
        near(frechet_distance(&few, &few), 0.0);
        let trace = Moments::of("", &few).unwrap().covariance.trace();
        let still = Tensor::zeros([3, 300]);
        let mean: f64 = Moments::of("", &few).unwrap().mean.iter().map(|x| x * x).sum();
        near(frechet_distance(&few, &still), trace + mean);
        near(frechet_distance(&still, &still), 0.0);
        // Directions at right angles have nothing in common.
        let half = |from: usize| {
            Tensor::from_fn([64, 300], |i| {
                let (row, column) = (i / 300, i % 300);
                let varies = column >= from && column < from + 150;
                f64::from(u8::from(varies)) * if row % 2 == 0 { 1.0 } else { -1.0 }
            })
        };
        near(frechet_distance(&half(0), &half(150)), 2.0 * 150.0 * 64.0 / 63.0);
        near(frechet_distance(&half(0), &half(0)), 0.0);
    }

    #[test]
    fn one_column_is_enough() {
        let a = Tensor::from_slice(&[-1.0f32, 1.0], [2, 1]);
        let b = Tensor::from_slice(&[2.0f32, 8.0], [2, 1]);
        near(frechet_distance(&a, &b), 25.0 + 2.0 * (3.0 - 1.0) * (3.0 - 1.0));
    }

    #[test]
    fn tables_without_a_distance_are_refused() {
        let message = |a: &Tensor, b: &Tensor| frechet_distance(a, b).unwrap_err().to_string();
        let rows = |rows: usize, columns: usize| Tensor::zeros([rows, columns]);
        assert_eq!(
            message(&rows(1, 3), &rows(4, 3)),
            "the rows of the first table is 1: a covariance needs at least 2"
        );
        assert_eq!(
            message(&rows(4, 3), &rows(0, 3)),
            "the rows of the second table is 0: a covariance needs at least 2"
        );
        assert_eq!(
            message(&rows(4, 3), &rows(4, 2)),
            "the features of the second table is 2: must equal those of the first table, 3"
        );
        let endless = Tensor::full([4, 3], f32::INFINITY);
        assert!(message(&rows(4, 3), &endless).starts_with("the second table is not finite"));
    }

    /// Finite numbers whose squares are not, in one table or between two.
    #[test]
    fn tables_of_large_numbers_are_refused() {
        let column = |a: f64, b: f64| Tensor::from_slice(&[a, b], [2, 1]);
        let message = |a: &Tensor<f64>, b: &Tensor<f64>| frechet_distance(a, b).unwrap_err().to_string();
        let (plain, wide) = (column(0.0, 1.0), column(-1e160, 1e160));
        let about = "squares of its numbers exceed the range of f64; scale the data down";
        assert_eq!(
            message(&plain, &wide),
            format!("the second table is too large: {about}")
        );
        let far = column(1e160, 1e160);
        assert_eq!(
            message(&plain, &far),
            format!("the difference of the tables is too large: {about}")
        );
        let largest = column(1e150, 3e150);
        near(
            frechet_distance(&largest, &largest).map(|distance| distance / 1e300),
            0.0,
        );
    }

    /// Squared lengths keep their expectation.
    #[test]
    fn projections_keep_lengths() {
        let rows: Tensor = Key::new(4).normal([50, 30]);
        let projected = random_projection(&rows, 400, Key::new(5));
        assert_eq!(projected.shape()[..], [50, 400]);
        let ratio = f64::from(projected.norm_all() / rows.norm_all());
        assert!((ratio - 1.0).abs() < 0.05, "{ratio}");
        assert_eq!(projected, random_projection(&rows, 400, Key::new(5)));
        assert_ne!(projected, random_projection(&rows, 400, Key::new(6)));
    }
}
