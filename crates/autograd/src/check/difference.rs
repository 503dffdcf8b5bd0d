//! The derivative of a function of one number, from its values alone, with an estimate of its error.
//!
//! A central difference has two errors: from its step (as h²), and from the rounding of the function's values (as 1/h).
//! Richardson's extrapolation from three steps h, h/2, h/4 reduces the first to h⁶, so that h can be large and the second error
//! small:
//!
//! ```text
//! D(h)            = (f(x+h) − f(x−h)) / 2h
//! T₀(h)           = D(h)
//! Tⱼ(h/2)         = Tⱼ₋₁(h/2) + (Tⱼ₋₁(h/2) − Tⱼ₋₁(h)) / (4ʲ − 1)
//! ```
//!
//! The error of an entry is estimated by its distance to the two entries it was computed from (Ridders 1982). If it stays large,
//! a kink or noise is within reach of the step, and a smaller step is tried. A kink at the point itself leaves the central
//! difference smooth; it shows in the one-sided differences, whose distance must vanish with the step.

use super::Tolerance;

const LEVELS: usize = 3;
/// The steps of the three tries, relative to the tolerance's.
const TRIES: [f64; 3] = [1.0, 1.0 / 32.0, 1.0 / 1024.0];
/// The relative distance of the one-sided differences at step 0 above which the point counts as a kink.
const BEND: f64 = 1e-4;

/// The derivative of a function at a point, as far as its values determine it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Difference {
    /// The function is smooth; the derivative is known up to `error`.
    Smooth { derivative: f64, error: f64 },
    /// The derivatives from the left and from the right differ.
    Kink { left: f64, right: f64 },
    /// No step gives a result: the function jumps, is not finite or is too noisy.
    Unresolved { derivative: f64, error: f64 },
}

/// Computes the derivative of `f` at `at`, given its value `here` and the error `noise` of its values.
pub(super) fn difference(
    f: &mut dyn FnMut(f64) -> f64,
    at: f64,
    here: f64,
    noise: f64,
    tolerance: Tolerance,
) -> Difference {
    let unit = tolerance.step * power_of_two(at.abs().max(1.0));
    let mut last = Difference::Unresolved {
        derivative: f64::NAN,
        error: f64::INFINITY,
    };
    for scale in TRIES {
        last = attempt(f, at, here, noise, unit * scale, tolerance);
        if matches!(last, Difference::Smooth { .. }) {
            break;
        }
    }
    last
}

fn attempt(
    f: &mut dyn FnMut(f64) -> f64,
    at: f64,
    here: f64,
    noise: f64,
    step: f64,
    tolerance: Tolerance,
) -> Difference {
    let (mut central, mut left, mut right) = ([0.0; LEVELS], [0.0; LEVELS], [0.0; LEVELS]);
    let mut smallest = step;
    for level in 0..LEVELS {
        smallest = step / f64::from(1u32 << level);
        // Use the points actually reached, not the requested step: x + h rounds.
        let (above, below) = (at + smallest, at - smallest);
        let (high, low) = (f(above), f(below));
        central[level] = (high - low) / (above - below);
        right[level] = (high - here) / (above - at);
        left[level] = (here - low) / (at - below);
    }
    let rounding = 2.0 * noise / smallest;
    let (derivative, disagreement) = extrapolated(central);
    let error = disagreement.max(rounding);
    let [left, right] = [left, right].map(|side| 2.0 * side[LEVELS - 1] - side[LEVELS - 2]);
    let steep = left.abs().max(right.abs());
    if !(derivative.is_finite() && steep.is_finite()) {
        return Difference::Unresolved { derivative, error };
    }
    if (right - left).abs() > BEND * steep + 8.0 * rounding {
        return Difference::Kink { left, right };
    }
    match disagreement <= tolerance.of(derivative) / 8.0 + 8.0 * rounding {
        true => Difference::Smooth { derivative, error },
        false => Difference::Unresolved { derivative, error },
    }
}

/// Extrapolates differences whose steps halve (Richardson): returns the entry of the table with the least error, and that error.
fn extrapolated(central: [f64; LEVELS]) -> (f64, f64) {
    let mut above = central[..1].to_vec();
    let (mut best, mut least) = (f64::NAN, f64::INFINITY);
    for &difference in &central[1..] {
        let (mut row, mut order) = (vec![difference], 1.0);
        for (column, &coarse) in above.iter().enumerate() {
            let fine = row[column];
            order *= 4.0;
            let better = fine + (fine - coarse) / (order - 1.0);
            let error = (better - fine).abs().max((better - coarse).abs());
            if error <= least {
                (best, least) = (better, error);
            }
            row.push(better);
        }
        above = row;
    }
    (best, least)
}

/// Estimates the rounding error of a function from its values at seven points so close together that its third differences would
/// be 0 but for rounding (after Moré and Wild 2011).
pub(super) fn rounding_noise(values: [f64; 7]) -> f64 {
    let thirds = values
        .windows(4)
        .map(|v| (v[3] - v[0]) - 3.0 * (v[2] - v[1]))
        .map(|third| third * third / 20.0);
    (thirds.sum::<f64>() / 4.0).sqrt()
}

/// Returns the largest power of two that is at most `x`, so that steps are exact.
fn power_of_two(x: f64) -> f64 {
    f64::from_bits(x.to_bits() & (0x7ff << 52))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Difference::{Kink, Smooth, Unresolved};

    fn of(f: impl Fn(f64) -> f64, at: f64) -> Difference {
        let here = f(at);
        let noise = here.abs() * f64::EPSILON;
        difference(&mut |x| f(x), at, here, noise, Tolerance::default())
    }

    #[test]
    fn smooth_functions_are_resolved_to_many_digits() {
        let cube = |x: f64| x * x * x;
        let reciprocal = |x: f64| 1.0 / x;
        let root = |x: f64| x.sqrt();
        type Case = (fn(f64) -> f64, f64, f64);
        let cases: [Case; 4] = [
            (cube, 1.7, 8.67),
            (reciprocal, 0.3, -1.0 / 0.09),
            (root, 0.2, 0.5 / 0.2f64.sqrt()),
            (cube, -1000.0, 3e6),
        ];
        for (f, at, expected) in cases {
            let Smooth { derivative, error } = of(f, at) else {
                panic!("not smooth at {at}: {:?}", of(f, at));
            };
            assert!(
                (derivative - expected).abs() <= 1e-9 * expected.abs(),
                "{derivative} {expected}"
            );
            assert!(
                (derivative - expected).abs() <= 10.0 * error,
                "{derivative} {expected} ± {error}"
            );
        }
    }

    #[test]
    fn small_derivatives_are_resolved_too() {
        let Smooth { derivative, error } = of(|x| x * 1e-7, 0.3) else {
            panic!("not smooth");
        };
        assert!(
            (derivative - 1e-7).abs() < 1e-17 && error < 1e-17,
            "{derivative} ± {error}"
        );
    }

    #[test]
    fn a_kink_near_the_point_calls_for_a_smaller_step_and_one_at_the_point_is_named() {
        assert!(matches!(of(f64::abs, 0.0), Kink { left, right } if left == -1.0 && right == 1.0));
        let Smooth { derivative, .. } = of(|x| (x - 1.0).abs() * x, 1.001) else {
            panic!("a smaller step reaches no kink");
        };
        assert!((derivative - 1.002).abs() < 1e-7, "{derivative}");
        assert!(!matches!(of(f64::abs, 1e-7), Smooth { .. }));
    }

    #[test]
    fn jumps_and_numbers_that_are_not_finite_are_not_resolved() {
        assert!(!matches!(of(f64::floor, 2.0), Smooth { .. }));
        assert!(matches!(of(f64::sqrt, 0.0), Unresolved { .. }));
        assert!(matches!(of(|_| f64::NAN, 1.0), Unresolved { .. }));
    }

    #[test]
    fn noise_is_told_from_slope_and_curvature() {
        let smooth: [f64; 7] = std::array::from_fn(|i| 3.0 + i as f64 + 0.25 * (i * i) as f64);
        assert_eq!(rounding_noise(smooth), 0.0);
        let noisy: [f64; 7] = std::array::from_fn(|i| smooth[i] + [1e-9, -2e-9, 0.5e-9, 1.5e-9][i % 4]);
        let noise = rounding_noise(noisy);
        assert!(noise > 5e-10 && noise < 5e-9, "{noise}");
    }
}
