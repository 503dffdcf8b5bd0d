//! Fitting a mixture: initial means, then expectation maximisation.

use super::component::{Component, log_terms, normalised};
use super::{CHUNK, GaussianMixture, GaussianMixtureConfig};
use latents_error::ConfigError;
use latents_tensor::gemm::{self, MatMut, MatRef, Nothing, Start};
use latents_tensor::random::Key;
use latents_tensor::simd::Isa;
use latents_tensor::{Rows, Tensor, parallel};

/// Number of parts of the rows that are summed separately, for multithreading; independent of the number of threads.
const PARTS: usize = 32;

pub(super) fn fit(codes: &dyn Rows, config: GaussianMixtureConfig) -> Result<GaussianMixture, ConfigError> {
    let not_finite = || ConfigError::new("the codes", "not finite", "must be finite for a density");
    let components = first_components(codes, &config).ok_or_else(not_finite)?;
    let mut mixture = GaussianMixture {
        components,
        iterations: 0,
        converged: false,
    };
    let mut parts: Vec<Part> = Vec::new();
    let mut last = f64::NEG_INFINITY;
    while mixture.iterations < config.max_iterations.max(1) {
        let likelihood = expect(codes, &mixture.components, &mut parts) / codes.rows() as f64;
        if !likelihood.is_finite() {
            return Err(not_finite());
        }
        if (likelihood - last).abs() < config.tolerance {
            mixture.converged = true;
            break;
        }
        last = likelihood;
        mixture.iterations += 1;
        for (index, component) in mixture.components.iter_mut().enumerate() {
            maximise(component, &parts, index, codes.rows(), config.variance_floor);
        }
    }
    Ok(mixture)
}

/// Means by k-means++, each with a spherical covariance from the distances of the rows to the nearest mean.
fn first_components(codes: &dyn Rows, config: &GaussianMixtureConfig) -> Option<Vec<Component>> {
    let (rows, latents) = (codes.rows(), codes.features());
    let mut table = Tensor::zeros([rows, latents]);
    let all: Vec<usize> = (0..rows).collect();
    codes.gather_into(&all, &mut table);
    let values = table.elements();
    let row = |index: usize| values[index * latents..][..latents].iter().map(|&z| f64::from(z));
    let key = Key::new(config.seed).purpose("mixture");
    let mut nearest = vec![f64::INFINITY; rows];
    let mut means = Vec::new();
    for place in 0..config.components {
        let drawn: f64 = key.index(place as u64).uniform([1]).at(&[0]);
        let mean: Vec<f64> = row(draw(&nearest, drawn)).collect();
        for (index, nearest) in nearest.iter_mut().enumerate() {
            let distance: f64 = row(index)
                .zip(&mean)
                .map(|(z, mean)| (z - mean) * (z - mean))
                .sum();
            *nearest = if distance < *nearest { distance } else { *nearest };
        }
        means.push(mean);
    }
    let variance = nearest.iter().sum::<f64>() / (rows * latents.max(1)) as f64 + config.variance_floor;
    let round: Vec<f64> = (0..latents * latents)
        .map(|i| if i % (latents + 1) == 0 { variance } else { 0.0 })
        .collect();
    let share = 1.0 / config.components as f64;
    means
        .into_iter()
        .map(|mean| Component::new(share, mean, round.clone()))
        .collect()
}

/// The row for a uniform number `drawn` in 0 .. 1, with probabilities proportional to the distances. If all distances are
/// infinite or all are zero, the probabilities are equal.
fn draw(distances: &[f64], drawn: f64) -> usize {
    let sum: f64 = distances.iter().sum();
    if !(sum > 0.0 && sum.is_finite()) {
        return (drawn * distances.len() as f64) as usize;
    }
    let mut left = drawn * sum;
    let mut last = 0;
    for (row, &distance) in distances.iter().enumerate() {
        if distance > 0.0 {
            last = row;
            if left < distance {
                break;
            }
            left -= distance;
        }
    }
    last
}

/// The sums over some of the rows for every component: Σr, Σr·(z − μ), Σr·(z − μ)·(z − μ)ᵀ with the previous mean μ.
#[derive(Default)]
struct Part {
    likelihood: f64,
    counts: Vec<f64>,
    sums: Vec<f64>,
    products: Vec<f64>,
}

/// Computes the parts and returns the log-likelihood of all rows.
fn expect(codes: &dyn Rows, components: &[Component], parts: &mut Vec<Part>) -> f64 {
    let rows = codes.rows();
    let length = rows.div_ceil(PARTS).max(CHUNK);
    parts.resize_with(rows.div_ceil(length), Part::default);
    parallel::chunks_mut(parts, 1, |chunk, part| {
        let (first, last) = (chunk * length, rows.min((chunk + 1) * length));
        part[0].clear(components.len(), codes.features());
        for start in (first..last).step_by(CHUNK) {
            let indices: Vec<usize> = (start..last.min(start + CHUNK)).collect();
            let mut group = Tensor::zeros([indices.len(), codes.features()]);
            codes.gather_into(&indices, &mut group);
            part[0].add(&group, components);
        }
    });
    parts.iter().map(|part| part.likelihood).sum()
}

impl Part {
    fn clear(&mut self, components: usize, latents: usize) {
        self.likelihood = 0.0;
        for (sums, size) in [
            (&mut self.counts, components),
            (&mut self.sums, components * latents),
            (&mut self.products, components * latents * latents),
        ] {
            sums.clear();
            sums.resize(size, 0.0);
        }
    }

    fn add(&mut self, rows: &Tensor, components: &[Component]) {
        let (size, latents, count) = (rows.size(0), rows.size(1), components.len());
        let (mut centred, mut shares) = (Vec::new(), vec![0.0; size * count]);
        log_terms(components, rows, &mut shares, &mut centred);
        for shares in shares.chunks_exact_mut(count) {
            self.likelihood += normalised(shares);
        }
        let mut weighted = vec![0.0; size * latents];
        for (index, component) in components.iter().enumerate() {
            component.centre(rows, &mut centred);
            let sums = &mut self.sums[index * latents..][..latents];
            for row in 0..size {
                let share = shares[row * count + index];
                self.counts[index] += share;
                let row = row * latents..(row + 1) * latents;
                let pairs = weighted[row.clone()].iter_mut().zip(&centred[row]);
                for ((weighted, centred), sum) in pairs.zip(sums.iter_mut()) {
                    *weighted = share * centred;
                    *sum += *weighted;
                }
            }
            let a = MatRef::row_major(&weighted, size, latents);
            let b = MatRef::row_major(&centred, size, latents);
            let products = &mut self.products[index * latents * latents..][..latents * latents];
            let c = MatMut::row_major(products, latents, latents);
            gemm::gemm(Isa::active(), a.transpose(), b, c, Start::Output, &Nothing);
        }
    }
}

/// Updates mean, covariance and weight of a component from the parts. A component without rows keeps its values.
fn maximise(component: &mut Component, parts: &[Part], index: usize, rows: usize, floor: f64) {
    let latents = component.mean.len();
    let count: f64 = parts.iter().map(|part| part.counts[index]).sum();
    let weight = count / rows as f64;
    if count < 1e-9 {
        component.weight = 0.0;
        let (mean, covariance) = (component.mean.clone(), component.covariance.clone());
        if let Some(without_rows) = Component::new(0.0, mean, covariance) {
            *component = without_rows;
        }
        return;
    }
    let sum = |of: fn(&Part) -> &[f64], place: usize| parts.iter().map(|part| of(part)[place]).sum::<f64>();
    let shift: Vec<f64> = (0..latents)
        .map(|i| sum(|part| &part.sums, index * latents + i) / count)
        .collect();
    let products: Vec<f64> = (0..latents * latents)
        .map(|i| sum(|part| &part.products, index * latents * latents + i) / count)
        .collect();
    let covariance = |floor: f64| {
        let entry = |i: usize| {
            let (row, column) = (i / latents, i % latents);
            // Makes the matrix exactly symmetric.
            let mean = 0.5 * (products[i] + products[column * latents + row]);
            mean - shift[row] * shift[column] + if row == column { floor } else { 0.0 }
        };
        (0..latents * latents).map(entry).collect::<Vec<f64>>()
    };
    let mean: Vec<f64> = component
        .mean
        .iter()
        .zip(&shift)
        .map(|(mean, shift)| mean + shift)
        .collect();
    // If rounding makes a covariance indefinite, a larger floor helps.
    let mut floor = floor;
    for _ in 0..24 {
        if let Some(next) = Component::new(weight, mean.clone(), covariance(floor)) {
            *component = next;
            return;
        }
        floor *= 10.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_proportional_to_the_distances() {
        let distances = [0.0, 1.0, 0.0, 3.0, 0.0];
        assert_eq!(
            [0.0, 0.24, 0.26, 0.99].map(|place| draw(&distances, place)),
            [1, 1, 3, 3]
        );
        assert_eq!(draw(&distances, 1.0), 3);
        assert_eq!(draw(&[f64::INFINITY; 4], 0.6), 2);
        assert_eq!(draw(&[0.0; 4], 0.99), 3);
    }

    #[test]
    fn every_iteration_raises_the_likelihood() {
        let codes: Tensor = Key::new(9).uniform([3000, 3]);
        let config = GaussianMixtureConfig {
            variance_floor: 1e-12,
            ..GaussianMixtureConfig::new(6)
        };
        let mut components = first_components(&codes, &config).unwrap();
        let (mut parts, mut last) = (Vec::new(), f64::NEG_INFINITY);
        for _ in 0..30 {
            let likelihood = expect(&codes, &components, &mut parts);
            assert!(likelihood > last - 1e-9, "{last} {likelihood}");
            last = likelihood;
            for (index, component) in components.iter_mut().enumerate() {
                maximise(component, &parts, index, 3000, 1e-12);
            }
        }
        let weights: f64 = components.iter().map(|component| component.weight).sum();
        assert!((weights - 1.0).abs() < 1e-9);
    }
}
