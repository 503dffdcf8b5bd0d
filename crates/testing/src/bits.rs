//! Comparing numbers: bit for bit, or up to a tolerance.

use latents_tensor::Real;

/// Asserts that two slices are bit-identical, except that any NaN equals any other. Signs of zeros must match.
///
/// # Panics
/// If they differ.
///
/// ```
/// latents_testing::assert_same(&[1.0, f64::NAN], &[1.0, f64::NAN], "values");
/// ```
#[track_caller]
pub fn assert_same<T: Real>(got: &[T], expected: &[T], what: &str) {
    assert_eq!(got.len(), expected.len(), "{what}: length");
    for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
        let (got, expected) = (got.to_f64(), expected.to_f64());
        let same = got.to_bits() == expected.to_bits() || got.is_nan() && expected.is_nan();
        assert!(same, "{what}: element {i} is {got}, expected {expected}");
    }
}

/// The allowed difference from a finite expected number: `relative` · |expected| + `absolute`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tolerance {
    relative: f64,
    absolute: f64,
}

impl Tolerance {
    /// A tolerance that does not depend on the expected number.
    ///
    /// ```
    /// # use latents_testing::Tolerance;
    /// assert!(Tolerance::absolute(0.1).is_near(10.05, 10.0));
    /// ```
    pub const fn absolute(absolute: f64) -> Self {
        Self {
            relative: 0.0,
            absolute,
        }
    }

    /// A tolerance relative to the expected number.
    ///
    /// ```
    /// # use latents_testing::Tolerance;
    /// assert!(Tolerance::relative(0.1).is_near(10.5, 10.0));
    /// ```
    pub const fn relative(relative: f64) -> Self {
        Self {
            relative,
            absolute: 0.0,
        }
    }

    /// Adds an absolute tolerance.
    ///
    /// ```
    /// # use latents_testing::Tolerance;
    /// assert!(Tolerance::relative(0.1).or_absolute(0.01).is_near(0.005, 0.0));
    /// ```
    #[must_use]
    pub const fn or_absolute(self, absolute: f64) -> Self {
        Self { absolute, ..self }
    }

    /// Whether a number is within the tolerance. A non-finite expected number matches only the same infinity or NaN.
    ///
    /// ```
    /// # use latents_testing::Tolerance;
    /// let tolerance = Tolerance::relative(0.1);
    /// assert!(tolerance.is_near(10.5, 10.0) && !tolerance.is_near(0.1, 0.0));
    /// assert!(!tolerance.is_near(10.0, f64::INFINITY) && !tolerance.is_near(f64::NAN, 10.0));
    /// ```
    pub fn is_near(self, got: f64, expected: f64) -> bool {
        if expected.is_finite() {
            (got - expected).abs() <= self.relative * expected.abs() + self.absolute
        } else {
            got == expected || got.is_nan() && expected.is_nan()
        }
    }
}

impl From<f64> for Tolerance {
    fn from(relative: f64) -> Self {
        Self::relative(relative)
    }
}

/// Asserts that each number is within the tolerance; a plain number is a relative tolerance.
///
/// # Panics
/// If one is not; see [`Tolerance::is_near`].
///
/// ```
/// latents_testing::assert_near(&[1.0f32, 2.0], &[1.0, 2.0001], 1e-3, "values");
/// ```
#[track_caller]
pub fn assert_near<T: Real>(got: &[T], expected: &[f64], tolerance: impl Into<Tolerance>, what: &str) {
    assert_eq!(got.len(), expected.len(), "{what}: length");
    let tolerance = tolerance.into();
    for (i, (got, &expected)) in got.iter().zip(expected).enumerate() {
        let got = got.to_f64();
        assert!(
            tolerance.is_near(got, expected),
            "{what}: element {i} is {got:e}, expected {expected:e}"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_finite_is_near_what_is_not_finite() {
        let loose = Tolerance::relative(1.0).or_absolute(1.0);
        for expected in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            for got in [0.0, 1e308, -1e308] {
                assert!(!loose.is_near(got, expected) && !loose.is_near(expected, got));
            }
            assert!(loose.is_near(expected, expected));
            assert!(!loose.is_near(-expected, expected) || expected.is_nan());
            assert_eq!(loose.is_near(f64::NAN, expected), expected.is_nan());
        }
    }

    #[test]
    fn a_relative_tolerance_is_of_the_expected_number() {
        assert!(!Tolerance::relative(1e-7).is_near(1.1e-12, 1e-12));
        assert!(Tolerance::relative(0.2).is_near(1.1e-12, 1e-12));
        assert!(Tolerance::absolute(1e-12).is_near(1.1e-12, 1e-12));
        assert!(Tolerance::relative(0.0).is_near(-0.0, 0.0));
    }
}
