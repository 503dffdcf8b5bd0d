//! A preconditioner for L-BFGS from the second moments of the data.

use super::objective::CHUNK;
use latents_tensor::for_each_batch;
use latents_tensor::gemm::{self, MatMut, MatRef, Nothing, Start};
use latents_tensor::simd::Isa;
use latents_tensor::{Rows, Tensor};
use nalgebra::{Cholesky, DMatrix, DMatrixViewMut, Dyn};

/// Up to this number of features, the full matrix of second moments is used, otherwise only its diagonal.
const WHOLE: usize = 2048;

/// The average of p·(1 − p), used as the curvature of the softmax. It affects only the speed, not the minimum. Böhning's bound
/// is 1/2; values near the minima of good classifiers are far below it.
const CURVATURE: f64 = 0.05;

/// The inverse of c·XᵀX/n + penalties, where the rows x of X are extended by a 1; the same for every class.
pub(super) enum Preconditioner {
    Whole(Cholesky<f64, Dyn>),
    Diagonal(Vec<f64>),
}

impl Preconditioner {
    /// The preconditioner for standardised rows, with the penalty of each column.
    pub(super) fn of(data: &dyn Rows, penalties: &[f64]) -> Self {
        let (rows, features) = (data.rows() as f64, data.features());
        let scale = CURVATURE / rows;
        if features > WHOLE {
            let mut diagonal = vec![0.0; features + 1];
            for_each_batch(data, CHUNK, |batch| add_squares(&mut diagonal, batch));
            let pairs = diagonal.iter_mut().zip(penalties);
            pairs.for_each(|(sum, penalty)| *sum = *sum * scale + penalty);
            diagonal[features] = CURVATURE;
            return Self::Diagonal(diagonal);
        }
        let moments = moments(data);
        let width = features + 1;
        let entry = |i: usize, j: usize| scale * f64::from(moments[i.min(j) * width + i.max(j)]);
        let mut matrix = DMatrix::from_fn(width, width, entry);
        let mean = (0..width).map(|i| matrix[(i, i)]).sum::<f64>() / width as f64;
        // Rounding may make a zero variance slightly negative.
        (0..width).for_each(|i| matrix[(i, i)] += 1e-6 * mean);
        (0..features).for_each(|i| matrix[(i, i)] += penalties[i]);
        let diagonal = matrix.diagonal().as_slice().to_vec();
        Cholesky::new(matrix).map_or(Self::Diagonal(diagonal), Self::Whole)
    }

    /// Multiplies the rows of `direction`, one per class, by the inverse curvature.
    pub(super) fn apply(&self, direction: &mut [f64]) {
        match self {
            Self::Whole(factor) => {
                let width = factor.l_dirty().nrows();
                let classes = direction.len() / width;
                factor.solve_mut(&mut DMatrixViewMut::from_slice(direction, width, classes));
            }
            Self::Diagonal(diagonal) => {
                for row in direction.chunks_exact_mut(diagonal.len()) {
                    row.iter_mut()
                        .zip(diagonal)
                        .for_each(|(x, curvature)| *x /= curvature);
                }
            }
        }
    }
}

fn add_squares(sums: &mut [f64], batch: &Tensor) {
    for row in batch.elements().chunks_exact(batch.size(1).max(1)) {
        let pairs = sums.iter_mut().zip(row);
        pairs.for_each(|(sum, &x)| *sum += f64::from(x) * f64::from(x));
    }
}

/// Σ xᵀx of the rows extended by a 1, (features + 1)².
fn moments(data: &dyn Rows) -> Vec<f32> {
    let width = data.features() + 1;
    let mut moments = vec![0.0f32; width * width];
    let mut augmented = Vec::new();
    for_each_batch(data, 4 * CHUNK, |batch| {
        augmented.clear();
        for row in batch.elements().chunks_exact(width - 1) {
            augmented.extend_from_slice(row);
            augmented.push(1.0);
        }
        let x = MatRef::row_major(&augmented, batch.size(0), width);
        let c = MatMut::row_major(&mut moments, width, width);
        gemm::gemm(Isa::active(), x.transpose(), x, c, Start::Output, &Nothing);
    });
    moments
}

#[cfg(test)]
mod tests {
    use super::*;
    use latents_tensor::random::Key;

    #[test]
    fn directions_are_divided_by_the_curvature() {
        let data: Tensor = Key::new(1).normal([500, 3]);
        let whole = Preconditioner::of(&data, &[0.1; 3]);
        assert!(matches!(whole, Preconditioner::Whole(_)));
        let direction = Key::new(2).normal::<f64>([2, 4]).to_vec();
        let mut divided = direction.clone();
        whole.apply(&mut divided);
        // Multiplied again, entry by entry.
        let value = |row: usize, column: usize| {
            if column == 3 {
                1.0
            } else {
                f64::from(data.at(&[row, column]))
            }
        };
        for class in 0..2 {
            for i in 0..4 {
                let times: f64 = (0..4)
                    .map(|j| {
                        let moment: f64 = (0..500).map(|row| value(row, i) * value(row, j)).sum();
                        let entry = CURVATURE * moment / 500.0 + if i == j && i < 3 { 0.1 } else { 0.0 };
                        entry * divided[class * 4 + j]
                    })
                    .sum();
                let expected = direction[class * 4 + i];
                assert!((times - expected).abs() < 1e-4, "{times} {expected}");
            }
        }
    }

    #[test]
    fn wide_data_have_a_diagonal() {
        let data: Tensor = Key::new(1).normal([30, WHOLE + 1]);
        let model = Preconditioner::of(&data, &[0.1; WHOLE + 1]);
        let Preconditioner::Diagonal(diagonal) = &model else {
            panic!("too wide for a matrix");
        };
        assert_eq!(diagonal.len(), WHOLE + 2);
        let mut direction = diagonal.clone();
        model.apply(&mut direction);
        assert!(direction.iter().all(|&x| x == 1.0));
    }
}
