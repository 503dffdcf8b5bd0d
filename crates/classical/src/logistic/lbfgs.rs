//! L-BFGS (J. Nocedal 1980; D. C. Liu and J. Nocedal 1989) with a preconditioner, for smooth functions of a few thousand
//! variables.

use std::collections::VecDeque;

/// Number of pairs of steps and gradient changes to keep.
const MEMORY: usize = 10;

/// Changes of a function below this fraction of its value are rounding.
const ROUNDING: f64 = 1e-7;

/// The number of consecutive steps with only such changes after which the search stops.
const LEVEL: usize = 20;

/// The result of the search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Outcome {
    pub(super) value: f64,
    pub(super) iterations: usize,
    /// Whether no entry of the gradient is above the tolerance, or rounding of the function hides the direction of descent.
    pub(super) converged: bool,
}

/// A step, the gradient change along it, and 1 / their product.
struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    inverse: f64,
}

/// Moves `point` to a minimum of `function`, which returns its value and writes its gradient. `precondition` multiplies by a
/// positive definite matrix, ideally close to the inverse of the curvature.
pub(super) fn minimise(
    point: &mut Vec<f64>,
    tolerance: f64,
    max_iterations: usize,
    mut function: impl FnMut(&[f64], &mut [f64]) -> f64,
    precondition: impl Fn(&mut [f64]),
) -> Outcome {
    let mut gradient = vec![0.0; point.len()];
    let mut value = function(point, &mut gradient);
    let mut pairs: VecDeque<Pair> = VecDeque::new();
    let (mut iterations, mut hidden) = (0, false);
    let (mut least, mut level) = (value, 0);
    let small = |gradient: &[f64]| gradient.iter().all(|x| x.abs() <= tolerance);
    while !small(&gradient) && iterations < max_iterations {
        let direction = direction(&gradient, &pairs, &precondition);
        let Some(next) = search(point, value, &gradient, &direction, &mut function) else {
            if pairs.is_empty() {
                // Not even steepest descent decreases the function: its rounding is reached.
                hidden = value.is_finite() && gradient.iter().all(|x| x.is_finite());
                break;
            }
            pairs.clear();
            continue;
        };
        iterations += 1;
        let step = difference(&next.point, point);
        let change = difference(&next.gradient, &gradient);
        let product = dot(&step, &change);
        if product > 1e-12 * dot(&change, &change) {
            if pairs.len() == MEMORY {
                pairs.pop_front();
            }
            let inverse = 1.0 / product;
            pairs.push_back(Pair {
                step,
                change,
                inverse,
            });
        }
        (*point, value, gradient) = (next.point, next.value, next.gradient);
        level = if value < least - ROUNDING * least.abs() {
            0
        } else {
            level + 1
        };
        least = least.min(value);
        if level == LEVEL {
            hidden = true;
            break;
        }
    }
    Outcome {
        value,
        iterations,
        converged: hidden || small(&gradient),
    }
}

/// The two-loop recursion: −H·gradient.
fn direction(gradient: &[f64], pairs: &VecDeque<Pair>, precondition: &impl Fn(&mut [f64])) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|x| -x).collect();
    let mut factors = Vec::with_capacity(pairs.len());
    for pair in pairs.iter().rev() {
        let factor = pair.inverse * dot(&pair.step, &direction);
        add(&mut direction, -factor, &pair.change);
        factors.push(factor);
    }
    precondition(&mut direction);
    if let Some(last) = pairs.back() {
        let mut change = last.change.clone();
        precondition(&mut change);
        let scale = 1.0 / (last.inverse * dot(&last.change, &change));
        direction.iter_mut().for_each(|x| *x *= scale);
    }
    for (pair, factor) in pairs.iter().zip(factors.iter().rev()) {
        let other = pair.inverse * dot(&pair.change, &direction);
        add(&mut direction, factor - other, &pair.step);
    }
    direction
}

struct Place {
    point: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
}

/// A step along `direction` that satisfies the Wolfe conditions, by doubling and bisection (A. S. Lewis and M. L. Overton
/// 2013). If rounding makes the values inconclusive, the slopes decide (W. W. Hager and H. Zhang 2005).
fn search(
    point: &[f64],
    value: f64,
    gradient: &[f64],
    direction: &[f64],
    function: &mut impl FnMut(&[f64], &mut [f64]) -> f64,
) -> Option<Place> {
    const DECREASE: f64 = 1e-4;
    const SLOPE: f64 = 0.9;
    let slope = dot(gradient, direction);
    if slope.is_nan() || slope >= 0.0 {
        return None;
    }
    let (mut low, mut high, mut length) = (0.0, f64::INFINITY, 1.0);
    for _ in 0..40 {
        let mut place = Place {
            point: point.to_vec(),
            value: 0.0,
            gradient: vec![0.0; point.len()],
        };
        add(&mut place.point, length, direction);
        place.value = function(&place.point, &mut place.gradient);
        let there = dot(&place.gradient, direction);
        let lower = place.value <= value + DECREASE * length * slope;
        let level = place.value <= value + ROUNDING * value.abs() && there <= (2.0 * DECREASE - 1.0) * slope;
        if !(lower || level) {
            high = length;
        } else if there < SLOPE * slope {
            low = length;
        } else {
            return Some(place);
        }
        length = if high.is_finite() {
            0.5 * (low + high)
        } else {
            2.0 * low
        };
    }
    None
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(sum: &mut [f64], factor: f64, other: &[f64]) {
    sum.iter_mut()
        .zip(other)
        .for_each(|(sum, other)| *sum += factor * other);
}

fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use latents_tensor::Algebra;

    #[test]
    fn the_valley_of_rosenbrock() {
        let function = |x: &[f64], gradient: &mut [f64]| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            gradient[0] = -2.0 * a - 400.0 * b * x[0];
            gradient[1] = 200.0 * b;
            a * a + 100.0 * b * b
        };
        let mut point = vec![-1.2, 1.0];
        let outcome = minimise(&mut point, 1e-9, 200, function, |_| {});
        assert!(outcome.converged && outcome.iterations < 60, "{outcome:?}");
        assert!(point.iter().all(|x| (x - 1.0).abs() < 1e-8), "{point:?}");
    }

    #[test]
    fn a_preconditioner_makes_the_steep_and_the_flat_alike() {
        let curvatures: Vec<f64> = (0..50).map(|i| 1.0 + f64::from(i)).collect();
        let function = |x: &[f64], gradient: &mut [f64]| {
            let pairs = x.iter().zip(&curvatures);
            gradient
                .iter_mut()
                .zip(pairs.clone())
                .for_each(|(g, (x, c))| *g = c * (x - 1.0));
            pairs.map(|(x, c)| 0.5 * c * (x - 1.0) * (x - 1.0)).sum()
        };
        let run = |precondition: &dyn Fn(&mut [f64])| {
            let mut point = vec![0.0; 50];
            let outcome = minimise(&mut point, 1e-6, 1000, function, precondition);
            assert!(outcome.converged, "{outcome:?}");
            assert!(point.iter().all(|x| (x - 1.0).abs() < 1e-5));
            outcome.iterations
        };
        let divide = |x: &mut [f64]| x.iter_mut().zip(&curvatures).for_each(|(x, c)| *x /= c);
        assert_eq!(run(&divide), 1);
        assert!(run(&|_| {}) > 10);
    }

    #[test]
    fn an_end_without_convergence_is_told() {
        let function = |x: &[f64], gradient: &mut [f64]| {
            gradient[0] = Algebra::exp(x[0]);
            gradient[0]
        };
        let mut point = vec![0.0];
        let outcome = minimise(&mut point, 1e-12, 5, function, |_| {});
        assert!(!outcome.converged && outcome.iterations == 5, "{outcome:?}");
        assert!(point[0] < -2.0);
    }
}
