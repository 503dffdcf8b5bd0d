//! One component of a mixture.

use super::ln;
use latents_tensor::gemm::{self, MatMut, MatRef, Nothing, Start};
use latents_tensor::simd::Isa;
use latents_tensor::{Algebra, Tensor};
use nalgebra::{Cholesky, DMatrix};

#[derive(Clone, Debug)]
pub(super) struct Component {
    pub(super) weight: f64,
    pub(super) mean: Vec<f64>,
    /// (latents, latents).
    pub(super) covariance: Vec<f64>,
    /// L of the Cholesky factorisation covariance = L·Lᵀ, row by row.
    factor: Vec<f64>,
    /// L⁻ᵀ, row by row: (z − mean)·L⁻ᵀ has unit covariance.
    whitening: Vec<f64>,
    /// ln weight − ½·ln |2π·covariance|.
    constant: f64,
}

impl Component {
    /// `None` if a value is not finite or the covariance is not positive definite.
    pub(super) fn new(weight: f64, mean: Vec<f64>, covariance: Vec<f64>) -> Option<Self> {
        let latents = mean.len();
        if !mean.iter().chain(&covariance).all(|x| x.is_finite()) {
            return None;
        }
        let factor = Cholesky::new(DMatrix::from_row_slice(latents, latents, &covariance))?.unpack();
        let inverse = factor.solve_lower_triangular(&DMatrix::identity(latents, latents))?;
        let determinant: f64 = (0..latents).map(|i| ln(factor[(i, i)])).sum();
        let constant = ln(weight) - determinant - 0.5 * latents as f64 * ln(std::f64::consts::TAU);
        Some(Self {
            weight,
            mean,
            covariance,
            // nalgebra stores columns: its L⁻¹ column by column is L⁻ᵀ row by row.
            factor: factor.transpose().as_slice().to_vec(),
            whitening: inverse.as_slice().to_vec(),
            constant,
        })
    }

    /// Appends mean + L·noise.
    pub(super) fn place(&self, noise: &[f64], out: &mut Vec<f32>) {
        for (row, mean) in self.factor.chunks_exact(noise.len()).zip(&self.mean) {
            let product: f64 = row.iter().zip(noise).map(|(l, x)| l * x).sum();
            out.push((mean + product) as f32);
        }
    }

    /// Writes the rows minus the mean, (rows, latents).
    pub(super) fn centre(&self, rows: &Tensor, out: &mut Vec<f64>) {
        out.clear();
        for row in rows.elements().chunks_exact(self.mean.len().max(1)) {
            out.extend(row.iter().zip(&self.mean).map(|(&z, mean)| f64::from(z) - mean));
        }
    }
}

/// Writes ln (weight·density) of every row under every component, (rows, components), to `terms`.
pub(super) fn log_terms(components: &[Component], rows: &Tensor, terms: &mut [f64], scratch: &mut Vec<f64>) {
    let (count, latents) = (rows.size(0), rows.size(1));
    let mut white = vec![0.0; count * latents];
    for (index, component) in components.iter().enumerate() {
        component.centre(rows, scratch);
        let a = MatRef::row_major(scratch, count, latents);
        let b = MatRef::row_major(&component.whitening, latents, latents);
        let c = MatMut::row_major(&mut white, count, latents);
        gemm::gemm(Isa::active(), a, b, c, Start::Zero, &Nothing);
        for (row, term) in terms.iter_mut().skip(index).step_by(components.len()).enumerate() {
            let squares: f64 = white[row * latents..][..latents].iter().map(|x| x * x).sum();
            *term = component.constant - 0.5 * squares;
        }
    }
}

/// Normalises the terms to responsibilities that sum to 1. Returns ln Σ exp(term).
pub(super) fn normalised(terms: &mut [f64]) -> f64 {
    let largest = terms
        .iter()
        .fold(f64::NEG_INFINITY, |most, &x| if x > most { x } else { most });
    if largest == f64::NEG_INFINITY {
        // So far from all components that every density is 0.
        let share = 1.0 / terms.len() as f64;
        terms.fill(share);
        return largest;
    }
    let mut sum = 0.0;
    for term in terms.iter_mut() {
        *term = Algebra::exp(*term - largest);
        sum += *term;
    }
    terms.iter_mut().for_each(|term| *term /= sum);
    largest + ln(sum)
}
