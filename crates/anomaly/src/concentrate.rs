//! The core of the training rows and its ellipsoids, by concentration steps (Rousseeuw & Van Driessen 1999).

use super::ellipsoid::Ellipsoid;
use super::views::{Subset, Views};
use super::{DetectorConfig, DetectorError};
use latents_tensor::Tensor;

/// The steps converge after a few iterations.
const MOST_STEPS: usize = 8;

/// The ellipsoids of both views over the core. Starting from all rows, each step keeps the rows that are closest by the
/// ellipsoids of the previous step, until the set no longer changes.
pub(super) fn concentrate(views: &Views, config: &DetectorConfig) -> Result<[Ellipsoid; 2], DetectorError> {
    let rows = views[0].size(0);
    let kept = core_size(rows, config.core);
    let mut core: Vec<usize> = (0..rows).collect();
    for _ in 1..MOST_STEPS {
        let ellipsoids = fit(views, &core, config.shrinkage)?;
        let nearest = smallest(&distances(views, &ellipsoids), kept);
        if nearest == core {
            return Ok(ellipsoids);
        }
        core = nearest;
    }
    fit(views, &core, config.shrinkage)
}

/// The number of rows in the core.
pub(super) fn core_size(rows: usize, core: f64) -> usize {
    ((rows as f64 * core).ceil() as usize).clamp(1, rows)
}

fn fit(views: &Views, rows: &[usize], shrinkage: f64) -> Result<[Ellipsoid; 2], DetectorError> {
    let of = |table| Ellipsoid::fit(&Subset { table, rows }, shrinkage);
    Ok([of(&views[0])?, of(&views[1])?])
}

/// The sum of the squared distances of both views, for each row.
fn distances(views: &Views, ellipsoids: &[Ellipsoid; 2]) -> Vec<f64> {
    let mut distances = vec![0.0; views[0].size(0)];
    for (view, ellipsoid) in views.iter().zip(ellipsoids) {
        add_squares(&ellipsoid.whitened(view), &mut distances);
    }
    distances
}

fn add_squares(white: &Tensor<f64>, sums: &mut [f64]) {
    for (row, sum) in white.elements().chunks_exact(white.size(1)).zip(sums) {
        *sum += row.iter().map(|x| x * x).sum::<f64>();
    }
}

/// The indices of the `count` smallest values, in increasing order. NaN counts as the largest value; ties keep the first.
pub(super) fn smallest(values: &[f64], count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    let key = |index: usize| {
        if values[index].is_nan() {
            f64::INFINITY
        } else {
            values[index]
        }
    };
    order.sort_by(|&a, &b| key(a).total_cmp(&key(b)));
    order.truncate(count);
    order.sort_unstable();
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_are_found_in_their_order() {
        assert_eq!(smallest(&[3.0, f64::NAN, 1.0, 2.0, 1.0], 3), [2, 3, 4]);
        assert_eq!(smallest(&[1.0, 1.0, 1.0], 2), [0, 1]);
        assert_eq!(
            (core_size(10, 0.7), core_size(1, 0.7), core_size(3, 1.0)),
            (7, 1, 3)
        );
    }
}
