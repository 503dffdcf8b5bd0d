//! Comparing numbers: to the last bit, or up to rounding.

use latents_tensor::Real;

/// Equal numbers, NaN to NaN, and the sign of zero with them.
///
/// # Panics
/// If they are not.
#[track_caller]
pub fn assert_same<T: Real>(got: &[T], expected: &[T], what: &str) {
    assert_eq!(got.len(), expected.len(), "{what}: length");
    for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
        let (got, expected) = (got.to_f64(), expected.to_f64());
        let same = got.to_bits() == expected.to_bits() || got.is_nan() && expected.is_nan();
        assert!(same, "{what}: element {i} is {got}, not {expected}");
    }
}

/// Equal up to `relative` of the larger number.
///
/// # Panics
/// If they are not.
#[track_caller]
pub fn assert_near<T: Real>(got: &[T], expected: &[f64], relative: f64, what: &str) {
    assert_eq!(got.len(), expected.len(), "{what}: length");
    for (i, (got, &expected)) in got.iter().zip(expected).enumerate() {
        let got = got.to_f64();
        let near = (got - expected).abs() <= relative * expected.abs().max(1.0);
        assert!(
            near || got == expected || got.is_nan() && expected.is_nan(),
            "{what}: element {i} is {got}, not {expected}"
        );
    }
}
