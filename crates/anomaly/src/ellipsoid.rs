//! `Ellipsoid`: a mean and a covariance, with the Mahalanobis distance.

use super::DetectorError;
use latents_classical::Pca;
use latents_classical::centred;
use latents_tensor::{Rows, Tensor};
use serde::{Deserialize, Serialize};

/// Number of directions with individual variances; the others share one.
const MOST_DIRECTIONS: usize = 256;

/// A mean and a covariance matrix Σ = V·diag(λ)·Vᵀ + ρ·(1 − VVᵀ), where V are the directions of the largest variance. With as
/// many directions as features, Σ can be any covariance.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ellipsoid {
    mean: Vec<f64>,
    /// Vᵀ (directions, features).
    directions: Tensor<f64>,
    /// 1/√λ.
    inverse: Vec<f64>,
    /// 1/√ρ; 0 if there are as many directions as features.
    rest: f64,
}

impl Ellipsoid {
    /// Fits the rows of a table and adds `shrinkage` to all variances.
    pub(super) fn fit(table: &dyn Rows, shrinkage: f64) -> Result<Self, DetectorError> {
        let features = table.features();
        let pca = Pca::fit(table, features.min(MOST_DIRECTIONS))?;
        let inverse = |variance: f64| 1.0 / (variance + shrinkage).sqrt();
        let left = features - pca.variances().len();
        let total = pca.mse(table) * features as f64;
        Ok(Self {
            mean: pca.mean().to_vec(),
            inverse: pca
                .variances()
                .iter()
                .map(|&variance| inverse(variance))
                .collect(),
            rest: if left == 0 {
                0.0
            } else {
                inverse(total / left as f64)
            },
            directions: pca.components().clone(),
        })
    }

    /// Σ^(−1/2)·(x − mean) of rows (rows, features), with the symmetric root, which stays closest to the original axes (Kessy,
    /// Lewin & Strimmer 2018).
    pub(super) fn whitened(&self, rows: &Tensor) -> Tensor<f64> {
        let mut white = centred(rows, &self.mean);
        let mut along = white.matmul(&self.directions.transpose());
        let (inverse, rest) = (&self.inverse, self.rest);
        for row in along.make_mut().chunks_exact_mut(inverse.len()) {
            row.iter_mut()
                .zip(inverse)
                .for_each(|(x, inverse)| *x *= inverse - rest);
        }
        white.scale_assign(rest);
        white.add_assign(&along.matmul(&self.directions));
        white
    }
}

/// The serialised form of an [`Ellipsoid`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EllipsoidState {
    mean: Vec<f64>,
    directions: Vec<f64>,
    inverse: Vec<f64>,
    rest: f64,
}

impl From<Ellipsoid> for EllipsoidState {
    fn from(ellipsoid: Ellipsoid) -> Self {
        Self {
            directions: ellipsoid.directions.to_vec(),
            mean: ellipsoid.mean,
            inverse: ellipsoid.inverse,
            rest: ellipsoid.rest,
        }
    }
}

impl EllipsoidState {
    /// Checks the state against the number of features.
    pub(super) fn into_ellipsoid(self, features: usize) -> Result<Ellipsoid, DetectorError> {
        let count = self.inverse.len();
        if self.mean.len() != features || count == 0 || count > features {
            return Err(DetectorError::Damaged(
                "a mean or the variances have the wrong length",
            ));
        }
        if self.directions.len() != count * features {
            return Err(DetectorError::Damaged("the directions have the wrong length"));
        }
        let numbers = self.mean.iter().chain(&self.directions).chain(&self.inverse);
        if !numbers.chain([&self.rest]).all(|number| number.is_finite()) {
            return Err(DetectorError::Damaged("a number is not finite"));
        }
        Ok(Ellipsoid {
            mean: self.mean,
            directions: Tensor::from_vec(self.directions, [count, features]),
            inverse: self.inverse,
            rest: self.rest,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use latents_tensor::random::Key;

    fn table(rows: usize, features: usize) -> Tensor {
        let mut table = Key::new(1)
            .normal([rows, features])
            .matmul(&Key::new(2).normal([features, features]));
        table.add_assign(&Tensor::scalar(5.0));
        table
    }

    #[test]
    fn whitened_rows_of_the_table_have_the_unit_covariance() {
        let table = table(400, 7);
        let white = Ellipsoid::fit(&table, 1e-9).unwrap().whitened(&table);
        let mut covariance = white.transpose().matmul(&white);
        covariance.scale_assign(1.0 / 400.0);
        let distance = covariance
            .to_vec()
            .into_iter()
            .zip(Tensor::<f64>::eye(7).to_vec());
        let largest = distance.fold(0.0f64, |most, (a, b)| most.max((a - b).abs()));
        assert!(largest < 1e-6, "{largest}");
    }

    #[test]
    fn many_features_share_the_variance_of_what_is_left() {
        // 300 independent features, all alike: every direction has about the same variance, those left over too.
        let table: Tensor = Key::new(3).normal([2000, MOST_DIRECTIONS + 44]);
        let ellipsoid = Ellipsoid::fit(&table, 1e-9).unwrap();
        assert_eq!(ellipsoid.inverse.len(), MOST_DIRECTIONS);
        let squares = |table: &Tensor| {
            let white = ellipsoid.whitened(table).to_vec();
            white.iter().map(|x| x * x).sum::<f64>() / white.len() as f64
        };
        assert!((squares(&table) - 1.0).abs() < 1e-4, "{}", squares(&table));
    }

    #[test]
    fn a_file_holds_all_of_it() {
        let ellipsoid = Ellipsoid::fit(&table(50, 3), 0.1).unwrap();
        let state = EllipsoidState::from(ellipsoid.clone());
        assert_eq!(state.clone().into_ellipsoid(3), Ok(ellipsoid));
        assert!(state.into_ellipsoid(4).is_err());
    }
}
