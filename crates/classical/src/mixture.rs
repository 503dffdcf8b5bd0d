//! Gaussian mixtures, which give a density over the codes of any model.

mod component;
mod em;

use component::Component;
use latents_error::ConfigError;
use latents_tensor::random::Key;
use latents_tensor::{Algebra, Rows, Tensor, parallel};

/// Configuration of [`GaussianMixture::fit`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct GaussianMixtureConfig {
    /// Number of components; 1 is a single Gaussian.
    pub components: usize,
    /// Added to every variance. Default: 10⁻⁶.
    pub variance_floor: f64,
    /// The fit stops when an iteration improves the mean log-likelihood per row by less than this. Default: 10⁻³.
    pub tolerance: f64,
    /// Maximum number of iterations. Default: 100.
    pub max_iterations: usize,
    /// Seed of the initial means.
    pub seed: u64,
}

latents_error::setters! {
    GaussianMixtureConfig { components: usize, variance_floor: f64, tolerance: f64, max_iterations: usize, seed: u64 }
}

impl GaussianMixtureConfig {
    /// A configuration with `components` components and defaults for all other settings.
    ///
    /// ```
    /// # use latents_classical::GaussianMixtureConfig;
    /// assert_eq!(GaussianMixtureConfig::new(3).max_iterations, 100);
    /// ```
    pub fn new(components: usize) -> Self {
        Self {
            components,
            variance_floor: 1e-6,
            tolerance: 1e-3,
            max_iterations: 100,
            seed: 0,
        }
    }
}

/// A Gaussian mixture p(z) = Σₖ wₖ·N(z; μₖ, Σₖ) with full covariances, fitted by expectation maximisation (Dempster, Laird &
/// Rubin 1977) and initialised by k-means++ (Arthur & Vassilvitskii 2007).
///
/// ```
/// use latents_classical::{GaussianMixture, GaussianMixtureConfig};
/// use latents_tensor::{Tensor, random::Key};
/// let codes: Tensor = Key::new(1).normal([400, 2]);
/// let density = GaussianMixture::fit(&codes, GaussianMixtureConfig::new(1))?;
/// assert_eq!(density.sample(10, Key::new(2)).shape()[..], [10, 2]);
/// let log_densities = density.log_density(&Tensor::from_slice(&[0.0, 0.0, 9.0, 9.0], [2, 2]));
/// assert!(log_densities[0] > log_densities[1]);
/// # Ok::<(), latents_classical::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct GaussianMixture {
    components: Vec<Component>,
    iterations: usize,
    converged: bool,
}

/// Rows that one thread processes at a time.
const CHUNK: usize = 256;

impl GaussianMixture {
    /// Fits the mixture to codes (rows, latents).
    ///
    /// # Errors
    /// If there are no components or fewer rows than components, if a value is not finite, or if a setting is out of range.
    ///
    /// ```
    /// # use latents_classical::{GaussianMixture, GaussianMixtureConfig};
    /// # use latents_tensor::{Tensor, random::Key};
    /// let codes: Tensor = Key::new(1).normal([400, 2]);
    /// let mixture = GaussianMixture::fit(&codes, GaussianMixtureConfig::new(2))?;
    /// assert!((mixture.weights().iter().sum::<f64>() - 1.0).abs() < 1e-9);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    pub fn fit(codes: &dyn Rows, config: GaussianMixtureConfig) -> Result<Self, ConfigError> {
        let rows = codes.rows();
        if config.components == 0 || config.components > rows {
            let requirement = format!("must be between 1 and the number of rows, {rows}");
            return Err(ConfigError::new("components", config.components, requirement));
        }
        for (option, value) in [
            ("variance_floor", config.variance_floor),
            ("tolerance", config.tolerance),
        ] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(ConfigError::new(option, value, "must be positive and finite"));
            }
        }
        parallel::team(|| em::fit(codes, config))
    }

    /// Creates a mixture from weights (which are normalised), means (components, latents) and covariances (components, latents,
    /// latents).
    ///
    /// # Errors
    /// If a weight is negative, if all weights are 0, if a value is not finite, or if a covariance is not positive definite.
    ///
    /// # Panics
    /// If the shapes do not match.
    ///
    /// ```
    /// # use latents_classical::GaussianMixture;
    /// # use latents_tensor::Tensor;
    /// let covariance = Tensor::from_slice(&[1.0, 0.0, 0.0, 1.0], [1, 2, 2]);
    /// let mixture = GaussianMixture::from_parameters(&[2.0], &Tensor::zeros([1, 2]), &covariance)?;
    /// assert_eq!(mixture.weights(), [1.0]);
    /// assert_eq!(mixture.means().shape()[..], [1, 2]);
    /// assert_eq!(mixture.covariances(), covariance);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    #[track_caller]
    pub fn from_parameters(
        weights: &[f64],
        means: &Tensor<f64>,
        covariances: &Tensor<f64>,
    ) -> Result<Self, ConfigError> {
        let (count, latents) = (means.size(0), means.size(1));
        assert!(
            weights.len() == count && covariances.shape()[..] == [count, latents, latents],
            "the shapes of {} weights, means {} and covariances {} do not match",
            weights.len(),
            means.shape(),
            covariances.shape()
        );
        let sum: f64 = weights.iter().sum();
        if !(sum > 0.0 && sum.is_finite()) || weights.iter().any(|&weight| weight < 0.0) {
            let requirement = "must be non-negative, with a positive sum";
            return Err(ConfigError::new("weights", format!("{weights:?}"), requirement));
        }
        let component = |index: usize| {
            let mean = means.select(0, index).to_vec();
            let covariance = covariances.select(0, index).to_vec();
            Component::new(weights[index] / sum, mean, covariance).ok_or_else(|| {
                let requirement = "must be finite and positive definite";
                ConfigError::new(
                    "covariances",
                    format!("invalid for component {index}"),
                    requirement,
                )
            })
        };
        Ok(Self {
            components: (0..count).map(component).collect::<Result<_, _>>()?,
            iterations: 0,
            converged: true,
        })
    }

    /// The weight of each component; the weights sum to 1.
    ///
    /// ```
    /// # use latents_classical::GaussianMixture;
    /// # use latents_tensor::Tensor;
    /// # let covariance = Tensor::from_slice(&[1.0, 0.0, 0.0, 1.0], [1, 2, 2]);
    /// # let mixture = GaussianMixture::from_parameters(&[1.0], &Tensor::zeros([1, 2]), &covariance)?;
    /// assert_eq!(mixture.weights(), [1.0]);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    pub fn weights(&self) -> Vec<f64> {
        self.components.iter().map(|component| component.weight).collect()
    }

    /// The means, (components, latents).
    ///
    /// ```
    /// # use latents_classical::GaussianMixture;
    /// # use latents_tensor::Tensor;
    /// # let covariance = Tensor::from_slice(&[1.0, 0.0, 0.0, 1.0], [1, 2, 2]);
    /// # let mixture = GaussianMixture::from_parameters(&[1.0], &Tensor::zeros([1, 2]), &covariance)?;
    /// assert_eq!(mixture.means(), Tensor::zeros([1, 2]));
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    pub fn means(&self) -> Tensor<f64> {
        let means = self
            .components
            .iter()
            .flat_map(|component| component.mean.iter().copied());
        Tensor::from_vec(means.collect(), [self.components.len(), self.latents()])
    }

    /// The covariances, (components, latents, latents).
    ///
    /// ```
    /// # use latents_classical::GaussianMixture;
    /// # use latents_tensor::Tensor;
    /// # let covariance = Tensor::from_slice(&[1.0, 0.0, 0.0, 1.0], [1, 2, 2]);
    /// # let mixture = GaussianMixture::from_parameters(&[1.0], &Tensor::zeros([1, 2]), &covariance)?;
    /// assert_eq!(mixture.covariances(), covariance);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    pub fn covariances(&self) -> Tensor<f64> {
        let latents = self.latents();
        let all = self
            .components
            .iter()
            .flat_map(|component| component.covariance.iter().copied());
        Tensor::from_vec(all.collect(), [self.components.len(), latents, latents])
    }

    /// The number of iterations of the fit.
    ///
    /// ```
    /// # use latents_classical::{GaussianMixture, GaussianMixtureConfig};
    /// # use latents_tensor::{Tensor, random::Key};
    /// # let codes: Tensor = Key::new(1).normal([400, 2]);
    /// # let mixture = GaussianMixture::fit(&codes, GaussianMixtureConfig::new(1))?;
    /// assert!(mixture.iterations() <= 100);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    pub fn iterations(&self) -> usize {
        self.iterations
    }

    /// Whether the fit reached its tolerance.
    ///
    /// ```
    /// # use latents_classical::{GaussianMixture, GaussianMixtureConfig};
    /// # use latents_tensor::{Tensor, random::Key};
    /// # let codes: Tensor = Key::new(1).normal([400, 2]);
    /// # let mixture = GaussianMixture::fit(&codes, GaussianMixtureConfig::new(1))?;
    /// assert!(mixture.converged());
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    pub fn converged(&self) -> bool {
        self.converged
    }

    fn latents(&self) -> usize {
        self.components[0].mean.len()
    }

    /// The log-density ln p(z) of each row of `codes`, in nats.
    ///
    /// # Panics
    /// If the number of latent dimensions differs.
    ///
    /// ```
    /// # use latents_classical::GaussianMixture;
    /// # use latents_tensor::Tensor;
    /// # let covariance = Tensor::from_slice(&[1.0, 0.0, 0.0, 1.0], [1, 2, 2]);
    /// # let mixture = GaussianMixture::from_parameters(&[1.0], &Tensor::zeros([1, 2]), &covariance)?;
    /// let density = mixture.log_density(&Tensor::zeros([1, 2]))[0];
    /// assert!((density + (2.0 * std::f64::consts::PI).ln()).abs() < 1e-12);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    #[track_caller]
    pub fn log_density(&self, codes: &dyn Rows) -> Vec<f64> {
        assert!(
            codes.features() == self.latents(),
            "the codes have {} latent dimensions, but the mixture has {}",
            codes.features(),
            self.latents()
        );
        let mut densities = vec![0.0; codes.rows()];
        parallel::chunks_mut(&mut densities, CHUNK, |chunk, densities| {
            let indices: Vec<usize> = (chunk * CHUNK..).take(densities.len()).collect();
            let mut group = Tensor::zeros([densities.len(), codes.features()]);
            codes.gather_into(&indices, &mut group);
            let mut scratch = Vec::new();
            let mut terms = vec![0.0; densities.len() * self.components.len()];
            component::log_terms(&self.components, &group, &mut terms, &mut scratch);
            for (density, terms) in densities
                .iter_mut()
                .zip(terms.chunks_exact_mut(self.components.len()))
            {
                *density = component::normalised(terms);
            }
        });
        densities
    }

    /// Draws `count` samples, (count, latents). The same key gives the same samples, regardless of `count`.
    ///
    /// ```
    /// # use latents_classical::GaussianMixture;
    /// # use latents_tensor::{Tensor, random::Key};
    /// # let covariance = Tensor::from_slice(&[1.0, 0.0, 0.0, 1.0], [1, 2, 2]);
    /// # let mixture = GaussianMixture::from_parameters(&[1.0], &Tensor::zeros([1, 2]), &covariance)?;
    /// assert_eq!(mixture.sample(5, Key::new(1)).shape()[..], [5, 2]);
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    pub fn sample(&self, count: usize, key: Key) -> Tensor {
        let latents = self.latents();
        let choices: Vec<f64> = key.purpose("component").uniform([count]).to_vec();
        let noise: Vec<f64> = key.purpose("noise").normal([count, latents]).to_vec();
        let mut sample = Vec::with_capacity(count * latents);
        for (row, choice) in choices.into_iter().enumerate() {
            self.chosen(choice)
                .place(&noise[row * latents..][..latents], &mut sample);
        }
        Tensor::from_vec(sample, [count, latents])
    }

    /// The component for a uniform number in 0 .. 1.
    fn chosen(&self, mut place: f64) -> &Component {
        for component in &self.components {
            if place < component.weight {
                return component;
            }
            place -= component.weight;
        }
        // Rounding left a remainder, which goes to the component with the largest weight.
        let heavier = |best: &'_ Component, other: &'_ Component| other.weight > best.weight;
        self.components.iter().fold(&self.components[0], |best, other| {
            if heavier(best, other) { other } else { best }
        })
    }

    /// The mean log-density per row, in nats.
    ///
    /// # Panics
    /// If the number of latent dimensions differs.
    ///
    /// ```
    /// # use latents_classical::GaussianMixture;
    /// # use latents_tensor::Tensor;
    /// # let covariance = Tensor::from_slice(&[1.0, 0.0, 0.0, 1.0], [1, 2, 2]);
    /// # let mixture = GaussianMixture::from_parameters(&[1.0], &Tensor::zeros([1, 2]), &covariance)?;
    /// assert!(mixture.mean_log_density(&Tensor::zeros([5, 2])) > mixture.mean_log_density(&Tensor::ones([5, 2])));
    /// # Ok::<(), latents_classical::ConfigError>(())
    /// ```
    #[track_caller]
    pub fn mean_log_density(&self, codes: &dyn Rows) -> f64 {
        self.log_density(codes).iter().sum::<f64>() / codes.rows() as f64
    }
}

/// ln x, and −∞ for 0.
fn ln(x: f64) -> f64 {
    Algebra::ln(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_clouds(rows: usize) -> Tensor {
        let noise: Vec<f32> = Key::new(3).normal([rows, 2]).to_vec();
        Tensor::from_fn([rows, 2], |i| {
            let (row, column) = (i / 2, i % 2);
            let (x, y) = (noise[row * 2], noise[row * 2 + 1]);
            match (row % 4 == 0, column) {
                (true, 0) => 8.0 + 0.5 * x,
                (true, _) => -3.0 + 0.4 * x + 0.3 * y,
                (false, 0) => x,
                (false, _) => 2.0 * y,
            }
        })
    }

    #[test]
    fn one_component_is_the_mean_and_the_covariance() {
        let codes = two_clouds(500);
        let density = GaussianMixture::fit(&codes, GaussianMixtureConfig::new(1)).unwrap();
        assert!(density.converged() && density.iterations() <= 3);
        let values: Vec<f64> = codes.to_vec().into_iter().map(f64::from).collect();
        let mean = |column: usize| values.iter().skip(column).step_by(2).sum::<f64>() / 500.0;
        let (x, y) = (mean(0), mean(1));
        assert!((density.means().at(&[0, 0]) - x).abs() < 1e-9);
        let covariance = values
            .chunks_exact(2)
            .map(|z| (z[0] - x) * (z[1] - y))
            .sum::<f64>()
            / 500.0;
        assert!((density.covariances().at(&[0, 0, 1]) - covariance).abs() < 1e-9);
        assert_eq!(
            density.covariances().at(&[0, 0, 1]),
            density.covariances().at(&[0, 1, 0])
        );
    }

    #[test]
    fn two_clouds_are_found_and_drawn_again() {
        let codes = two_clouds(2000);
        let density = GaussianMixture::fit(&codes, GaussianMixtureConfig::new(2)).unwrap();
        let small = usize::from(density.weights()[0] > 0.5);
        assert!(
            (density.weights()[small] - 0.25).abs() < 0.01,
            "{:?}",
            density.weights()
        );
        assert!((density.means().at(&[small, 0]) - 8.0).abs() < 0.1);
        assert!((density.covariances().at(&[small, 0, 1]) - 0.2).abs() < 0.03);
        let one = GaussianMixture::fit(&codes, GaussianMixtureConfig::new(1)).unwrap();
        assert!(density.mean_log_density(&codes) > one.mean_log_density(&codes) + 0.5);
        // Draws have the same moments, up to their noise.
        let sample = density.sample(20_000, Key::new(5));
        let again = GaussianMixture::fit(&sample, GaussianMixtureConfig::new(2)).unwrap();
        let small_again = usize::from(again.weights()[0] > 0.5);
        assert!((again.weights()[small_again] - density.weights()[small]).abs() < 0.02);
        for i in 0..4 {
            let at =
                |mixture: &GaussianMixture, component| mixture.covariances().at(&[component, i / 2, i % 2]);
            for (ours, theirs) in [(small, small_again), (1 - small, 1 - small_again)] {
                let (ours, theirs) = (at(&density, ours), at(&again, theirs));
                assert!((ours - theirs).abs() < 0.15, "{i}: {ours} {theirs}");
            }
        }
        assert_eq!(
            density.sample(5, Key::new(5)),
            sample.narrow(0, 0, 5).contiguous()
        );
    }

    #[test]
    fn codes_that_do_not_vary_have_a_density_too() {
        let codes = Tensor::from_fn([50, 3], |i| if i % 3 == 0 { (i / 3) as f32 } else { 2.0 });
        for components in [1, 3] {
            let density = GaussianMixture::fit(&codes, GaussianMixtureConfig::new(components)).unwrap();
            assert!(
                density
                    .log_density(&codes)
                    .iter()
                    .all(|density| density.is_finite())
            );
            assert!(
                density
                    .sample(10, Key::new(1))
                    .to_vec()
                    .iter()
                    .all(|z| z.is_finite())
            );
        }
        let same = Tensor::full([5, 2], 1.0);
        let density = GaussianMixture::fit(&same, GaussianMixtureConfig::new(3)).unwrap();
        assert!(
            density
                .log_density(&same)
                .iter()
                .all(|density| density.is_finite())
        );
    }

    #[test]
    fn what_has_no_density_is_an_error() {
        let message = |codes: &Tensor, components| {
            GaussianMixture::fit(codes, GaussianMixtureConfig::new(components))
                .unwrap_err()
                .to_string()
        };
        let codes = two_clouds(8);
        assert_eq!(
            message(&codes, 9),
            "components is 9: must be between 1 and the number of rows, 8"
        );
        assert_eq!(
            message(&Tensor::full([3, 2], f32::NAN), 1),
            "the codes is not finite: must be finite for a density"
        );
        let (means, flat) = (Tensor::zeros([1, 2]), Tensor::zeros([1, 2, 2]));
        let error = GaussianMixture::from_parameters(&[1.0], &means, &flat)
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "covariances is invalid for component 0: must be finite and positive definite"
        );
        let round = Tensor::<f64>::eye(2).unsqueeze(0);
        assert!(GaussianMixture::from_parameters(&[-1.0], &means, &round).is_err());
        assert!(GaussianMixture::from_parameters(&[3.0], &means, &round).is_ok());
    }
}
