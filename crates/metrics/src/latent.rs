//! Which latent dimensions a model uses.

use latents_tensor::Tensor;

/// The variance of posterior means above which a latent dimension counts as active (Burda, Grosse & Salakhutdinov 2015, 5.2).
pub const ACTIVE_VARIANCE: f64 = 0.01;

/// Result of [`active_units`].
#[derive(Clone, Debug, PartialEq)]
pub struct ActiveUnits {
    /// The variance of the posterior mean of each latent dimension over the data: Σ(μ − mean(μ))² / rows.
    pub variances: Vec<f64>,
}

impl ActiveUnits {
    /// The number of latent dimensions with a variance above [`ACTIVE_VARIANCE`].
    ///
    /// ```
    /// # use latents_tensor::Tensor;
    /// let units = latents_metrics::active_units(&Tensor::from_slice(&[1.0, 0.0, -1.0, 0.0], [2, 2]));
    /// assert_eq!(units.active(), 1);
    /// ```
    pub fn active(&self) -> usize {
        self.variances
            .iter()
            .filter(|&&variance| variance > ACTIVE_VARIANCE)
            .count()
    }
}

/// Active units (Burda, Grosse & Salakhutdinov 2015, "Importance weighted autoencoders", 5.2): the variances of A = Cov_x(E[z |
/// x]), from the posterior means (rows, latents) of a data set. A latent dimension that ignores the data has a constant mean.
///
/// # Panics
/// If `means` is not a matrix.
///
/// ```
/// # use latents_tensor::Tensor;
/// let units = latents_metrics::active_units(&Tensor::from_slice(&[1.0, 0.0, -1.0, 0.0], [2, 2]));
/// assert_eq!(units.variances, [1.0, 0.0]);
/// ```
#[track_caller]
pub fn active_units(means: &Tensor) -> ActiveUnits {
    assert_eq!(means.rank(), 2, "active_units: the means must be (rows, latents)");
    let (rows, latents) = (means.size(0), means.size(1));
    let values = means.elements();
    let table = || values.chunks_exact(latents.max(1));
    let mut centre = vec![0.0; latents];
    table().for_each(|row| add(&mut centre, row, |x, _| x));
    centre.iter_mut().for_each(|sum| *sum /= rows.max(1) as f64);
    let mut variances = vec![0.0; latents];
    table().for_each(|row| {
        add(&mut variances, row, |x, column| {
            (x - centre[column]) * (x - centre[column])
        })
    });
    variances.iter_mut().for_each(|sum| *sum /= rows.max(1) as f64);
    ActiveUnits { variances }
}

fn add(sums: &mut [f64], row: &[f32], term: impl Fn(f64, usize) -> f64) {
    for (column, (sum, &x)) in sums.iter_mut().zip(row).enumerate() {
        *sum += term(f64::from(x), column);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use latents_tensor::random::Key;

    #[test]
    fn latents_that_ignore_the_data_are_not_active() {
        let noise: Vec<f32> = Key::new(1).normal([4000, 4]).to_vec();
        let scale = [1.0, 0.02, 0.0, 0.2];
        let means = Tensor::from_fn([4000, 4], |i| 100.0 + scale[i % 4] * noise[i]);
        let units = active_units(&means);
        assert_eq!(units.active(), 2);
        for (variance, scale) in units.variances.iter().zip(scale) {
            let expected = f64::from(scale * scale);
            assert!(
                (variance - expected).abs() <= 0.1 * expected,
                "{variance} {expected}"
            );
        }
        // Of a view, too.
        let turned = active_units(&means.transpose().contiguous().transpose());
        assert_eq!(turned, units);
    }

    #[test]
    fn nothing_varies_without_rows() {
        assert_eq!(active_units(&Tensor::zeros([0, 3])).active(), 0);
    }
}
