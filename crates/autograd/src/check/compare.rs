//! Comparison of computed derivatives with finite differences.

use super::difference::{Difference, difference, rounding_noise};
use super::{CheckError, Operand, Place, Tolerance};
use latents_tensor::Tensor;

/// A sum, and the magnitude of its summands: at best, its value is exact up to this times the machine precision.
#[derive(Clone, Copy)]
pub(super) struct Number {
    pub(super) value: f64,
    pub(super) magnitude: f64,
}

/// The name of a sweep, and the gradients of all operands that it computes.
pub(super) type Claim = (&'static str, Vec<Vec<f64>>);

/// A computed derivative, and an estimate of its rounding error.
struct Got {
    sweep: &'static str,
    value: f64,
    noise: f64,
}

/// Compares computed derivatives with finite differences, element by element. Returns an error about the point as a value, and
/// one about the rule or the function as `Err`.
pub(super) fn compare(
    order: usize,
    operands: &[Operand],
    value: &dyn Fn(&[Operand]) -> Number,
    claims: &dyn Fn(&[Operand]) -> Vec<Claim>,
    tolerance: Tolerance,
) -> Result<Option<CheckError>, CheckError> {
    let here = value(operands);
    if !here.value.is_finite() {
        return Err(CheckError::NotFinite);
    }
    let close = STEPS.map(|step| std::array::from_fn(|point| shifted(operands, step * (point as f64 - 3.0))));
    let measured = close
        .each_ref()
        .map(|points: &[_; 7]| points.each_ref().map(|operands| value(operands).value));
    let noise = noise_of(measured).max(4.0 * f64::EPSILON * here.magnitude);
    let here_claimed = claims(operands);
    let claimed = close
        .each_ref()
        .map(|points| points.each_ref().map(|operands| claims(operands)));
    let mut moved = operands.to_vec();
    let mut unclear = None;
    for (index, operand) in operands.iter().enumerate() {
        for (element, at) in operand.value.to_vec().into_iter().enumerate() {
            let mut value_at = |x: f64| {
                moved[index].value.make_mut()[element] = x;
                value(&moved).value
            };
            let found = difference(&mut value_at, at, here.value, noise, tolerance);
            moved[index].value.make_mut()[element] = at;
            let place = Place {
                order,
                operand: operand.name.clone(),
                element,
            };
            let got = here_claimed
                .iter()
                .enumerate()
                .map(|(number, (sweep, gradients))| {
                    let of = |claims: &Vec<Claim>| claims[number].1[index][element];
                    Got {
                        sweep,
                        value: gradients[index][element],
                        noise: noise_of(claimed.each_ref().map(|points| points.each_ref().map(of))),
                    }
                });
            if let Some(error) = judge(found, got, place, tolerance)? {
                unclear.get_or_insert(error);
            }
        }
    }
    Ok(unclear)
}

/// Compares computed values of one derivative with a finite difference.
fn judge(
    found: Difference,
    claims: impl Iterator<Item = Got>,
    place: Place,
    tolerance: Tolerance,
) -> Result<Option<CheckError>, CheckError> {
    let (expected, error) = match found {
        Difference::Smooth { derivative, error } => (derivative, error),
        Difference::Kink { left, right } => return Ok(Some(CheckError::Kink { place, left, right })),
        Difference::Unresolved {
            derivative: difference,
            error,
        } => {
            return Ok(Some(CheckError::Unresolved {
                place,
                difference,
                error,
            }));
        }
    };
    for Got { sweep, value, noise } in claims {
        let allowed = tolerance.of(expected.abs().max(value.abs())) + 8.0 * error + 16.0 * noise;
        // False for NaN and infinities, which count as a mismatch.
        let close = value.is_finite() && (expected - value).abs() <= allowed;
        if !close {
            return Err(CheckError::Mismatch {
                place,
                sweep,
                expected,
                error,
                got: value,
            });
        }
    }
    Ok(None)
}

/// Two steps so small that a smooth function differs from a line only by rounding.
const STEPS: [f64; 2] = [1.0 / (1u64 << 36) as f64, 1.0 / (1u64 << 24) as f64];

/// Returns the operands moved up or down by this much, relative to max(1, |x|).
fn shifted(operands: &[Operand], by: f64) -> Vec<Operand> {
    let shifted = operands.iter().map(|operand| {
        let values = operand.value.to_vec();
        let sign = |i: usize| if i % 3 == 1 { -1.0 } else { 1.0 };
        let value = |i: usize| values[i] + by * sign(i) * values[i].abs().max(1.0);
        Operand {
            value: Tensor::from_fn(operand.value.shape(), value),
            ..operand.clone()
        }
    });
    shifted.collect()
}

/// Estimates the rounding error of a value from the values near the point, at both steps.
fn noise_of(values: [[f64; 7]; 2]) -> f64 {
    let finite = values
        .map(rounding_noise)
        .into_iter()
        .filter(|noise| noise.is_finite());
    finite.fold(0.0, f64::max)
}
